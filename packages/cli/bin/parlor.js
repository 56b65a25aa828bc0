#!/usr/bin/env node
// The installed command. Kept apart from dist/ so that npm can link it before the first build, and so that an old
// Node.js, which can't load that, says so in one line.
const NEEDED = 24 // `engines` in package.json: node:sqlite without a flag
const version = process.versions.node
if (Number.parseInt(version, 10) < NEEDED) {
  console.error(
    `parlor: needs Node.js ${NEEDED} or newer; this is v${version}. Install it (https://nodejs.org, or \`nvm install ${NEEDED}\`) and run the command again.`,
  )
  process.exitCode = 1
} else await import('../dist/main.js')
