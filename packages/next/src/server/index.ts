/** @parlor/next/server: the chat as the app's own server sees it. */
import { createServerClient, type ServerClient } from './client.ts'

/**
 * The client of this app's chat service, by PARLOR_URL and the app's secret.
 *
 * ```ts
 * import { chat } from '@parlor/next/server'
 *
 * await chat.rooms.upsert({ id: `order-${order.id}`, kind: 'private', members: [{ id: buyer.id }, { id: seller.id }] })
 * ```
 */
export const chat: ServerClient = createServerClient()

export { ChatError } from '@parlor/protocol'
export {
  createServerClient,
  type MemberDraft,
  type RoomDraft,
  type ServerClient,
  type ServerClientOptions,
  type ServerMessageDraft,
} from './client.ts'
