#!/usr/bin/env node
/** parlor: the command line of the chat service. */
import { CommandError } from './command-error.ts'
import { help } from './help.ts'
import { start } from './start.ts'
import { tokenKey } from './token-key.ts'
import { version } from './version.ts'

const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<void> | void>> = {
  start,
  // They bring SQLite along, which a service that remembers elsewhere does without.
  backup: async (args) => (await import('./backup.ts')).backup(args),
  restore: async (args) => (await import('./restore.ts')).restore(args),
  'migrate-store': async (args) => (await import('./migrate-store.ts')).migrateStoreCommand(args),
  'token-key': tokenKey,
  // It brings a client along, which the service does without.
  verify: async (args) => (await import('./verify.ts')).verify(args),
  help,
  version,
}

const ALIASES: Readonly<Record<string, string>> = {
  '--help': 'help',
  '-h': 'help',
  '--version': 'version',
  '-v': 'version',
}

const [name = 'help', ...args] = process.argv.slice(2)
const run = COMMANDS[ALIASES[name] ?? name]
// The others say what they take themselves.
const isHelp = (name === 'start' || name === 'migrate-store') && args.some((arg) => arg === '--help' || arg === '-h')
try {
  if (isHelp) help()
  else if (!run) throw new CommandError(`parlor: there is no command "${name}"; \`parlor help\` lists them`)
  else await run(args)
} catch (error) {
  // What the person can mend is one line; anything else is a bug and shows where it came from.
  if (error instanceof CommandError) console.error(error.message)
  else console.error(error)
  process.exitCode = 1
}
