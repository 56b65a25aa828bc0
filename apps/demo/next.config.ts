import { join } from 'node:path'
import type { NextConfig } from 'next'

// The workspace root, so that Next traces and bundles the packages beside this app.
const root = join(import.meta.dirname, '../..')

const config: NextConfig = {
  turbopack: { root },
  outputFileTracingRoot: root,
  reactStrictMode: true,
  poweredByHeader: false,
  // It would cover the person at the foot of the room list. Errors are shown all the same.
  devIndicators: false,
}

export default config
