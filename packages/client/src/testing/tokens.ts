/** Tokens for tests: shaped like the app's, with a signature that nobody here looks at. */

export function signedToken(claims: Record<string, unknown>): string {
  const encode = (value: unknown): string => {
    const bytes = new TextEncoder().encode(JSON.stringify(value))
    return btoa(String.fromCharCode(...bytes))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '')
  }
  return `${encode({ alg: 'HS256', typ: 'parlor-chat+jwt' })}.${encode(claims)}.signature`
}
