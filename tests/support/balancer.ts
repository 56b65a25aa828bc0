/** Balancer stands before several nodes, as a load balancer without sticky sessions: each connection goes to the next one. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  const balancer = new Balancer(ports)
  await balancer.listen()
  return balancer
}

export class Balancer {
  /** Where new connections go from now on, in turns. */
  ports: readonly number[]
  readonly #server: Server = createServer((client) => this.#accept(client))
  readonly #sockets = new Set<Socket>()
  #turn = 0

  constructor(ports: readonly number[]) {
    this.ports = ports
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #accept(client: Socket): void {
    const port = this.ports[this.#turn++ % this.ports.length]
    const node = connect({ host: '127.0.0.1', port: port ?? 0 })
    this.#join(client, node)
    this.#join(node, client)
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from)
    from.setNoDelay()
    from.pipe(to)
    // What ends one ends the other; why is between the two at the ends.
    from.on('error', () => {})
    from.once('close', () => {
      this.#sockets.delete(from)
      to.destroy()
    })
  }
}
