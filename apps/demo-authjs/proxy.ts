/** The pages' Content-Security-Policy: scripts by nonce, and connections to the app and the chat service only. */
export { proxy } from 'demo/ui/content-security.ts'

// Next reads this by looking at the file, so it can't be shared.
export const config = { matcher: ['/', '/rooms/:path*'] }
