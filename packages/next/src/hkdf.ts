/** HKDF-SHA256 (RFC 5869) through Web Crypto, which every runtime of Next.js has. */

/** @param secret the input, as its UTF-8 bytes */
export async function deriveKey(secret: string, salt: string, info: string, bytes: number): Promise<Uint8Array> {
  const text = new TextEncoder()
  const input = await crypto.subtle.importKey('raw', text.encode(secret), 'HKDF', false, ['deriveBits'])
  const algorithm = { name: 'HKDF', hash: 'SHA-256', salt: text.encode(salt), info: text.encode(info) }
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, input, bytes * 8))
}
