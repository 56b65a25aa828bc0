/** Adds up what the test runners reported, prints it as one line, and fails when anything failed. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const reports: Record<string, (report: unknown) => Count> = {
  'vitest.json': countVitest,
  'playwright.json': countPlaywright,
}

/** The sum over the reports in `folder`. A report that is missing means a runner that never finished: a failure. */
export function countReports(folder: string): Count {
  const counts = Object.entries(reports).map(([name, count]) => {
    const path = join(folder, name)
    return existsSync(path) ? count(JSON.parse(readFileSync(path, 'utf8'))) : { passed: 0, failed: 1 }
  })
  return { passed: sum(counts, 'passed'), failed: sum(counts, 'failed') }
}

function countVitest(report: unknown): Count {
  const { numPassedTests: passed, numFailedTests, success } = report as VitestReport
  // A file that doesn't load, or an error outside every test, fails the run without a failed test.
  return { passed, failed: success ? numFailedTests : Math.max(1, numFailedTests) }
}

function countPlaywright(report: unknown): Count {
  const { stats, errors } = report as PlaywrightReport
  // A journey that passed only when it was tried again has failed.
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + errors.length }
}

function sum(counts: readonly Count[], key: keyof Count): number {
  return counts.reduce((total, count) => total + count[key], 0)
}

// --- types ---

export interface Count {
  passed: number
  failed: number
}

interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  success: boolean
}

interface PlaywrightReport {
  stats: { expected: number; unexpected: number; flaky: number }
  errors: readonly unknown[]
}

if (import.meta.main) {
  const { passed, failed } = countReports('.reports')
  console.log(`${passed} passed, ${failed} failed`)
  if (failed > 0 || passed === 0) process.exitCode = 1
}
