/** A client on a fake clock and a fake network, and what most tests do with it first. */
import type { RoomOpened, UpFrame, Welcome } from '@parlor/protocol'
import { createChatClient } from '../chat-client.ts'
import type { Signal } from '../environment.ts'
import type { ChatClientOptions } from '../types.ts'
import { createFakeClock, settle } from './fake-clock.ts'
import { createFakeNetwork, type FakeSocket } from './fake-network.ts'
import { welcome } from './rows.ts'

export function createFakeClient(
  options: Partial<ChatClientOptions> = {},
  onSent?: (socket: FakeSocket, frame: UpFrame) => void,
) {
  const clock = createFakeClock()
  const network = createFakeNetwork(onSent)
  const listeners = new Set<(signal: Signal) => void>()
  let ids = 0
  const client = createChatClient({
    url: 'https://chat.test',
    getToken: () => 'token',
    ...options,
    runtime: {
      clock,
      transport: network,
      random: () => 0.5,
      newId: () => {
        ids += 1
        return `id-${ids}`
      },
      fetch: () => Promise.reject(new TypeError('no network')),
      environment: {
        listen(listener) {
          listeners.add(listener)
          return () => void listeners.delete(listener)
        },
      },
      ...options.runtime,
    },
  })
  return {
    client,
    clock,
    network,
    /** The page says this. */
    signal(signal: Signal) {
      for (const listener of [...listeners]) listener(signal)
    },
    /** Who listens to the page now. */
    countListeners: () => listeners.size,
    /** Accepts the newest socket and answers its hello. */
    async welcomeNow(more: Partial<Welcome> = {}) {
      await settle()
      network.socket.accept()
      network.socket.say({ ref: network.socket.last('hello').ref, ok: welcome(more) })
      await settle()
    },
    /** Answers the newest `room.open`. */
    async openNow(answer: RoomOpened) {
      network.socket.say({ ref: network.socket.last('room.open').ref, ok: answer })
      await settle()
    },
  }
}
