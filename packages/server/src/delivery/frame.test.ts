import { describe, expect, it } from 'vitest'
// @ts-expect-error @types/ws leaves the receiver out; ws exports it.
import { Receiver } from 'ws'
import { HEARTBEAT_FRAME, textFrame } from './frame.ts'

describe('a text frame', () => {
  it.each([0, 1, 125, 126, 65_535, 65_536, 200_000])('of %i bytes is read back by ws', async (length) => {
    const text = 'é'.repeat(Math.floor(length / 2)) + 'x'.repeat(length % 2)
    expect(await read(textFrame(text))).toEqual([text])
  })

  it('and its neighbours in one write are all read', async () => {
    expect(await read(Buffer.concat([textFrame('[1]'), HEARTBEAT_FRAME, textFrame('[2]')]))).toEqual([
      '[1]',
      '',
      '[]',
      '[2]',
    ])
  })
})

/** Messages and pings, as the client side of ws reads them. */
async function read(bytes: Buffer): Promise<string[]> {
  const receiver = new Receiver({ isServer: false, allowSynchronousEvents: true })
  const seen: string[] = []
  receiver.on('message', (data: Buffer) => seen.push(data.toString()))
  receiver.on('ping', (data: Buffer) => seen.push(data.toString()))
  await new Promise<void>((resolve) => receiver.write(bytes, () => resolve()))
  return seen
}
