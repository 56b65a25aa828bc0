/** AUTH_SETTINGS: the environment variables of sign-in, for whoever lists settings; `readAuthConfig` reads them. */

export const AUTH_SETTINGS: readonly { env: string; help: string }[] = [
  { env: 'AUTH_SECRET', help: 'the secret of your app, as Auth.js v5 calls it' },
  { env: 'NEXTAUTH_SECRET', help: 'the secret of your app, as NextAuth v4 calls it' },
  { env: 'AUTH_SECRET_1', help: 'a secret that is being replaced; also _2 and _3: each is accepted' },
  { env: 'AUTH_SECRET_2', help: 'see AUTH_SECRET_1' },
  { env: 'AUTH_SECRET_3', help: 'see AUTH_SECRET_1' },
  {
    env: 'PARLOR_TOKEN_SECRET',
    help: 'a key for chat tokens alone, 32 bytes as base64url, the same in the app; several with commas',
  },
  { env: 'AUTH_URL', help: 'the address of your app: on https, only tokens for __Secure- cookies are read' },
  { env: 'NEXTAUTH_URL', help: 'the same, where AUTH_URL is not set' },
  { env: 'AUTH_COOKIE_NAME', help: 'your own name for the session cookie, if it has one' },
  { env: 'PARLOR_SESSION_TOKENS', help: 'session tokens that sign in: nextauth-v4,authjs-v5 (default), one, or none' },
  { env: 'PARLOR_COOKIE_SIGN_IN', help: 'on: the session cookie signs in, without a token (default off)' },
  { env: 'PARLOR_HS256_SECRET', help: 'reads HS256 tokens of your own `encode`, signed with this raw secret' },
  { env: 'PARLOR_HS256_SECRET_1', help: 'one that is being replaced; also _2 and _3' },
  { env: 'PARLOR_HS256_SECRET_2', help: 'see PARLOR_HS256_SECRET_1' },
  { env: 'PARLOR_HS256_SECRET_3', help: 'see PARLOR_HS256_SECRET_1' },
  { env: 'PARLOR_HS256_AUDIENCE', help: 'the `aud` that those must have (default: not looked at)' },
  { env: 'PARLOR_JWT_ISSUER', help: 'reads tokens of this issuer (`iss`): Clerk, Auth0, Supabase, Better Auth' },
  { env: 'PARLOR_JWT_JWKS_URL', help: 'where its keys are (default: /.well-known/jwks.json under the issuer)' },
  { env: 'PARLOR_JWT_AUDIENCE', help: 'one of these must be in `aud` (default: not looked at)' },
  { env: 'PARLOR_JWT_AZP', help: '`azp` must be one of these (default: not looked at)' },
]
