/** The hash by which a retry is known: of what was sent first, whatever becomes of the message later. */
import { hash } from 'node:crypto'
import type { Json, JsonObject } from '@parlor/protocol'

/** SHA-256 of the text and the data, base64url. The order of the keys in `data` doesn't matter. */
export function hashDraft(draft: { text: string; data?: JsonObject | undefined }): string {
  const content = JSON.stringify(draft.data ? [draft.text, sortKeys(draft.data)] : [draft.text])
  return hash('sha256', content, 'base64url')
}

function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]))
}
