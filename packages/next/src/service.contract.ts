/** A stand-in for the service, which records what it is asked; real HTTP, real tokens. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CHAT_KEY_BYTES, CHAT_KEY_INFO } from '@parlor/protocol'
import { decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose'
import { onTestFinished } from 'vitest'
import { deriveKey } from './hkdf.ts'

/** Listens on a free port of this machine until the test is over. */
export async function startService(reply: (request: Asked) => Reply = () => ({})): Promise<FakeService> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const [, token = ''] = (request.headers.authorization ?? '').split('Bearer ')
      const body: unknown = text === '' ? undefined : JSON.parse(text)
      const entry = { method: request.method ?? '', path: request.url ?? '', token, body }
      asked.push(entry)
      const { status = 200, headers = {}, body: answer = {}, silent } = reply(entry)
      if (silent) return
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

/** What a token says, checked with the key that the secret gives. */
export async function readToken(token: string, secret: string): Promise<JWTPayload & { typ: string | undefined }> {
  const key = await deriveKey(secret, '', CHAT_KEY_INFO, CHAT_KEY_BYTES)
  const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'] })
  return { ...payload, typ: decodeProtectedHeader(token).typ }
}

// --- types ---

export interface FakeService {
  url: string
  asked: Asked[]
}

export interface Asked {
  method: string
  path: string
  token: string
  body: unknown
}

export interface Reply {
  status?: number
  headers?: Record<string, string>
  body?: unknown
  /** Never answers. */
  silent?: boolean
}
