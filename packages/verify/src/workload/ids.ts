/** Ids of messages: UUIDs of version 7, each above the one before. */

export function createIds(now: () => number = Date.now): () => string {
  let last = 0
  return () => {
    last = Math.max(Math.floor(now()), last + 1)
    const time = last.toString(16).padStart(12, '0')
    const [, , , variant, tail] = crypto.randomUUID().split('-')
    return `${time.slice(0, 8)}-${time.slice(8)}-7${randomHex(3)}-${variant}-${tail}`
  }
}

function randomHex(digits: number): string {
  return crypto.randomUUID().slice(0, digits)
}
