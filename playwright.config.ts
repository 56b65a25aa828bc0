/** The journeys: the whole product in a real browser, once for each NextAuth major version. */
import { defineConfig } from 'playwright/test'
import { chromiumArgs, findChromium } from './scripts/chromium.ts'

const executablePath = findChromium()

export default defineConfig({
  testDir: 'tests/journeys',
  testMatch: '**/*.test.ts',
  globalSetup: './tests/journeys/build-apps.ts',
  outputDir: 'test-results',
  // One service and one app per project; journeys share them, so they take turns.
  workers: 1,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['json', { outputFile: process.env.PLAYWRIGHT_JSON_OUTPUT_NAME ?? '.reports/playwright.json' }]],
  use: {
    browserName: 'chromium',
    headless: true,
    trace: 'retain-on-failure',
    launchOptions: { args: [...chromiumArgs], ...(executablePath && { executablePath }) },
  },
  // The fixture reads the app's folder here, starts that app and gives its base URL.
  projects: [
    { name: 'v4', metadata: { app: 'demo' } },
    // Its pages are the same files, so what only looks at pages runs once.
    { name: 'v5', metadata: { app: 'demo-authjs' }, testIgnore: ['**/accessibility.test.ts', '**/injection.test.ts'] },
  ],
})
