import { CHAT_TOKEN_AUDIENCE, CHAT_TOKEN_TYPE } from '@parlor/protocol'
import { type JWTPayload, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { ChatTokenVerifier } from './chat-token.ts'
import { deriveTokenKey } from './secrets.ts'

const key = deriveTokenKey('Zk3v9Qp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5Ga')
const now = 1_800_000_000_000
const iat = now / 1000

describe('a chat token', () => {
  it('ends at its `exp`', async () => {
    await expect(verify({})).resolves.toEqual({
      kind: 'chat',
      user: { id: 'u1', name: null, picture: null },
      expiresAt: now + 600_000,
    })
  })

  it('ends an hour after it was made, whatever its `exp` says', async () => {
    await expect(verify({ exp: iat + 86_400 })).resolves.toMatchObject({ expiresAt: now + 3_600_000 })
    await expect(verify({ iat: iat - 3_620, exp: iat + 86_400 })).rejects.toMatchObject({ code: 'expired' })
  })

  it('carries the sign-in that it came from', async () => {
    await expect(verify({ sid: 's1' })).resolves.toMatchObject({ sid: 's1' })
    await expect(verify({ sid: 7 })).resolves.not.toHaveProperty('sid')
    await expect(verify({ sid: '' })).resolves.not.toHaveProperty('sid')
  })

  it('of a clock ahead by more than 15 s is not_yet_valid', async () => {
    await expect(verify({ iat: iat + 15 })).resolves.toMatchObject({ user: { id: 'u1' } })
    await expect(verify({ iat: iat + 16 })).rejects.toMatchObject({ code: 'not_yet_valid' })
    await expect(verify({ nbf: iat + 16 })).rejects.toMatchObject({ code: 'not_yet_valid' })
  })

  it('for another audience, or of another type, is wrong_audience', async () => {
    await expect(verify({ aud: 'chat' })).rejects.toMatchObject({ code: 'wrong_audience' })
    await expect(verify({ aud: undefined })).rejects.toMatchObject({ code: 'wrong_audience' })
    await expect(verify({}, 'JWT')).rejects.toMatchObject({ code: 'wrong_audience' })
  })

  it('with an `exp` that is no time is token_malformed', async () => {
    await expect(verify({ exp: 'soon' })).rejects.toMatchObject({ code: 'token_malformed' })
  })

  it('is refused when there is no key', async () => {
    const verifier = new ChatTokenVerifier([], () => now)
    await expect(verifier.verify(await sign({}))).rejects.toMatchObject({ code: 'token_malformed' })
  })
})

async function verify(claims: Claims, typ?: string) {
  return new ChatTokenVerifier([key], () => now).verify(await sign(claims, typ))
}

function sign(claims: Claims, typ = CHAT_TOKEN_TYPE): Promise<string> {
  return new SignJWT({ sub: 'u1', aud: CHAT_TOKEN_AUDIENCE, iat, exp: iat + 600, ...claims } as JWTPayload)
    .setProtectedHeader({ alg: 'HS256', typ })
    .sign(key)
}

// --- types ---

/** Undefined leaves a claim out. */
type Claims = { [claim: string]: unknown }
