/** Address: the service's endpoints, from the base address that the app was given. */
import { WS_PATH } from '@parlor/protocol'

export interface Address {
  /** Resolved when it is asked for, because a path alone needs the page's own address. */
  socketUrl(): string
  checkUrl(): string
}

/** Takes http, https, ws and wss alike, or a path on the page's own origin. Throws on anything else. */
export function createAddress(url: string): Address {
  if (!url.startsWith('/')) requireBase(url)
  return {
    socketUrl: () => endpoint(url, WS_PATH, { 'http:': 'ws:', 'https:': 'wss:' }),
    checkUrl: () => endpoint(url, '/v1/check', { 'ws:': 'http:', 'wss:': 'https:' }),
  }
}

function requireBase(url: string): void {
  const wanted = 'Give the chat service’s base address, such as "https://chat.example.com".'
  const protocol = URL.canParse(url) ? new URL(url).protocol : undefined
  if (protocol && ['http:', 'https:', 'ws:', 'wss:'].includes(protocol)) return
  throw new TypeError(`The chat client's \`url\` is ${JSON.stringify(url)}. ${wanted}`)
}

function endpoint(base: string, path: string, protocols: Record<string, string>): string {
  const url = new URL(base, globalThis.location?.href)
  url.protocol = protocols[url.protocol] ?? url.protocol
  url.pathname = url.pathname.replace(/\/+$/, '') + path
  url.search = ''
  url.hash = ''
  return url.href
}
