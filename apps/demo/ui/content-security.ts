/** The Content-Security-Policy of the demo's pages. Next puts the nonce on its own scripts because it reads this header. */
import { type NextRequest, NextResponse } from 'next/server'
import { serviceOrigins } from './service.ts'

export function proxy(request: NextRequest): NextResponse {
  const policy = policyFor(btoa(crypto.randomUUID()), process.env.NODE_ENV === 'development')
  const headers = new Headers(request.headers)
  headers.set('content-security-policy', policy)
  const response = NextResponse.next({ request: { headers } })
  response.headers.set('content-security-policy', policy)
  return response
}

export function policyFor(nonce: string, isDevelopment: boolean): string {
  const directives = {
    'default-src': ["'self'"],
    // React rebuilds the server's stack traces with eval, in development only.
    'script-src': ["'self'", `'nonce-${nonce}'`, "'strict-dynamic'", ...(isDevelopment ? ["'unsafe-eval'"] : [])],
    // React writes style attributes, which have no nonce.
    'style-src': ["'self'", "'unsafe-inline'"],
    'img-src': ["'self'", 'data:', 'https:'],
    'connect-src': ["'self'", ...serviceOrigins(), ...(isDevelopment ? ['ws:'] : [])],
    'object-src': ["'none'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
  }
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(' ')}`)
    .join('; ')
}
