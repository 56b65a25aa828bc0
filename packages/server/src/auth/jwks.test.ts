import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAuthenticator } from './authenticate.ts'
import { type JwksIssuer, JwksVerifier } from './jwks.ts'

const algorithms = ['RS256', 'ES256', 'EdDSA'] as const
const pairs = new Map(
  await Promise.all(algorithms.map(async (alg) => [alg, await generateKeyPair(alg, { extractable: true })] as const)),
)
const issuer = 'https://issuer.example.com/'

let server: Server
let jwksUrl: string
let fetches: number
let status: number

beforeEach(async () => {
  fetches = 0
  status = 200
  const keys = await Promise.all(
    [...pairs].map(async ([alg, { publicKey }]) => ({ ...(await exportJWK(publicKey)), kid: alg, alg, use: 'sig' })),
  )
  server = createServer((_request, response) => {
    fetches++
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
})

afterEach(() => new Promise<unknown>((resolve) => server.close(resolve)))

describe('tokens of an issuer with a key set', () => {
  it.each(algorithms)('are accepted with %s', async (alg) => {
    const claims = { name: 'Ann', sid: 's1' }
    await expect(verifier().verify(await sign(claims, alg))).resolves.toMatchObject({
      kind: 'jwks',
      user: { id: 'u1', name: 'Ann' },
      sid: 's1',
    })
  })

  it('fetch the keys once', async () => {
    const auth = verifier()
    for (const alg of algorithms) await auth.verify(await sign({}, alg))
    expect(fetches).toBe(1)
  })

  it('of another issuer are token_unsupported, without a fetch', async () => {
    await expect(verifier().verify(await sign({ iss: 'https://issuer.example.com' }))).rejects.toMatchObject({
      code: 'token_unsupported',
    })
    expect(fetches).toBe(0)
  })

  it('must be for the audience, when one is set', async () => {
    const auth = verifier({ audience: ['chat', 'web'] })
    await expect(auth.verify(await sign({ aud: 'web' }))).resolves.toMatchObject({ user: { id: 'u1' } })
    await expect(auth.verify(await sign({ aud: 'other' }))).rejects.toMatchObject({ code: 'wrong_audience' })
    await expect(auth.verify(await sign({}))).rejects.toMatchObject({ code: 'wrong_audience' })
  })

  it('must be of an authorized party, when a list is set; leaving `azp` out doesn’t help', async () => {
    const auth = verifier({ authorizedParties: ['https://app.example.com'] })
    await expect(auth.verify(await sign({ azp: 'https://app.example.com' }))).resolves.toMatchObject({
      user: { id: 'u1' },
    })
    await expect(auth.verify(await sign({ azp: 'https://evil.example.com' }))).rejects.toMatchObject({
      code: 'wrong_audience',
    })
    await expect(auth.verify(await sign({}))).rejects.toMatchObject({ code: 'wrong_audience' })
  })

  it('with an unknown key are secret_mismatch', async () => {
    const stranger = await generateKeyPair('ES256')
    const token = await new SignJWT({ iss: issuer, sub: 'u1' })
      .setProtectedHeader({ alg: 'ES256', kid: 'unknown' })
      .setExpirationTime('1m')
      .sign(stranger.privateKey)
    await expect(verifier().verify(token)).rejects.toMatchObject({ code: 'secret_mismatch' })
    const forged = await new SignJWT({ iss: issuer, sub: 'u1' })
      .setProtectedHeader({ alg: 'ES256', kid: 'ES256' })
      .setExpirationTime('1m')
      .sign(stranger.privateKey)
    await expect(verifier().verify(forged)).rejects.toMatchObject({ code: 'secret_mismatch' })
  })

  it('can’t be forged by using the public key as an HS256 secret', async () => {
    const pem = await exportSPKI(pairs.get('RS256')?.publicKey as CryptoKey)
    const token = await new SignJWT({ iss: issuer, sub: 'u1' })
      .setProtectedHeader({ alg: 'HS256', kid: 'RS256' })
      .setExpirationTime('1m')
      .sign(new TextEncoder().encode(pem))
    const config = { production: false, secrets: [], tokenKeys: [], sessionTokens: [], cookieSignIn: false }
    const auth = createAuthenticator({ ...config, issuers: [{ issuer, jwksUrl }] })
    await expect(auth.authenticate(token)).rejects.toMatchObject({ code: 'token_unsupported' })
    await expect(verifier().verify(token)).rejects.toMatchObject({ code: 'token_unsupported' })
  })

  it('without `exp` or `sub` are refused', async () => {
    await expect(verifier().verify(await sign({ exp: undefined }))).rejects.toMatchObject({ code: 'token_malformed' })
    await expect(verifier().verify(await sign({ sub: undefined }))).rejects.toMatchObject({ code: 'subject_missing' })
  })

  it('that are expired are expired', async () => {
    const exp = Math.floor(Date.now() / 1000) - 16
    await expect(verifier().verify(await sign({ exp }))).rejects.toMatchObject({ code: 'expired' })
  })

  it('whose issuer doesn’t answer are unavailable, which is retried, and accepted once it does', async () => {
    const auth = verifier()
    const token = await sign({})
    status = 503
    await expect(auth.verify(token)).rejects.toMatchObject({ code: 'unavailable', retryable: true })
    status = 200
    await expect(auth.verify(token)).resolves.toMatchObject({ user: { id: 'u1' } })
    const nobody = new JwksVerifier([{ issuer, jwksUrl: 'http://127.0.0.1:9/' }], Date.now)
    await expect(nobody.verify(token)).rejects.toMatchObject({ code: 'unavailable' })
  })
})

function verifier(options: Partial<JwksIssuer> = {}): JwksVerifier {
  return new JwksVerifier([{ issuer, jwksUrl, ...options }], Date.now)
}

function sign(claims: Claims, alg: (typeof algorithms)[number] = 'ES256'): Promise<string> {
  const { privateKey } = pairs.get(alg) ?? expect.unreachable()
  return new SignJWT({ iss: issuer, sub: 'u1', exp: Math.floor(Date.now() / 1000) + 60, ...claims } as JWTPayload)
    .setProtectedHeader({ alg, kid: alg })
    .sign(privateKey)
}

// --- types ---

/** Undefined leaves a claim out. */
type Claims = { [claim: string]: unknown }
