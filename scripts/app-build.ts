/** Whether an app of `apps/` has to be built again, because something that goes into it is newer than its build. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** @param app the app's folder in `apps/`; never built counts as old */
export function isBuildOld(app: string): boolean {
  const appFolder = join(root, 'apps', app)
  const built = join(appFolder, '.next/BUILD_ID')
  if (!existsSync(built)) return true
  const builtAt = statSync(built).mtimeMs
  const packages = ['protocol', 'client', 'react', 'next'].map((name) => join(root, 'packages', name))
  // Every app shows the pages of `apps/demo`.
  const inputs = [join(root, 'package-lock.json'), join(root, 'apps/demo'), appFolder, ...packages]
  return inputs.some((path) => newestChange(path) > builtAt)
}

/** When a file, or the newest file below a folder, last changed. */
function newestChange(path: string): number {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  const names = readdirSync(path).filter((name) => !NOT_SOURCE.test(name))
  return Math.max(0, ...names.map((name) => newestChange(join(path, name))))
}

/** What builds and tools write, and what no build reads. */
const NOT_SOURCE = /^(node_modules|\.next|next-env\.d\.ts|\.env.*|.*\.tsbuildinfo|.*\.test\.tsx?|.*\.md)$/
