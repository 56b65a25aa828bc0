/** createChatClient: a connection to the service, and the rooms on it. */
import type { ChatClient, ChatClientOptions } from './types.ts'

export declare function createChatClient(options: ChatClientOptions): ChatClient
