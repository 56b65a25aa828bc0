/** The plain loop: `ws`, a set of sockets for each room, and `send` for each of them. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

const rooms = new Map<string, Set<WebSocket>>()
const server = createServer()
const sockets = new WebSocketServer({ server, perMessageDeflate: false })

sockets.on('connection', (socket, request) => {
  const name = new URL(request.url ?? '/', 'http://localhost').searchParams.get('room') ?? ''
  const room = rooms.get(name) ?? new Set()
  rooms.set(name, room.add(socket))
  socket.on('message', (data) => {
    const text = data.toString()
    for (const member of room) member.send(text)
  })
  socket.on('close', () => room.delete(socket))
  socket.send('joined')
})

server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: (server.address() as AddressInfo).port })))
