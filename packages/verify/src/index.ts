/** @parlor/verify: a workload against a chat service, the log of what it saw, and the judgement of that log. */
export {}
