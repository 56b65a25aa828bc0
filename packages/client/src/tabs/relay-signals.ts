/**
 * RelaySignals: what the tabs of a person say of themselves, as one. They write where one of them writes, look if one of
 * them looks, and are told who is there while one of them asks.
 */
import type { Command, CommandOf, PresenceState } from '@parlor/protocol'

export interface RelaySignals<Tab> {
  /** A tab is there, and looked at unless it says otherwise. */
  join(tab: Tab): void
  /** What to ask the service for this command of a tab; undefined if it needn't know. */
  merge(tab: Tab, command: SignalCommand): SignalCommand | undefined
  /** One of them has sent a message to this room: the service takes all of them for done. */
  sent(roomId: string): void
  /** The tab has closed the room. */
  close(tab: Tab, roomId: string): void
  /** The tab is gone. */
  leave(tab: Tab): void
}

export function createRelaySignals<Tab>(ask: (command: SignalCommand) => void): RelaySignals<Tab> {
  const states = new Map<Tab, PresenceState>()
  /** Who writes in a room, and who watches it. */
  const writers = new Map<string, Set<Tab>>()
  const watchers = new Map<string, Set<Tab>>()
  let told: PresenceState = 'online'

  const settle = (): CommandOf<'presence.set'> | undefined => {
    const state = [...states.values()].every((one) => one === 'away') ? 'away' : 'online'
    if (state === told || states.size === 0) return undefined
    told = state
    return { type: 'presence.set', state }
  }
  const end = (type: 'typing.set' | 'presence.watch', tabs: Map<string, Set<Tab>>, tab: Tab, roomId: string): void => {
    if (remove(tabs, tab, roomId)) ask({ type, roomId, on: false })
  }
  const close = (tab: Tab, roomId: string): void => {
    end('typing.set', writers, tab, roomId)
    end('presence.watch', watchers, tab, roomId)
  }
  const settleNow = (): void => {
    const command = settle()
    if (command) ask(command)
  }

  return {
    join(tab) {
      states.set(tab, 'online')
      settleNow()
    },
    merge(tab, command) {
      if (command.type === 'presence.set') {
        states.set(tab, command.state)
        return settle()
      }
      const tabs = command.type === 'typing.set' ? writers : watchers
      if (command.on) {
        tabs.set(command.roomId, (tabs.get(command.roomId) ?? new Set()).add(tab))
        // Also if another tab has said it: it goes on, and who asks is told.
        return command
      }
      return remove(tabs, tab, command.roomId) ? command : undefined
    },
    sent: (roomId) => void writers.delete(roomId),
    close,
    leave(tab) {
      for (const roomId of new Set([...writers.keys(), ...watchers.keys()])) close(tab, roomId)
      states.delete(tab)
      settleNow()
    },
  }
}

/** True if it was the last one. */
function remove<Tab>(tabs: Map<string, Set<Tab>>, tab: Tab, roomId: string): boolean {
  const inRoom = tabs.get(roomId)
  if (!inRoom?.delete(tab) || inRoom.size > 0) return false
  return tabs.delete(roomId)
}

/** Whether a command is about signals. */
export function isSignalCommand(command: Command): command is SignalCommand {
  return SIGNAL_COMMANDS.has(command.type)
}

const SIGNAL_COMMANDS: ReadonlySet<string> = new Set<SignalCommand['type']>([
  'typing.set',
  'presence.set',
  'presence.watch',
])

// --- types ---

export type SignalCommand = CommandOf<'typing.set' | 'presence.set' | 'presence.watch'>
