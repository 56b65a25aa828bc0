/** FaultProxy is a TCP proxy on the loopback whose network can be broken, slowed and healed while it runs. */

import { once } from 'node:events'
import { createServer, type Server, Socket } from 'node:net'
import { FaultPipe } from './fault-pipe.ts'

/** Starts a proxy on a free port in front of `targetPort`, asked for each connection. It begins by passing everything. */
export async function startFaultProxy(targetPort: number | (() => number)): Promise<FaultProxy> {
  const proxy = new FaultProxy(targetPort)
  await proxy.listen()
  return proxy
}

/**
 * Every method takes effect at once, on open connections and on later ones. `pass()` heals: what a black hole held back
 * goes on, as TCP's retransmissions would.
 */
export class FaultProxy {
  /** Every connection since the start, the newest last. */
  readonly connections: FaultConnection[] = []
  readonly #server: Server
  readonly #network: Network = { mode: 'pass', latencyMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY }
  #targetPort: () => number

  constructor(targetPort: number | (() => number)) {
    this.#targetPort = typeof targetPort === 'number' ? () => targetPort : targetPort
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client))
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('The proxy is not listening.')
    return address.port
  }

  /** The address that stands for the service's own. */
  get url(): string {
    return `http://localhost:${this.port}`
  }

  get open(): FaultConnection[] {
    return this.connections.filter((connection) => connection.isOpen)
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  /** A healthy network: nothing is held, slowed or refused. */
  pass(): void {
    Object.assign(this.#network, { mode: 'pass', latencyMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY })
    this.#changed()
  }

  /** Ends every connection, and each new one as soon as it comes: with RST, or politely with FIN. */
  cut(how: Ending = 'reset'): void {
    this.#network.mode = how
    this.#changed()
  }

  /** Ends the open connections only; new ones pass as before. */
  drop(how: Ending = 'reset'): void {
    for (const connection of this.open) connection.end(how)
  }

  /**
   * Each open connection carries up to `bytes` more in one direction and ends in the middle of what comes next; new ones
   * pass as before.
   */
  tear(direction: 'up' | 'down', bytes: number, how: Ending = 'end'): void {
    for (const connection of this.open) connection.tear(direction, bytes, how)
  }

  /** Accepts, and forwards nothing either way; nobody is told of anything. */
  blackhole(): void {
    this.#network.mode = 'blackhole'
    this.#changed()
  }

  /**
   * One side is gone without the other's knowledge: the connections of `gone` are reset there and stay open on the
   * other side, where what is sent disappears. New connections are accepted and lead nowhere until `pass()`.
   */
  halfOpen(gone: 'service' | 'client' = 'service'): void {
    this.#network.mode = 'blackhole'
    for (const connection of this.open) connection.abandon(gone)
    this.#changed()
  }

  /** Delays every chunk, each way, and limits each direction of each connection. */
  slow(by: { latencyMs?: number; bytesPerSecond?: number }): void {
    Object.assign(this.#network, { mode: 'pass', latencyMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY }, by)
    this.#changed()
  }

  /** New connections go to another port: the service came back elsewhere. */
  retarget(port: number): void {
    this.#targetPort = () => port
  }

  /** Ends every connection and stops listening. */
  async close(): Promise<void> {
    this.drop()
    for (const connection of this.connections) connection.end('reset')
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(client: Socket): void {
    const connection = new FaultConnection(client, this.#network, () => this.#targetPort())
    this.connections.push(connection)
    connection.networkChanged()
  }

  #changed(): void {
    for (const connection of this.open) connection.networkChanged()
  }
}

/** One accepted connection and the one that it is forwarded to. */
export class FaultConnection {
  readonly openedAt = Date.now()
  /** It ended in the middle of something. */
  isTorn = false
  readonly #client: Socket
  readonly #network: Network
  readonly #targetPort: () => number
  readonly #service = new Socket({ allowHalfOpen: true })
  readonly #up: FaultPipe
  readonly #down: FaultPipe
  #isConnecting = false
  #isAbandoned = false
  #isOpen = true

  constructor(client: Socket, network: Network, targetPort: () => number) {
    this.#client = client
    this.#network = network
    this.#targetPort = targetPort
    client.setNoDelay(true)
    this.#service.setNoDelay(true)
    this.#up = new FaultPipe(client, this.#service, network)
    this.#down = new FaultPipe(this.#service, client, network)
    for (const socket of [client, this.#service]) {
      // A reset of one side is passed on by 'close'; unheard, it would end the process.
      socket.on('error', () => {})
      socket.on('close', () => this.networkChanged())
    }
  }

  /** Bytes that went through, from the client to the service. */
  get bytesUp(): number {
    return this.#up.bytes
  }

  /** Bytes that went through, from the service to the client. */
  get bytesDown(): number {
    return this.#down.bytes
  }

  /** Bytes on their way to the service. */
  get waitingUp(): number {
    return this.#up.waitingBytes
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Brings this connection to what the network is now. */
  networkChanged(): void {
    if (!this.#isOpen) return
    const { mode } = this.#network
    if (mode === 'blackhole') this.#setFlowing(false)
    else if (mode === 'pass') this.#pass()
    else this.end(mode)
  }

  end(how: Ending): void {
    this.#isOpen = false
    this.#up.stop()
    this.#down.stop()
    for (const socket of [this.#client, this.#service]) finish(socket, how)
  }

  tear(direction: 'up' | 'down', bytes: number, how: Ending): void {
    const pipe = direction === 'up' ? this.#up : this.#down
    pipe.tearAfter(bytes, () => {
      this.isTorn = true
      this.end(how)
    })
  }

  /** Resets the side that is `gone` and says nothing to the other. */
  abandon(gone: 'service' | 'client'): void {
    this.#isAbandoned = true
    finish(gone === 'service' ? this.#service : this.#client, 'reset')
  }

  #pass(): void {
    const sides = [this.#client, this.#service]
    // The side that was gone answers now, and knows nothing of this connection.
    if (this.#client.destroyed && !this.#service.destroyed && this.waitingUp > 0 && !this.#isAbandoned) {
      // On its way already when the client went: it arrives when it is due, as on a slow network.
      this.#up.endWhenEmpty()
      this.#setFlowing(true)
    } else if (this.#isAbandoned || sides.some((side) => side.errored)) this.end('reset')
    else if (sides.some((side) => side.destroyed)) this.end('end')
    else {
      if (!this.#isConnecting) this.#service.connect(this.#targetPort(), '127.0.0.1')
      this.#isConnecting = true
      this.#setFlowing(true)
    }
  }

  #setFlowing(isFlowing: boolean): void {
    this.#up.setFlowing(isFlowing)
    this.#down.setFlowing(isFlowing)
  }
}

function finish(socket: Socket, how: Ending): void {
  if (socket.destroyed) return
  // A socket that never connected has nobody to tell.
  if (socket.connecting || socket.remoteAddress === undefined) socket.destroy()
  else if (how === 'reset') socket.resetAndDestroy()
  else {
    socket.resume()
    // FIN is sent once what was written is gone; who doesn't answer it is not waited for.
    socket.end(() => socket.destroySoon())
  }
}

// --- types ---

export type Ending = 'reset' | 'end'

export interface Network {
  mode: 'pass' | 'blackhole' | Ending
  latencyMs: number
  /** Of one direction of one connection. */
  bytesPerSecond: number
}
