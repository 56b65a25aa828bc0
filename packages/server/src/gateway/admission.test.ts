import { describe, expect, test } from 'vitest'
import { Admission } from './admission.ts'

/** A clock whose timers come when they are due, or so late. */
function createClock() {
  let now = 1_000
  let lateMs = 0
  const timers: { at: number; callback: () => void }[] = []
  const after = (ms: number, callback: () => void) => {
    timers.push({ at: now + ms + lateMs, callback })
    return { stop: () => {} }
  }
  const pass = (ms: number) => {
    const end = now + ms
    for (;;) {
      timers.sort((one, other) => one.at - other.at)
      const [next] = timers
      if (!next || next.at > end) break
      timers.shift()
      now = next.at
      next.callback()
    }
    now = end
  }
  return {
    clock: { now: () => now, elapsed: () => now, after, soon: (callback: () => void) => void after(0, callback) },
    pass,
    beLate(ms: number) {
      lateMs = ms
    },
    waiting: () => timers.length,
    now: () => now,
  }
}

describe('[LIMIT-8] admission', () => {
  test('a fifth of a second’s worth comes in at once, then the rate', () => {
    const { clock, pass } = createClock()
    const admission = new Admission({ clock, perSecond: 100 })
    const ask = (times: number) => Array.from({ length: times }, () => admission.ask()).filter((ms) => ms === 0).length
    expect(ask(50)).toBe(21)
    pass(1_000)
    expect(ask(50)).toBe(21)
    for (let ms = 0; ms < 10_000; ms += 10) {
      pass(10)
      expect(ask(5)).toBeLessThanOrEqual(1)
    }
    expect(admission.turnedAway).toBeGreaterThan(4_000)
  })

  test('who is turned away gets a place of its own, and is let in when it comes back then', () => {
    const { clock, pass, now } = createClock()
    const admission = new Admission({ clock, perSecond: 100 })
    let due: number[] = []
    let admitted = 0
    for (let at = 0; at < 1_000; at++) {
      const waitMs = admission.ask()
      if (waitMs === 0) admitted++
      else due.push(now() + waitMs)
    }
    expect(new Set(due).size).toBe(due.length)
    expect(Math.min(...due)).toBeGreaterThanOrEqual(now() + 500)
    let again = 0
    const end = now() + 20_000
    while (now() < end) {
      pass(1)
      for (const _ of due.filter((at) => at <= now())) {
        if (admission.ask() === 0) admitted++
        else again++
      }
      due = due.filter((at) => at > now())
    }
    expect({ admitted, again, left: due.length }).toEqual({ admitted: 1_000, again: 0, left: 0 })
  })

  test('nobody is sent away for more than half a minute, and those for whom there is no place not together', () => {
    const { clock } = createClock()
    const admission = new Admission({ clock, perSecond: 10 })
    const waits = Array.from({ length: 5_000 }, () => admission.ask()).slice(300)
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000)
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(15_000)
    expect(new Set(waits).size).toBeGreaterThan(1_000)
  })

  test('a process that is late lets in fewer, but always some, and all again when it isn’t', () => {
    const { clock, pass, beLate, waiting } = createClock()
    const admission = new Admission({ clock, perSecond: 100 })
    beLate(80)
    admission.ask()
    pass(180)
    expect(admission.perSecond).toBe(50)
    for (let at = 0; at < 20; at++) pass(180)
    expect(admission.perSecond).toBe(5)
    pass(1_000)
    expect(admission.ask()).toBe(0)
    beLate(20)
    pass(10_000)
    expect(admission.perSecond).toBe(100)
    // Nobody comes: nothing runs.
    expect(waiting()).toBe(0)
  })

  test('of those turned away, so many are told by a socket', () => {
    const { clock, pass } = createClock()
    const admission = new Admission({ clock, perSecond: 100 })
    const explained = () => Array.from({ length: 500 }, () => admission.canExplain()).filter(Boolean).length
    expect(explained()).toBe(401)
    pass(100)
    expect(explained()).toBe(200)
  })
})
