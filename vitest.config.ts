/** The tests' three homes: node (services and plain code), happy (hooks in happy-dom), chromium (components). */
import { playwright } from '@vitest/browser-playwright'
import { defaultClientConditions, defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'
import { chromiumArgs, findChromium } from './scripts/chromium.ts'

const sourceCondition = '@parlor/source'
// Tests run the sources, never a stale build; execArgv hands the condition on to worker threads and child processes.
const fromSource = {
  resolve: { conditions: [sourceCondition, ...defaultClientConditions] },
  ssr: { resolve: { conditions: [sourceCondition, ...defaultServerConditions] } },
}
const executablePath = findChromium()
// Long enough for a machine that does much else: a test that hangs still ends, a slow one isn't taken for it.
const patience = { testTimeout: 30_000, hookTimeout: 30_000 }
const execArgv = [`--conditions=${sourceCondition}`]

export default defineConfig({
  test: {
    projects: [
      {
        ...fromSource,
        test: {
          name: 'node',
          ...patience,
          pool: 'forks',
          execArgv,
          include: [
            'packages/*/src/**/*.test.ts',
            'scripts/**/*.test.ts',
            'tests/**/*.test.ts',
            'deploy/**/*.test.ts',
            'bench/**/*.test.ts',
            'apps/*/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', '**/dist/**', '**/.next/**', '**/*.browser.test.ts', 'tests/journeys/**'],
        },
      },
      {
        ...fromSource,
        test: {
          name: 'happy',
          ...patience,
          environment: 'happy-dom',
          pool: 'forks',
          execArgv,
          include: ['packages/react/src/**/*.test.tsx'],
          exclude: ['**/node_modules/**', '**/*.browser.test.tsx'],
        },
      },
      {
        ...fromSource,
        optimizeDeps: {
          include: [
            'react',
            'react-dom',
            'react-dom/client',
            'react-dom/server',
            'react/jsx-runtime',
            'react/jsx-dev-runtime',
            '@testing-library/react',
            'axe-core',
          ],
        },
        test: {
          name: 'chromium',
          ...patience,
          include: ['packages/react/src/**/*.browser.test.tsx', 'packages/client/src/**/*.browser.test.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: { args: [...chromiumArgs], ...(executablePath && { executablePath }) },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
})
