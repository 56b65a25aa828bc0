/** People of the demo: a name is enough, and the same name is always the same user. */

/** Longest name that the sign-in form takes, in UTF-16 code units; it fits a line of the sidebar. */
export const MAX_NAME = 40

/** The name as it is shown: invisible and direction-changing characters dropped, spaces joined, cut to `MAX_NAME`. */
export function cleanName(input: unknown): string {
  if (typeof input !== 'string') return ''
  return input
    .normalize('NFC')
    .replace(INVISIBLE, '')
    .replace(/\s+/gu, ' ')
    .trim()
    .slice(0, MAX_NAME)
    .replace(/[\uD800-\uDBFF]$/u, '')
    .trim()
}

/** The user id of a name: `Ada Lovelace` is `ada-lovelace`. Empty when the name has no letter and no digit. */
export function userIdOf(name: string): string {
  return cleanName(name)
    .normalize('NFKD')
    .replace(/\p{Mark}+/gu, '')
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
}

/** The user that a name stands for, or null when no id can be made from it. */
export function userOf(input: unknown): DemoUser | null {
  const name = cleanName(input)
  const id = userIdOf(name)
  return id ? { id, name } : null
}

/** The users named in a line such as `Ada, Grace Hopper; Alan`, each once, in order. */
export function usersOf(line: unknown): DemoUser[] {
  if (typeof line !== 'string') return []
  const users = new Map<string, DemoUser>()
  for (const part of line.split(/[,;\n]/)) {
    const user = userOf(part)
    if (user && !users.has(user.id)) users.set(user.id, user)
  }
  return [...users.values()]
}

/** A number from 0 to 2³²-1 that is always the same for the same text (FNV-1a); picks colours and shapes. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** Controls, zero-width and bidirectional formatting characters: they could make one name look like another. */
const INVISIBLE = /[\p{Control}\p{Format}\p{Private_Use}\p{Unassigned}]/gu

// --- types ---

export interface DemoUser {
  id: string
  name: string
}
