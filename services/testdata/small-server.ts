import { ownAll } from '../adapters/ownership.embedded.ts'
import { VirtualClock } from '../adapters/clock.virtual.ts'
import { MemoryDisk } from '../adapters/disk.memory.ts'
import { createHttpServer, type HttpParts } from '../adapters/http.fastify.ts'
import { MemoryLetters } from '../adapters/letters.memory.ts'
import { MemoryLog } from '../adapters/log.memory.ts'
import { seededRandom } from '../adapters/random.seeded.ts'
import { MemoryState } from '../adapters/state.memory.ts'
import { startAggregate } from '../aggregate.ts'
import type { Config } from '../config-schema.ts'
import { aligned } from '../core/align.ts'
import type { Plan } from '../core/plan.ts'
import { startGateway } from '../gateway.ts'
import type { Gateway } from '../gateway-port.ts'
import { createHotline } from '../hotline.ts'
import { createIngest, type Ingest } from '../ingest.ts'
import { smallPlan } from './small-city.ts'

/** Midnight UTC at which the {@link SmallServer} begins. */
export const START = Date.UTC(2026, 10, 22)

/** Settings that the parts under test read. */
export const SMALL_CONFIG = {
  data: { dir: '' },
  http: {
    host: '127.0.0.1',
    port: 0,
    wallToken: '',
    origins: [] as string[],
    gateways: [] as string[],
    maxBody: 4096,
    maxWalls: 4,
    web: '',
  },
  mqtt: { maxPacket: 65_536 },
  clock: { source: 'wall', tick: 1000, skew: 60_000, maxAge: 604_800_000, maxStep: 172_800_000 },
  limits: { batch: 1000, depth: 16, sources: 10_000, deadLetters: 1000 },
  log: { partitions: 2, retention: 604_800_000, maxSize: 2 ** 33, pending: 65_536 },
  state: { history: 7_776_000_000, resumeTicks: 600 },
  vendors: {},
  demo: { enabled: false, seed: 1 },
  hotline: {
    vendor: 'hotline',
    jurisdiction: '',
    services: {
      noise: {
        name: { zh: '噪声', en: 'Noise' },
        indicator: 'call.noise',
        group: 'Nuisance',
        keywords: 'loud',
      },
      'Noise - 施工': { name: { zh: '施工', en: 'Works' }, indicator: 'call.noise', group: '', keywords: '' },
    },
  },
} as const

/** The whole program but MQTT, in memory, on a real port and virtual time. */
export interface SmallServer {
  readonly url: string
  readonly plan: Plan
  readonly clock: VirtualClock
  readonly gateway: Gateway
  readonly ingest: Ingest
  readonly letters: MemoryLetters
  readonly log: MemoryLog
  readonly faults: unknown[]
  /** Sends one observation as a vendor's source would, and waits until it is durable. */
  observe(source: string, observation: object): Promise<void>
  /** Moves time on by whole ticks until the gateway has seen the last. */
  ticks(count: number): Promise<void>
  get(path: string, headers?: Record<string, string>): Promise<Response>
  json(path: string): Promise<Record<string, unknown>>
  post(path: string, body: string, headers?: Record<string, string>): Promise<Response>
  stop(): Promise<void>
}

/** Resolves when the condition holds; asks again after each turn of the event loop. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

/** What parts beside those of a {@link SmallServer} are made from. */
export interface SmallParts {
  readonly clock: VirtualClock
  readonly log: MemoryLog
  readonly state: MemoryState
  readonly plan: Plan
  readonly fail: (fault: unknown) => void
}

/** Starts a {@link SmallServer}; `http` overrides settings of that section, `more` adds parts, which are stopped by whoever made them. */
export async function startSmallServer(
  http: Partial<Config['http']> = {},
  plan = smallPlan(),
  more: (made: SmallParts) => Partial<HttpParts> = () => ({}),
): Promise<SmallServer> {
  const clock = new VirtualClock(START)
  const disk = new MemoryDisk({ defer: (run) => void setImmediate(run) })
  const log = new MemoryLog(disk, { partitions: plan.partitions, epoch: '0123456789abcdef' })
  const state = new MemoryState(disk, { partitions: plan.partitions })
  // Only the sections that the parts under test read are filled.
  const config = { ...SMALL_CONFIG, http: { ...SMALL_CONFIG.http, ...http } } as unknown as Config
  const letters = new MemoryLetters(1000)
  const faults: unknown[] = []
  const ingest = createIngest({ log, clock, plan, config, deadLetters: letters, program: 'test' })
  const aggregate = startAggregate({ log, state, plan, ownership: ownAll(plan.partitions) })
  aggregate.failed.catch((fault: unknown) => faults.push(fault))
  const extra = more({ clock, log, state, plan, fail: (fault) => faults.push(fault) })
  const gateway = startGateway({
    ...(extra.desk && { desk: extra.desk.desk }),
    state,
    ticks: aligned(state, plan.partitions),
    plan,
    epoch: log.epoch,
    config,
    clock,
    demo: false,
    program: '0.1.0',
    report: (fault) => faults.push(fault),
  })
  const random = seededRandom(1)
  const hotline = createHotline({ config, plan, intake: ingest, log, state, clock, random })
  const server = createHttpServer({
    config,
    plan,
    gateway,
    intake: ingest,
    hotline,
    state,
    log,
    letters,
    clock,
    sources: [],
    listener: null,
    demo: false,
    program: '0.1.0',
    web: '',
    logger: { error: (fault: unknown) => faults.push(fault) },
    ...extra,
  })
  await ingest.start()
  await gateway.caughtUp()
  const { address: url } = await server.listen()
  const get = (path: string, headers: Record<string, string> = {}) => fetch(url + path, { headers })
  return {
    url,
    plan,
    clock,
    gateway,
    ingest,
    letters,
    log,
    faults,
    get,
    json: async (path) => (await (await get(path)).json()) as Record<string, unknown>,
    post: (path, body, headers = { 'content-type': 'application/json' }) =>
      fetch(url + path, { method: 'POST', body, headers }),
    observe: async (source, observation) => {
      const { commit } = ingest.accept(
        ingest.sender('acme', source),
        new TextEncoder().encode(JSON.stringify(observation)),
      )
      await ingest.settled(commit)
    },
    ticks: async (count) => {
      for (let i = 0; i < count; i++) {
        clock.advance(1000)
        const goal = clock.now()
        await until(() => gateway.picture.tick >= goal || faults.length > 0)
      }
    },
    stop: async () => {
      await gateway.stop()
      await server.close()
      await ingest.stop()
      await aggregate.stop()
    },
  }
}
