/** Rules of thumb of every plan: how full things may be, what they are made of, and what they cost. */
export const RULES = {
  /** Of what a core or a memory has, in the busiest hour: a third of the nodes may fail, and the others do it all at 90 %. */
  utilisation: 0.6,

  /** A node is one process with a core and this memory. Two of them at least, so that one may restart. */
  nodeGib: 2,
  leastNodes: 2,
  /** `PARLOR_TAIL_CACHE_BYTES`. */
  tailCacheMib: 64,

  /** After an outage everybody is let in within a minute, and a node gives 70 % of a core to that. */
  backWithinS: 60,
  gateShare: 0.7,

  /** The largest PostgreSQL primary that clouds sell in plenty. */
  primaryVcpus: 64,
  gibPerPostgresVcpu: 4,
  /** Beyond this, one partition's indexes leave the memory and its vacuums last for hours. */
  rowsPerPartition: 200e6,
  /** The largest volume that clouds sell. */
  volumeTib: 64,
  /** Redis's own default, `maxclients`: each node has one connection to each shard. */
  redisClients: 10_000,

  /** The busiest hour has three times the mean of the day. */
  peakToMean: 3,

  /** List prices of large clouds, on demand, rounded. */
  dollarsPerVcpu: 0.04,
  dollarsPerGib: 0.005,
  dollarsPerEgressGib: 0.05,
  dollarsPerStoredGibMonth: 0.1,

  /** Ping and `[]` down, pong up, with their packets. */
  heartbeatS: 25,
  heartbeatBytes: 120,
} as const
