/** @parlor/protocol/schema: what the service takes, checked once at its edge. Never bundled for a browser. */
import { z } from 'zod'
import { ChatError, ERRORS, type ErrorCode } from '../errors.ts'
import type { CommandOf, CommandType, UpFrame } from '../up.ts'
import { hello, ping, sessionRefresh } from './connect.ts'
import { memberAdd, memberList, memberRemove, memberUpdate } from './members.ts'
import { messageCancel, messageDelete, messageEdit, messageList, messageSend } from './messages.ts'
import { presenceSet, presenceWatch } from './presence.ts'
import { messageReact } from './reactions.ts'
import { roomClose, roomJoin, roomLeave, roomList, roomOpen } from './rooms.ts'
import { assertShape, join } from './shape.ts'
import { typingSet } from './typing.ts'

export { memberPutBody, messagePostBody, revokeBody, roomUpsertBody } from './http.ts'

/** The schema of every command's frame. */
export const commandSchemas = {
  hello,
  'session.refresh': sessionRefresh,
  ping,
  'room.open': roomOpen,
  'room.close': roomClose,
  'room.join': roomJoin,
  'room.leave': roomLeave,
  'room.list': roomList,
  'member.add': memberAdd,
  'member.remove': memberRemove,
  'member.update': memberUpdate,
  'member.list': memberList,
  'message.send': messageSend,
  'message.edit': messageEdit,
  'message.delete': messageDelete,
  'message.cancel': messageCancel,
  'message.list': messageList,
  'message.react': messageReact,
  'typing.set': typingSet,
  'presence.set': presenceSet,
  'presence.watch': presenceWatch,
} satisfies { [T in CommandType]: z.ZodType<CommandOf<T> & { ref: number }> }

/** Any client frame, as one schema: for JSON Schema and for tools. `parseUpFrame` is the faster way to check one. */
export const upFrameSchema = z.discriminatedUnion('type', [
  hello,
  sessionRefresh,
  ping,
  roomOpen,
  roomClose,
  roomJoin,
  roomLeave,
  roomList,
  memberAdd,
  memberRemove,
  memberUpdate,
  memberList,
  messageSend,
  messageEdit,
  messageDelete,
  messageCancel,
  messageList,
  messageReact,
  typingSet,
  presenceSet,
  presenceWatch,
])

/**
 * The command in a client frame. Throws a ChatError (`bad_frame`, `unknown_command`, `invalid`, or the code of the field
 * that was refused); its texts name fields and what is expected, never what was sent. `peekRef` tells what it answers to.
 */
export function parseUpFrame(text: string): UpFrame {
  const value = parseJson(text)
  if (peekRef(value) === undefined || !hasType(value)) throw new ChatError('bad_frame', { hint: FRAME_HINT })
  const schema = Object.hasOwn(commandSchemas, value.type) ? commandSchemas[value.type as CommandType] : undefined
  if (!schema) throw new ChatError('unknown_command')
  return check<UpFrame>(schema as z.ZodType<UpFrame>, value)
}

/** The `ref` of a frame, parsed or not, that may be wrong in every other way; undefined if it has none. */
export function peekRef(frame: unknown): number | undefined {
  const value = typeof frame === 'string' ? parseJson(frame) : frame
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, 'ref')) return
  const { ref } = value as { ref: unknown }
  return Number.isSafeInteger(ref) && (ref as number) >= 0 ? (ref as number) : undefined
}

/** A body of an HTTP route, checked: `parseBody(revokeBody, request.body)`. Throws as `parseUpFrame` does. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ChatError('invalid', { hint: 'Send a JSON object, with content-type: application/json.' })
  }
  return check(schema, body)
}

function check<T>(schema: z.ZodType<T>, value: unknown): T {
  assertShape(value)
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw toChatError(parsed.error.issues[0])
}

function toChatError(issue: z.core.$ZodIssue | undefined): ChatError {
  if (!issue) return new ChatError('invalid')
  const path = issue.path.reduce<string>((field, key) => join(field, String(key)), '')
  if (issue.code === 'unrecognized_keys') {
    return new ChatError('invalid', { hint: UNKNOWN_FIELD_HINT, field: join(path, issue.keys[0] ?? '') || undefined })
  }
  const code: unknown = issue.code === 'custom' ? issue.params?.['code'] : undefined
  return new ChatError(isErrorCode(code) ? code : 'invalid', {
    hint: `Expected ${issue.message}.`,
    field: path || undefined,
  })
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code)
}

function hasType(value: unknown): value is { type: string } {
  return typeof (value as { type?: unknown }).type === 'string'
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const FRAME_HINT = 'Send one JSON object: {"type": "ping", "ref": 1}. `ref` is an integer from 0, of your choice.'
const UNKNOWN_FIELD_HINT = 'Unknown field: leave it out. Send only fields of the version that `welcome` named.'
