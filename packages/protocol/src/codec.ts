/** The only parse and stringify of frames. */
import type { DownFrame, DownItem } from './down.ts'
import type { UpFrame } from './up.ts'

export function encodeUp(frame: UpFrame): string {
  return JSON.stringify(frame)
}

/** The JSON of one item; `joinItems` makes a frame of several, so that an item shared by many is encoded once. */
export function encodeItem(item: DownItem): string {
  return JSON.stringify(item)
}

/** A server frame of items that are encoded already. */
export function joinItems(items: readonly string[]): string {
  return `[${items.join(',')}]`
}

/** The items of a server frame; undefined if it isn't a JSON array of objects. */
export function decodeDown(text: string): DownFrame | undefined {
  try {
    const items: unknown = JSON.parse(text)
    return Array.isArray(items) && items.every((item) => typeof item === 'object' && item !== null) ? items : undefined
  } catch {
    return undefined
  }
}
