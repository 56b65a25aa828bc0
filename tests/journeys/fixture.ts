/** The journeys' `test`: a running stack, people with browsers of their own, and no complaint that isn't expected. */
import { type Browser, type BrowserContextOptions, test as base, expect } from 'playwright/test'
import { Person } from './person.ts'
import { type Stack, startStack } from './stack.ts'

/**
 * A journey fails when one of its pages writes an error or a warning to the console, or leaves an error uncaught:
 * hydration and content security complain there. What a journey provokes itself, it names with `allow`.
 */
export const test = base.extend<TestFixtures, WorkerFixtures>({
  workerStack: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what a fixture needs from here.
    async ({}, use, { project }) => {
      const stack = await startStack(String(project.metadata.app))
      await use(stack)
      await stack.close()
    },
    { scope: 'worker', timeout: 240_000 },
  ],
  stack: async ({ workerStack }, use) => {
    await workerStack.heal()
    await use(workerStack)
    await workerStack.heal()
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above.
  allow: async ({}, use) => {
    const allowed: RegExp[] = []
    await use(Object.assign((...patterns: RegExp[]) => void allowed.push(...patterns), { allowed }))
  },
  peopleIn: async ({ stack, allow }, use) => {
    const people: Person[] = []
    await use(async (browser, name, options = {}) => {
      const person = await Person.create(browser, stack, name, options)
      people.push(person)
      return person
    })
    const complaints = people.flatMap(({ name, complaints: all }) => all.map((complaint) => `${name}: ${complaint}`))
    for (const { context } of people) await context.close()
    const unexpected = complaints.filter((complaint) => !allow.allowed.some((pattern) => pattern.test(complaint)))
    expect(unexpected, 'what the pages complained of').toEqual([])
  },
  newPerson: async ({ browser, peopleIn }, use) => {
    await use((name, options) => peopleIn(browser, name, options))
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above.
  roomId: async ({}, use, { testId, repeatEachIndex, retry }) => {
    await use(`journey-${testId}-${repeatEachIndex}-${retry}`)
  },
})

/** What Chromium itself writes when a request or a socket fails on a network that a journey broke. */
export const NETWORK_COMPLAINTS = [
  /WebSocket connection to 'ws:\/\/localhost:\d+\/v1\/ws' failed/,
  /Failed to load resource: net::ERR_\w+ \(http:\/\/localhost:\d+\/v1\/check\)/,
]

export { expect }

// --- types ---

interface TestFixtures {
  /** Healthy when the journey begins, whatever the one before did. */
  stack: Stack
  /** Complaints that this journey provokes. */
  allow: ((...patterns: RegExp[]) => void) & { allowed: RegExp[] }
  /** Somebody in a browser that the journey has started itself. */
  peopleIn: (browser: Browser, name: string, options?: BrowserContextOptions) => Promise<Person>
  /** Somebody with cookies of their own. */
  newPerson: (name: string, options?: BrowserContextOptions) => Promise<Person>
  /** A public room that no other journey uses. */
  roomId: string
}

interface WorkerFixtures {
  workerStack: Stack
}
