/** @parlor/server: the chat service, as a process of its own or on any Node HTTP server. */
export { ChatError } from '@parlor/protocol'
export { type AuthConfig, AuthConfigError, readAuthConfig } from './auth/config.ts'
export { OriginError } from './auth/origin.ts'
export type { Clock, Timer } from './clock.ts'
export { type Config, ConfigError, SETTINGS } from './config.ts'
export { createLog, type LogDestination } from './log.ts'
export { type ChatServer, type ChatServerOptions, createChatServer } from './server.ts'
export { StoreError } from './store/store-error.ts'
