/** Stack: the whole product for the journeys: the service, the built demo app, and the networks between them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cookie } from 'playwright/test'
import { findFreePort } from '../../scripts/free-port.ts'
import { Cluster } from '../faults/cluster/cluster.ts'
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts'
import { type Program, startApp, startParlor } from '../support/processes.ts'
import { ServiceApi } from '../support/service-api.ts'

/** One for each project: a service with a database of its own, and one of the two apps. */
export class Stack {
  /** The app's address, as people type it. */
  readonly appUrl: string
  /** Between browsers and the service. */
  readonly network: FaultProxy
  /** Between the app's server and the service. */
  readonly backend: FaultProxy
  /** The service's HTTP API, around both networks. */
  readonly api: ServiceApi
  /** The cookies of those who have signed in, by name: not every journey is about the form. */
  readonly sessions = new Map<string, Cookie[]>()
  readonly #kind: AppKind
  readonly #folder: string
  readonly #servicePort: number
  #service: Program | undefined
  #serviceEnv = ''
  #app: Program | undefined

  constructor(parts: StackParts) {
    this.#kind = parts.kind
    this.#folder = parts.folder
    this.#servicePort = parts.servicePort
    this.appUrl = `http://localhost:${parts.appPort}`
    this.network = parts.network
    this.backend = parts.backend
    this.api = new ServiceApi(`http://127.0.0.1:${parts.servicePort}`, SECRET)
  }

  /** The running service. */
  get service(): Program {
    if (!this.#service?.isRunning) throw new Error('The service is not running now.')
    return this.#service
  }

  get serviceUrl(): string {
    return `http://127.0.0.1:${this.#servicePort}`
  }

  /** Starts the service if it doesn't run, or runs with other settings. Its port and its database stay the same. */
  async ensureService(settings: Record<string, string> = {}): Promise<void> {
    const env = { ALLOWED_ORIGINS: this.appUrl, PUBLIC_ROOMS, ...LIMITS, ...settings }
    const key = JSON.stringify(env)
    if (this.#service?.isRunning && this.#serviceEnv === key) return
    await this.#service?.stop()
    const { AUTH_SECRET: secret = SECRET } = settings
    const database = join(this.#folder, 'parlor.db')
    this.#service = await startParlor({ port: this.#servicePort, database, secret, env })
    this.#serviceEnv = key
  }

  async start(): Promise<void> {
    await this.ensureService()
    this.#app = await this.#startApp(this.appUrl, 'start')
  }

  /** The same app once more, as a developer runs it: React's own checks are on. Stop it when done. */
  startDevelopment(): Promise<AnotherApp> {
    return this.#startAnother('dev')
  }

  /** The same app once more, with other settings. Stop it when done. */
  startWith(settings: Record<string, string>): Promise<AnotherApp> {
    return this.#startAnother('start', settings)
  }

  /** The same app once more, in front of three nodes on one PostgreSQL and one Redis. Stop both when done. */
  async startCluster(): Promise<AnotherApp & { cluster: Cluster }> {
    const url = `http://localhost:${await findFreePort()}`
    const env = { AUTH_SECRET: SECRET, ALLOWED_ORIGINS: url, PUBLIC_ROOMS, ...LIMITS }
    const cluster = await Cluster.start({ env })
    try {
      const settings = { PARLOR_URL: cluster.url, PARLOR_PUBLIC_URL: cluster.url }
      return { url, program: await this.#startApp(url, 'start', settings), cluster }
    } catch (error) {
      await cluster.close()
      throw error
    }
  }

  async #startAnother(mode: 'start' | 'dev', settings?: Record<string, string>): Promise<AnotherApp> {
    const url = `http://localhost:${await findFreePort()}`
    await this.ensureService({ ALLOWED_ORIGINS: url })
    return { url, program: await this.#startApp(url, mode, settings) }
  }

  #startApp(url: string, mode: 'start' | 'dev', settings: Record<string, string> = {}): Promise<Program> {
    const { app, secretName, urlName } = this.#kind
    const env = {
      [secretName]: SECRET,
      [urlName]: url,
      PARLOR_URL: this.backend.url,
      PARLOR_PUBLIC_URL: this.network.url,
      // Auth.js v5 asks for it outside Vercel.
      ...(app === 'demo-authjs' && { AUTH_TRUST_HOST: 'true' }),
      ...settings,
    }
    return startApp({ app, port: Number(new URL(url).port), env, mode })
  }

  /** Both networks healthy, and the service running as it does by default. */
  async heal(): Promise<void> {
    this.network.pass()
    this.backend.pass()
    await this.ensureService()
  }

  async close(): Promise<void> {
    await Promise.all([this.#app?.stop(), this.#service?.stop()])
    await Promise.all([this.network.close(), this.backend.close()])
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** Starts everything; the app is built already. @param app the app's folder in `apps/` */
export async function startStack(app: string): Promise<Stack> {
  const kind = KINDS.find((candidate) => candidate.app === app)
  if (!kind) throw new Error(`There is no app ${app}.`)
  const [servicePort, appPort] = [await findFreePort(), await findFreePort()]
  const stack = new Stack({
    kind,
    servicePort,
    appPort,
    folder: await mkdtemp(join(tmpdir(), 'parlor-journeys-')),
    network: await startFaultProxy(servicePort),
    backend: await startFaultProxy(servicePort),
  })
  try {
    await stack.start()
  } catch (error) {
    await stack.close()
    throw error
  }
  return stack
}

/** The secret that the app and the service share. */
export const SECRET = 'Zk3v9Qp1Lr8mXb2Ts7Yw4Uc6Hd0Jf5Ga'

/** Journeys bring rooms of their own, so that none sees what another left. */
const PUBLIC_ROOMS = 'general,random,design,journey-*'

/** All browsers come from one address, and scripts type faster than people; what a person meets is unchanged. */
const LIMITS = {
  PARLOR_MAX_NEW_CONNECTIONS_PER_IP: '1000',
  PARLOR_SENDS_PER_SECOND: '500',
  PARLOR_SENDS_BURST: '500',
  PARLOR_ROOM_SENDS_PER_SECOND: '500',
}

const KINDS: readonly AppKind[] = [
  { app: 'demo', secretName: 'NEXTAUTH_SECRET', urlName: 'NEXTAUTH_URL' },
  { app: 'demo-authjs', secretName: 'AUTH_SECRET', urlName: 'AUTH_URL' },
]

// --- types ---

interface AppKind {
  app: string
  secretName: string
  urlName: string
}

export interface AnotherApp {
  url: string
  program: Program
}

interface StackParts {
  kind: AppKind
  servicePort: number
  appPort: number
  folder: string
  network: FaultProxy
  backend: FaultProxy
}
