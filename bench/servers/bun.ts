/** Bun's native server: `subscribe` and `publish` of the µWebSockets core, no compression. Runs in Bun, not in Node. */

const server: BunServer = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch(request, self) {
    const room = new URL(request.url).searchParams.get('room') ?? ''
    return self.upgrade(request, { data: { room } }) ? undefined : new Response('WebSockets only', { status: 426 })
  },
  websocket: {
    perMessageDeflate: false,
    open(socket) {
      socket.subscribe(socket.data.room)
      socket.send('joined')
    },
    message(socket, text) {
      server.publish(socket.data.room, text)
    },
  },
})
console.log(JSON.stringify({ port: server.port }))

// --- types ---

declare const Bun: { serve(options: BunOptions): BunServer }

interface BunOptions {
  port: number
  hostname: string
  fetch(request: Request, server: BunServer): Response | undefined
  websocket: {
    perMessageDeflate: boolean
    open(socket: BunSocket): void
    message(socket: BunSocket, text: string): void
  }
}

interface BunServer {
  readonly port: number
  upgrade(request: Request, options: { data: { room: string } }): boolean
  publish(room: string, text: string): number
}

interface BunSocket {
  data: { room: string }
  subscribe(room: string): void
  send(text: string): void
}
