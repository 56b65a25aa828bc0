/** MemorySignalBus joins the nodes of one process, which is one unless a test makes more: it tells at once. */
import type { HeardListener, Said, SignalBus, SignalKind } from './signal-bus.ts'

export class MemorySignalBus implements SignalBus {
  isWhole: boolean
  readonly #nodes: Set<MemorySignalBus>
  readonly #said = new Map<string, Saying>()
  readonly #heardListeners: HeardListener[] = []
  readonly #askedListeners: ((roomId: string) => void)[] = []

  /** `nodes`: the set that all nodes of the process share. `isWhole`: false where other processes are nodes too. */
  constructor({ nodes = new Set(), isWhole = true }: { nodes?: Set<MemorySignalBus>; isWhole?: boolean } = {}) {
    this.#nodes = nodes.add(this)
    this.isWhole = isWhole
  }

  say<Kind extends SignalKind>(roomId: string, kind: Kind, said: readonly Said[Kind][]): void {
    const others = this.#others()
    if (others.length === 0) return
    if (said.length > 0) this.#said.set(keyOf(roomId, kind), { roomId, kind, said })
    else this.#said.delete(keyOf(roomId, kind))
    for (const node of others) node.#hear(roomId, kind)
  }

  onWholeChanged(): void {}

  onHeard(listener: HeardListener): void {
    this.#heardListeners.push(listener)
  }

  ask(roomId: string): void {
    for (const node of this.#others()) for (const listener of node.#askedListeners) listener(roomId)
  }

  onAsked(listener: (roomId: string) => void): void {
    this.#askedListeners.push(listener)
  }

  stop(): void {
    this.#nodes.delete(this)
    for (const { roomId, kind } of this.#said.values()) for (const node of this.#nodes) node.#hear(roomId, kind)
  }

  #others(): MemorySignalBus[] {
    return [...this.#nodes].filter((node) => node !== this)
  }

  #hear<Kind extends SignalKind>(roomId: string, kind: Kind): void {
    const said = this.#others().flatMap(
      (node) => (node.#said.get(keyOf(roomId, kind))?.said ?? []) as readonly Said[Kind][],
    )
    for (const listener of this.#heardListeners) listener(roomId, kind, said)
  }
}

function keyOf(roomId: string, kind: SignalKind): string {
  return `${kind} ${roomId}`
}

// --- types ---

interface Saying {
  roomId: string
  kind: SignalKind
  said: readonly Said[SignalKind][]
}
