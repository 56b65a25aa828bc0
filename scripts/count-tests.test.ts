import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { countReports } from './count-tests.ts'

const green = {
  vitest: { numPassedTests: 7, numFailedTests: 0, success: true },
  playwright: { stats: { expected: 3, unexpected: 0, flaky: 0, skipped: 1 }, errors: [] },
}

function writeReports(reports: Record<string, unknown>): string {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-reports-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, report] of Object.entries(reports))
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(report))
  return folder
}

test('the sum of both runners', () => {
  expect(countReports(writeReports(green))).toEqual({ passed: 10, failed: 0 })
})

test('a runner that left no report has failed', () => {
  expect(countReports(writeReports({ vitest: green.vitest }))).toEqual({ passed: 7, failed: 1 })
})

test('a run that failed outside every test has failed', () => {
  const vitest = { ...green.vitest, success: false }
  expect(countReports(writeReports({ ...green, vitest })).failed).toBe(1)
})

test('failed, flaky and broken journeys count as failed', () => {
  const playwright = { stats: { expected: 3, unexpected: 2, flaky: 1, skipped: 0 }, errors: [{}] }
  expect(countReports(writeReports({ ...green, playwright }))).toEqual({ passed: 10, failed: 4 })
})
