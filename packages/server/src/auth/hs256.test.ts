import { type JWTPayload, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { Hs256Verifier } from './hs256.ts'

const secret = 'Zk3v9Qp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5Ga'
const oldSecret = 'oldK3v9Qp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5'
const exp = () => Math.floor(Date.now() / 1000) + 60

describe('an HS256 token of the app’s own encode', () => {
  it('is accepted with any secret of the ring', async () => {
    const verifier = new Hs256Verifier({ secrets: [secret, oldSecret] }, Date.now)
    for (const key of [secret, oldSecret]) {
      const identity = await verifier.verify(await sign({ sub: 'u1', name: 'Ann', exp: exp() }, key))
      expect(identity).toMatchObject({ kind: 'hs256', user: { id: 'u1', name: 'Ann' } })
    }
    const other = await sign({ sub: 'u1', exp: exp() }, 'other')
    await expect(verifier.verify(other)).rejects.toMatchObject({ code: 'secret_mismatch' })
  })

  it('must have an end', async () => {
    const verifier = new Hs256Verifier({ secrets: [secret] }, Date.now)
    await expect(verifier.verify(await sign({ sub: 'u1' }))).rejects.toMatchObject({ code: 'token_malformed' })
  })

  it('must be for the audience, when one is set', async () => {
    const verifier = new Hs256Verifier({ secrets: [secret], audience: 'chat' }, Date.now)
    const token = await sign({ sub: 'u1', exp: exp(), aud: 'chat' })
    await expect(verifier.verify(token)).resolves.toMatchObject({ user: { id: 'u1' } })
    await expect(verifier.verify(await sign({ sub: 'u1', exp: exp() }))).rejects.toMatchObject({
      code: 'wrong_audience',
    })
  })
})

function sign(claims: JWTPayload, key = secret): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(key))
}
