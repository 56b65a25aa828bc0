import { readFile } from 'node:fs/promises'
import {
  type Action,
  CLOSE_CODES,
  can,
  closeAction,
  ERRORS,
  PROTOCOL_HISTORY,
  PROTOCOL_VERSION,
  ROLES,
  SUBPROTOCOL,
} from '@parlor/protocol'
import { commandSchemas } from '@parlor/protocol/schema'
import { expect, test } from 'vitest'
import { startService } from './harness.ts'

const document = await readFile(new URL('../../docs/protocol.md', import.meta.url), 'utf8')

test('[ERR-1] the document has every error code, with what to do and what it means, and the service’s are of that form', async () => {
  const rows = tableOf('## Errors').map(([code, action, meaning]) => [strip(code), action, meaning])
  expect(rows).toEqual(Object.entries(ERRORS).map(([code, [action, meaning]]) => [code, action, meaning]))
  const service = await startService()
  const ann = await service.signIn('ann')
  for (const [command, code] of [
    [{ type: 'room.open', roomId: 'nowhere' }, 'room_not_found'],
    [{ type: 'nonsense' }, 'unknown_command'],
  ] as const) {
    const error = await ann.refused(command)
    expect(error).toMatchObject({ code, message: ERRORS[code][1], retryable: false })
    for (const key of Object.keys(error)) {
      expect(['code', 'message', 'retryable', 'hint', 'field', 'retryAfterMs']).toContain(key)
    }
  }
})

test('[ERR-2] the codes whose outcome is unknown are those to retry', () => {
  const retried = Object.entries(ERRORS).filter(([, [action]]) => action === 'retry')
  expect(retried.map(([code]) => code).sort()).toEqual(['internal', 'out_of_order', 'timeout', 'unavailable'])
})

test('[CLOSE-1] the document has every close code, with what a client does', () => {
  const words = {
    reconnect: /^reconnects/,
    refresh: /^refreshes the token once/,
    wait: /^waits/,
    final: /^(final|stops|stays)/,
  }
  const rows = tableOf('## Close codes')
  expect(rows.map(([code]) => Number(code))).toEqual(Object.values(CLOSE_CODES).map(([code]) => code))
  for (const [code, , action = ''] of rows) expect(action).toMatch(words[closeAction(Number(code))])
})

test('[CLOSE-2] a client may close at any time, with any code; what it sent before may have happened', async () => {
  const service = await startService()
  for (const code of [1000, 1001, 3000, 4999]) {
    const ann = await service.signIn('ann')
    ann.send({ type: 'message.send', roomId: 'general', id: crypto.randomUUID(), text: `${code}` })
    ann.socket.close(code)
    expect(await ann.closed).toMatchObject({ code })
  }
  const judge = await service.signIn('judge')
  const { messages } = await judge.command({ type: 'message.list', roomId: 'general' })
  expect(messages.map((message: { text: string }) => message.text)).toEqual(['1000', '1001', '3000', '4999'])
})

test('[VER-1] the subprotocol, welcome and the document name the same version', async () => {
  const rows = tableOf('## Versions')
  expect(rows).toEqual(PROTOCOL_HISTORY.map(({ version, date, change }) => [`${version}`, date, change]))
  expect(document).toMatch(new RegExp(`^# The Parlor protocol, version ${PROTOCOL_VERSION}\n`))
  const service = await startService()
  const peer = await service.connect({ protocols: [SUBPROTOCOL] })
  expect((await peer.hello(service.token('ann'))).protocol).toBe(PROTOCOL_VERSION)
})

test('[FRAME-1] the document has every command, with every field', () => {
  const rows = [...tableOf('## Rooms'), ...tableOf('## Members'), ...tableOf('## Messages'), ...tableOf('## Signals')]
  const documented = rows.map(([command, fields = '']) => {
    // Fields are the code words before a parenthesis or a brace; what stands inside describes a field.
    const plain = fields.replace(/\([^)]*\)/g, '').replace(/\{[^}]*\}+/g, '')
    return [strip(command), [...plain.matchAll(/`(\w+\??)`/g)].map((match) => match[1]).sort()]
  })
  const inTables = Object.entries(commandSchemas).filter(
    ([type]) => !['hello', 'session.refresh', 'ping'].includes(type),
  )
  expect(Object.fromEntries(documented)).toEqual(
    Object.fromEntries(
      inTables.map(([type, schema]) => {
        const fields = Object.entries(schema.shape).filter(([name]) => name !== 'type' && name !== 'ref')
        return [type, fields.map(([name, field]) => (field._zod.optin === 'optional' ? `${name}?` : name)).sort()]
      }),
    ),
  )
})

test('[MEM-1] the document’s table of permissions is the one of the code', () => {
  const actions: Record<string, Action[]> = {
    read: ['room.read'],
    'send, react': ['message.send', 'message.react'],
    'edit, delete one’s own': ['message.edit.own', 'message.delete.own'],
    'delete others’ messages': ['message.delete.any'],
    'add, remove, change members; change the room': ['member.add', 'member.remove', 'member.update', 'room.update'],
  }
  const [, after = ''] = document.split('What a role allows')
  const rows = tableOf('', after)
  expect(rows.map(([what]) => what?.replaceAll("'", '’'))).toEqual(Object.keys(actions))
  for (const [what = '', ...cells] of rows) {
    for (const action of actions[what.replaceAll("'", '’')] ?? []) {
      const allowed = cells.map((cell) => cell.startsWith('yes'))
      expect(allowed).toEqual([...ROLES, 'visitor' as const].map((standing) => can(action, 'public', standing)))
    }
  }
})

/** The rows of the first table after a heading. */
function tableOf(heading: string, after = document.split(`\n${heading}\n`)[1] ?? ''): string[][] {
  const lines = after.split('\n')
  const start = lines.findIndex((line) => line.startsWith('| ---'))
  const end = lines.findIndex((line, i) => i > start && !line.startsWith('|'))
  return lines.slice(start + 1, end).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  )
}

function strip(cell: string | undefined): string {
  return cell?.replaceAll('`', '') ?? ''
}
