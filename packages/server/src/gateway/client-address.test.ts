import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { parseTrustProxy, readClientAddress } from './client-address.ts'

describe('the address of a client', () => {
  it.each([
    [[], '9.9.9.9', '1.1.1.1', '9.9.9.9'],
    [['1'], '10.0.0.2', '6.6.6.6, 1.1.1.1', '1.1.1.1'],
    [['2'], '10.0.0.2', '6.6.6.6, 1.1.1.1, 10.0.0.1', '1.1.1.1'],
    [['2'], '10.0.0.2', '1.1.1.1', '1.1.1.1'],
    [['10.0.0.0/8'], '10.0.0.2', '6.6.6.6, 1.1.1.1, 10.0.0.1', '1.1.1.1'],
    [['10.0.0.0/8'], '9.9.9.9', '1.1.1.1', '9.9.9.9'],
    [['10.0.0.0/8'], '::ffff:10.0.0.2', '1.1.1.1', '1.1.1.1'],
    [['fd00::/8'], 'fd00::1', '2001:db8::5', '2001:db8::5'],
    [['1'], '10.0.0.2', undefined, '10.0.0.2'],
  ] as const)('TRUST_PROXY=%s, peer %s, header %s: %s', (trust, peer, header, address) => {
    expect(readClientAddress(request(peer, header), parseTrustProxy(trust))).toBe(address)
  })

  it.each(['proxy.example', '10.0.0.0/33', '-1', '1,2'])('TRUST_PROXY=%s is refused', (entry) => {
    expect(() => parseTrustProxy([entry])).toThrow(/TRUST_PROXY/)
  })
})

function request(remoteAddress: string, header: string | undefined): IncomingMessage {
  return { socket: { remoteAddress }, headers: { 'x-forwarded-for': header } } as unknown as IncomingMessage
}
