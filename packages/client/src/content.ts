/** Content: what an app gives to be sent, in the one form that the outbox keeps. */
import type { Content } from './outbox-entry.ts'
import type { Draft } from './types.ts'

export function contentOf(draft: string | Draft): Content {
  if (typeof draft === 'string') return { text: draft }
  return { text: draft.text ?? '', ...(draft.data && { data: draft.data }) }
}
