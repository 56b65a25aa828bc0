/** Where browsers find the chat service. @parlor/next finds it by `PARLOR_URL` itself. */

/**
 * `PARLOR_PUBLIC_URL` where browsers use another address than the app's server, else `PARLOR_URL`. Read when a page is
 * rendered and not when the app is built: the same build serves any address.
 */
export function publicServiceUrl(): string {
  return process.env.PARLOR_PUBLIC_URL || process.env.PARLOR_URL || 'http://localhost:4000'
}

/** The two origins of the service, http(s) and ws(s), for `connect-src`. None for an address that isn't one. */
export function serviceOrigins(): string[] {
  const url = publicServiceUrl().replace(/^ws/, 'http')
  if (!URL.canParse(url)) return []
  const { origin } = new URL(url)
  return [origin, origin.replace(/^http/, 'ws')]
}

/** Whether the tabs of a browser share one connection: unless `PARLOR_SHARE_CONNECTION` is `false`. */
export function isConnectionShared(): boolean {
  return process.env.PARLOR_SHARE_CONNECTION !== 'false'
}
