/** The addresses of a service, from its base address as a person writes it. */

export function socketUrl(base: string): string {
  return `${baseOf(base).replace(/^http/, 'ws')}/v1/ws`
}

export function httpUrl(base: string, path: string): string {
  return baseOf(base) + path
}

/** Http or https, without a slash at its end. Throws a `TypeError` for what is no address. */
function baseOf(base: string): string {
  const url = new URL(base.replace(/^ws/, 'http'))
  if (!/^https?:$/.test(url.protocol)) throw new TypeError(`${base} is no address of a service: http or https.`)
  return url.origin + url.pathname.replace(/\/+$/, '')
}
