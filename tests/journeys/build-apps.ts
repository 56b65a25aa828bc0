/** Before the journeys: builds the apps that are older than what goes into them. One that doesn't build stops the run. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { FullConfig } from 'playwright/test'
import { isBuildOld } from '../../scripts/app-build.ts'
import { ROOT } from '../support/processes.ts'

export default function buildApps({ projects }: FullConfig): void {
  for (const app of new Set(projects.map(({ metadata }) => String(metadata.app)))) {
    if (!isBuildOld(app)) continue
    console.log(`Building ${app}.`)
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, NEXT), 'build'], {
      cwd: join(ROOT, 'apps', app),
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' },
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`next build of ${app} failed:\n${stdout}\n${stderr}`)
  }
}

const NEXT = 'node_modules/next/dist/bin/next'
