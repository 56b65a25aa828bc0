import type { Transport, TransportHandlers } from '@parlor/client'
import { expect, test } from 'vitest'
import { Recorder } from './recorder.ts'
import { RecordingTransport } from './recording-transport.ts'

test('every frame is logged in its order, without the token and without heartbeats', () => {
  const { recorder, socket, service } = open()
  service.opened()
  socket.send('{"type":"hello","ref":1,"token":"secret"}')
  service.message('[]')
  service.message('[{"ref":1,"ok":{}}]')
  service.closed(1012, '')
  expect(recorder.entries.map(({ at: _, ...entry }) => entry)).toEqual([
    { type: 'opened', connection: 'c1', client: 'ann/1', user: 'ann' },
    { type: 'sent', connection: 'c1', item: { type: 'hello', ref: 1, token: '…' } },
    { type: 'received', connection: 'c1', items: [{ ref: 1, ok: {} }] },
    { type: 'closed', connection: 'c1', code: 1012, by: 'service' },
  ])
})

test('a frame that is no array of items is a finding, too', () => {
  const { recorder, service } = open()
  service.message('oops')
  expect(recorder.entries.at(-1)).toMatchObject({ items: [{ type: 'unreadable', text: 'oops' }] })
})

test('a paused reader gets nothing, not even the end, until it goes on; the log has it at once', () => {
  const { recorder, transport, service, told } = open()
  transport.pause()
  service.opened()
  service.message('[{"ref":1}]')
  service.closed(1006, '')
  expect(told).toEqual([])
  expect(recorder.entries.map(({ type }) => type)).toEqual(['opened', 'received', 'closed'])
  transport.resume()
  expect(told).toEqual(['opened', '[{"ref":1}]', 'closed 1006'])
})

test('a cut ends it for the client at once, and what comes later is neither handed on nor logged', () => {
  const { recorder, transport, service, told } = open()
  service.opened()
  transport.cut()
  service.message('[{"ref":1}]')
  service.closed(1000, '')
  expect(told.filter((one) => one.startsWith('closed'))).toEqual(['closed 1006'])
  expect(recorder.entries.at(-1)).toMatchObject({ type: 'closed', code: 1006, by: 'run' })
})

test('a cut behind a command comes right after it went out, once', async () => {
  const { recorder, transport, socket, service, told } = open()
  service.opened()
  transport.cutBehind('message.send')
  socket.send('{"type":"ping","ref":1}')
  await Promise.resolve()
  expect(told).toEqual(['opened'])
  socket.send('{"type":"message.send","ref":2}')
  await Promise.resolve()
  expect(told).toEqual(['opened', 'closed 1006'])
  expect(recorder.entries.slice(-2)).toMatchObject([{ item: { ref: 2 } }, { type: 'closed', by: 'run' }])
})

/** A socket whose service the test plays. */
function open() {
  let service: TransportHandlers | undefined
  const inner: Transport = {
    open(_url, _subprotocol, handlers) {
      service = handlers
      return { send() {}, close() {} }
    },
  }
  const recorder = new Recorder()
  const transport = new RecordingTransport(recorder, { client: 'ann/1', user: 'ann' }, inner)
  const told: string[] = []
  const socket = transport.open('ws://chat', 'parlor.v1', {
    opened: () => told.push('opened'),
    message: (text) => told.push(text),
    closed: (code) => told.push(`closed ${code}`),
  })
  return { recorder, transport, socket, told, service: service as TransportHandlers }
}
