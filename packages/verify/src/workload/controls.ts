/** Controls is the run as whoever breaks things sees it. */

import type { Control } from './options.ts'
import type { Random } from './random.ts'
import type { Run } from './run.ts'
import { isReady } from './service-api.ts'

export class Controls implements Control {
  readonly #run: Run
  readonly #random: Random
  readonly #onCut: () => void
  readonly #open = new Map<number, () => void>()
  #faults = 0

  constructor(run: Run, random: Random, onCut: () => void) {
    this.#run = run
    this.#random = random
    this.#onCut = onCut
  }

  get rooms(): readonly string[] {
    return this.#run.roomIds
  }

  now(): number {
    return this.#run.recorder.now()
  }

  random(): number {
    return this.#random.next()
  }

  fault({ name, isStoreDown = false, isOfPresence = false }: Parameters<Control['fault']>[0]): () => void {
    this.#faults += 1
    const fault = this.#faults
    const more = { ...(isStoreDown && { isStoreDown }), ...(isOfPresence && { isOfPresence }) }
    const entry = { type: 'fault', fault, name, ...more } as const
    this.#run.recorder.write({ ...entry, phase: 'begin' })
    const stopAsking = isStoreDown ? this.#askReadiness() : undefined
    const end = (): void => {
      if (!this.#open.delete(fault)) return
      stopAsking?.()
      this.#run.recorder.write({ ...entry, phase: 'end' })
    }
    this.#open.set(fault, end)
    return end
  }

  restored(heads: Record<string, number>): void {
    this.#run.recorder.write({ type: 'restored', heads })
  }

  acks(count: number): Promise<void> {
    return this.#run.recorder.acks(count)
  }

  cutClients(): void {
    this.#onCut()
  }

  /** A fault that nobody ended ends with the run. */
  endAll(): void {
    for (const end of [...this.#open.values()]) end()
  }

  #askReadiness(): () => void {
    const { recorder, directUrl } = this.#run
    let isOver = false
    const ask = async (): Promise<void> => {
      const ready = await isReady(directUrl)
      if (isOver) return
      recorder.write({ type: 'ready', isReady: ready })
      timer = setTimeout(() => void ask(), READY_EVERY_MS)
    }
    let timer = setTimeout(() => void ask(), 0)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }
}

const READY_EVERY_MS = 500
