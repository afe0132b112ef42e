import { createServer, type AddressInfo } from 'node:net'
import { VirtualClock } from '../adapters/clock.virtual.ts'
import { MemoryDisk } from '../adapters/disk.memory.ts'
import { createHttpServer } from '../adapters/http.fastify.ts'
import { MemoryLetters } from '../adapters/letters.memory.ts'
import { MemoryLog } from '../adapters/log.memory.ts'
import { MemoryState } from '../adapters/state.memory.ts'
import { startAggregate } from '../aggregate.ts'
import type { Config } from '../config-schema.ts'
import { conducted } from '../core/conducted.ts'
import type { Plan } from '../core/plan.ts'
import { startGateway } from '../gateway.ts'
import type { Gateway } from '../gateway-port.ts'
import { createIngest } from '../ingest.ts'
import type { Ownership } from '../ports.ts'
import { SMALL_CONFIG, START, until } from './small-server.ts'

/** A partition that is later than the others by so much is missing, ms. */
export const PATIENCE = 3_000

/** One gateway process of the cluster. */
export interface ClusterGateway {
  readonly url: string
  readonly gateway: Gateway
  /** Ends it as a killed process does: nobody is told. */
  kill(): Promise<void>
}

/** Aggregators and gateways of one log and state in memory, on real ports and virtual time. */
export interface SmallCluster {
  readonly clock: VirtualClock
  readonly gateways: readonly ClusterGateway[]
  readonly faults: unknown[]
  /** Sends one observation as a vendor's source would, and waits until it is durable. */
  observe(source: string, observation: object): Promise<void>
  /** Moves time on by whole ticks, and waits until every partition that is owned has committed each. */
  ticks(count: number): Promise<void>
  /** From now on nobody owns the partition, as when its process died. */
  lose(partition: number): Promise<void>
  regain(partition: number): void
  stop(): Promise<void>
}

/** Partitions as a test hands them out. */
class Owners implements Ownership {
  readonly #running = new Map<number, { readonly lost: AbortController; readonly done: Promise<void> }>()
  readonly #partitions: number
  #own: (partition: number, lost: AbortSignal) => Promise<void> = () => Promise.resolve()

  constructor(partitions: number) {
    this.#partitions = partitions
  }

  get held(): readonly number[] {
    return [...this.#running.keys()].sort((a, b) => a - b)
  }

  start(own: (partition: number, lost: AbortSignal) => Promise<void>): Promise<void> {
    this.#own = own
    for (let partition = 0; partition < this.#partitions; partition++) this.gain(partition)
    return Promise.resolve()
  }

  gain(partition: number): void {
    const lost = new AbortController()
    this.#running.set(partition, { lost, done: this.#own(partition, lost.signal) })
  }

  async lose(partition: number): Promise<void> {
    const running = this.#running.get(partition)
    this.#running.delete(partition)
    running?.lost.abort()
    await running?.done
  }

  reached(): void {}

  async stop(): Promise<void> {
    await Promise.all(this.held.map((partition) => this.lose(partition)))
  }
}

/** A port of 127.0.0.1 that nobody listens on now. */
function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

/** Starts a {@link SmallCluster} of two gateways that know of each other; `web` is the folder of the built pages. */
export async function startSmallCluster(plan: Plan, web = ''): Promise<SmallCluster> {
  const clock = new VirtualClock(START)
  const disk = new MemoryDisk({ defer: (run) => void setImmediate(run) })
  const log = new MemoryLog(disk, { partitions: plan.partitions, epoch: '0123456789abcdef' })
  const state = new MemoryState(disk, { partitions: plan.partitions })
  const letters = new MemoryLetters(1000)
  const faults: unknown[] = []
  const report = (fault: unknown): void => void faults.push(fault)
  const ports = [await freePort(), await freePort()]
  const addresses = ports.map((port) => `http://127.0.0.1:${port}`)
  const configOf = (port: number) =>
    ({
      ...SMALL_CONFIG,
      http: { ...SMALL_CONFIG.http, port, gateways: addresses },
    }) as unknown as Config
  const ingest = createIngest({
    log,
    clock,
    plan,
    config: configOf(0),
    deadLetters: letters,
    program: 'test',
  })
  const ownership = new Owners(plan.partitions)
  const score = { patience: PATIENCE, clock }
  const aggregate = startAggregate({ log, state, plan, ownership, score })
  aggregate.failed.catch(report)
  const open = async (port: number): Promise<ClusterGateway> => {
    const config = configOf(port)
    const shared = { state, plan, config, clock, demo: false, program: '0.1.0' }
    const gateway = startGateway({
      ...shared,
      ticks: conducted(state, plan.partitions),
      epoch: log.epoch,
      report,
    })
    const server = createHttpServer({
      ...shared,
      gateway,
      intake: null,
      hotline: null,
      log,
      letters,
      sources: [],
      listener: null,
      web,
      logger: { error: report },
    })
    await gateway.caughtUp()
    const { address } = await server.listen()
    return {
      url: address,
      gateway,
      async kill() {
        await server.close()
        await gateway.stop()
      },
    }
  }
  await ingest.start()
  const gateways = [await open(ports[0] ?? 0), await open(ports[1] ?? 0)]
  return {
    clock,
    gateways,
    faults,
    async observe(source, observation) {
      const payload = new TextEncoder().encode(JSON.stringify(observation))
      await ingest.settled(ingest.accept(ingest.sender('acme', source), payload).commit)
    },
    async ticks(count) {
      for (let i = 0; i < count; i++) {
        clock.advance(plan.tickMs)
        const goal = clock.now()
        const all = (): boolean => ownership.held.every((partition) => state.newest(partition) >= goal)
        await until(() => all() || faults.length > 0)
      }
    },
    lose: (partition) => ownership.lose(partition),
    regain: (partition) => ownership.gain(partition),
    async stop() {
      await Promise.all(gateways.map((gateway) => gateway.kill()))
      await ingest.stop()
      await aggregate.stop()
    },
  }
}
