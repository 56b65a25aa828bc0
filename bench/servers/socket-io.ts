/** Socket.IO: its own rooms, WebSocket as its only transport, no compression. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

// By a name that the type check doesn't look up: the package is there only once the benchmark has installed it.
const name: string = 'socket.io'
const { Server } = (await import(name)) as { Server: new (server: unknown, options: object) => IoServer }

const server = createServer()
const io = new Server(server, { transports: ['websocket'], perMessageDeflate: false, serveClient: false })

io.on('connection', (socket) => {
  const room = String(socket.handshake.query.room)
  void socket.join(room)
  socket.on('message', (text) => io.to(room).emit('message', text))
  socket.emit('joined')
})

server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: (server.address() as AddressInfo).port })))

// --- types ---

interface IoServer {
  on(event: 'connection', listener: (socket: IoSocket) => void): void
  to(room: string): { emit(event: string, text: string): void }
}

interface IoSocket {
  handshake: { query: Record<string, unknown> }
  join(room: string): unknown
  on(event: 'message', listener: (text: string) => void): void
  emit(event: string): void
}
