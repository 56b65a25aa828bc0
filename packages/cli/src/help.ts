/** `parlor help`: the commands, and every setting with its default. */
import { AUTH_SETTINGS, SETTINGS } from '@parlor/server'

export function help(): void {
  const settings = Object.values(SETTINGS).map(({ env, default: value, help: text }) => {
    const shown = Array.isArray(value) ? value.join(',') : String(value)
    return `  ${env.padEnd(36)}${text}${shown ? ` [${shown}]` : ''}`
  })
  const signIn = AUTH_SETTINGS.map(({ env, help: text }) => `  ${env.padEnd(36)}${text}`)
  console.log(`Usage: parlor <command>

Commands:
  start      run the chat service until SIGTERM or Ctrl-C; with --workers N (or auto) as several processes on one port
  backup     write a checked copy of the database, also while the service runs: parlor backup COPY
  restore    put a copy in the place of the database of a stopped service: parlor restore COPY
  migrate-store  move an SQLite database to PostgreSQL: parlor migrate-store --from file:./parlor.db --to postgres://...
  verify     chat on a running service, and check what it promises: parlor verify https://chat.example.com
  token-key  print the key of AUTH_SECRET or NEXTAUTH_SECRET that signs chat tokens, for PARLOR_TOKEN_SECRET
  version    print the version
  help       print this

Sign-in needs AUTH_SECRET or NEXTAUTH_SECRET: the secret of your Next.js app.
Outside production, AUTH_*, NEXTAUTH_* and PARLOR_* are also read from .env.local and .env in the current folder.

Sign-in (environment variables):
${signIn.join('\n')}

Settings (environment variables) and their defaults:
${settings.join('\n')}`)
}
