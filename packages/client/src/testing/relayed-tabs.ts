/** Tabs of a relay whose connection to the service is held by the test. */
import { type DownItem, SUBPROTOCOL, type UpFrame, type Welcome } from '@parlor/protocol'
import { createRelay } from '../tabs/relay.ts'
import { createFakeClock, settle } from './fake-clock.ts'
import { createFakeNetwork } from './fake-network.ts'
import { welcome } from './rows.ts'

export function createRelayedTabs() {
  const clock = createFakeClock()
  const network = createFakeNetwork()
  let overs = 0
  const relay = createRelay({
    clock,
    transport: network,
    url: 'wss://chat.test/v1/ws',
    subprotocol: SUBPROTOCOL,
    onOver() {
      overs += 1
    },
  })
  return {
    clock,
    relay,
    /** The service's end. */
    service: network.socket,
    countOvers: () => overs,
    /** Another tab. */
    join(): RelayedTab {
      const heard: DownItem[] = []
      const tab = { opens: 0, frames: 0, end: undefined as RelayedTab['end'] }
      let refs = 0
      const socket = relay.join({
        opened() {
          tab.opens += 1
        },
        message(text) {
          tab.frames += 1
          heard.push(...(JSON.parse(text) as DownItem[]))
        },
        closed(code, reason) {
          tab.end = [code, reason]
        },
      })
      return {
        socket,
        get opens() {
          return tab.opens
        },
        get frames() {
          return tab.frames
        },
        get end() {
          return tab.end
        },
        heard: () => heard.splice(0),
        send(command) {
          refs += 1
          socket.send(JSON.stringify({ ...command, ref: refs }))
          return refs
        },
      }
    },
    /** Signs a tab in as the first one. */
    async signIn(tab: RelayedTab, more: Partial<Welcome> = {}): Promise<void> {
      network.socket.accept()
      tab.send({ type: 'hello', token: 'token' })
      network.socket.say({ ref: network.socket.last('hello').ref, ok: welcome(more) })
      await settle()
      tab.heard()
    },
    /** Signs in one more. */
    async greet(tab: RelayedTab): Promise<void> {
      tab.send({ type: 'hello', token: 'token' })
      await settle()
      tab.heard()
    },
  }
}

// --- types ---

export interface RelayedTab {
  socket: { send(text: string): void; close(code: number, reason: string): void }
  readonly opens: number
  /** Frames that it got, heartbeats too. */
  readonly frames: number
  readonly end: [code: number, reason: string] | undefined
  /** What it was told since it was asked last. */
  heard(): DownItem[]
  /** Gives the tab's own ref. */
  send(command: DistributiveOmit<UpFrame, 'ref'>): number
}

type DistributiveOmit<T, K extends keyof T> = T extends unknown ? Omit<T, K> : never
