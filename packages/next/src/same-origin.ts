/** Tells a page of the app itself from every other one. */

/**
 * Whether a page of the app's own origin sent this request. Browsers say so in `Sec-Fetch-Site`; the older ones at least
 * name the page's origin, which must then be the host that was asked. A request that says neither is no page's.
 */
export function isSameOrigin(request: Request): boolean {
  const site = request.headers.get('sec-fetch-site')
  if (site !== null) return site === 'same-origin'
  const origin = request.headers.get('origin')
  if (!origin || !URL.canParse(origin)) return false
  // A page can set neither of these headers; what a proxy forwards is what the browser asked for.
  const forwarded = request.headers.get('x-forwarded-host')?.split(',')[0]?.trim()
  const host = forwarded || request.headers.get('host') || new URL(request.url).host
  return new URL(origin).host === host.toLowerCase()
}
