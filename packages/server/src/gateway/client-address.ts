/** The address of whoever connects, when proxies of ours may stand in between. */
import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { ConfigError } from '../config.ts'

/** Reads `TRUST_PROXY`: one number of hops, or addresses and CIDRs. Throws a ConfigError for anything else. */
export function parseTrustProxy(entries: readonly string[]): TrustProxy {
  const [first] = entries
  if (entries.length === 1 && first !== undefined && /^\d+$/.test(first)) return { hops: Number(first) }
  const addresses = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    const most = family === 'ipv6' ? 128 : 32
    const length = bits === undefined ? most : Number(bits)
    if (isIP(address) === 0 || !Number.isInteger(length) || length < 0 || length > most)
      throw new ConfigError(
        `TRUST_PROXY: "${entry}" is neither a number of hops nor an address or CIDR, such as 10.0.0.0/8`,
      )
    addresses.addSubnet(address, length, family)
  }
  return entries.length > 0 ? { addresses } : { hops: 0 }
}

/** The nearest address that isn't one of our proxies. What a client writes into the header itself is never believed. */
export function readClientAddress(request: IncomingMessage, trust: TrustProxy): string {
  const peer = normalize(request.socket.remoteAddress ?? '')
  const header = request.headers['x-forwarded-for']
  if (!header) return peer
  // Each proxy appends the address it saw, so the chain is read from its end.
  const chain = [
    ...(Array.isArray(header) ? header.join(',') : header).split(',').map((part) => normalize(part.trim())),
    peer,
  ]
  for (let i = chain.length - 1, hop = 0; i > 0; i--, hop++) {
    const address = chain[i] ?? ''
    const isTrusted = 'hops' in trust ? hop < trust.hops : isIP(address) !== 0 && contains(trust.addresses, address)
    if (!isTrusted) return address
  }
  return chain[0] || peer
}

/** Whether a header came that nobody was told to trust: the setting is missing, or somebody tries. */
export function hasUntrustedForward(request: IncomingMessage, trust: TrustProxy): boolean {
  return request.headers['x-forwarded-for'] !== undefined && 'hops' in trust && trust.hops === 0
}

function contains(addresses: BlockList, address: string): boolean {
  return addresses.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** An IPv4 address that came over an IPv6 socket is that IPv4 address. */
function normalize(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address
}

// --- types ---

export type TrustProxy = { hops: number } | { addresses: BlockList }
