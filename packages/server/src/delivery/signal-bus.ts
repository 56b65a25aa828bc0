/**
 * The signal bus: what nodes tell each other of who is in a room and who writes there. It may lose and delay: whoever says
 * something says all of it, and again when it changed.
 */
import type { PresentUser, TypingSignal } from '@parlor/protocol'

export interface SignalBus {
  /** Whether every other node can be heard. */
  readonly isWhole: boolean

  /** Calls back when that has changed. */
  onWholeChanged(listener: () => void): void

  /**
   * What this node says of a room, in the place of what it said before. Whoever says something says it again while it
   * holds, every 10 s or sooner: after `SAID_FOR_MS` it is forgotten (G10), as that node may be gone. Never throws.
   */
  say<Kind extends SignalKind>(roomId: string, kind: Kind, said: readonly Said[Kind][]): void

  /** Other nodes, all of them together, say something else of a room that is followed here. */
  onHeard(listener: HeardListener): void

  /** Asks the other nodes who is in a room. They say it at once, and for `ASKED_FOR_MS` whenever it changes. */
  ask(roomId: string): void

  /** Another node asks who is in a room. */
  onAsked(listener: (roomId: string) => void): void

  /** Says and hears nothing more. */
  stop(): void
}

/** How long what a node says is believed: it may be lost once, and nobody is shown for 30 s after their node was killed. */
export const SAID_FOR_MS = 24_000

/** How long an answer is kept up to date: who wants to know for longer asks again in time. */
export const ASKED_FOR_MS = 30_000

// --- types ---

export interface Said {
  typing: TypingSignal['users'][number]
  presence: PresentUser
}

export type SignalKind = keyof Said

export type HeardListener = <Kind extends SignalKind>(roomId: string, kind: Kind, said: readonly Said[Kind][]) => void
