import { join } from 'node:path'
import type { Logger } from 'pino'
import { systemClock } from './adapters/clock.system.ts'
import { createHttpServer } from './adapters/http.fastify.ts'
import { systemRandom } from './adapters/random.system.ts'
import { startAggregate } from './aggregate.ts'
import { startAlerts } from './app-alerts.ts'
import { planOf } from './app-plan.ts'
import { openSources, playDemo, vendorsOf } from './app-sources.ts'
import { openEmbedded, type Stores } from './app-stores.ts'
import type { ReadConfig } from './config.ts'
import type { Config } from './config-schema.ts'
import { isCluster, stagesOf } from './config-cluster.ts'
import { policyFrom } from './config-policy.ts'
import type { Plan } from './core/plan.ts'
import { startGateway } from './gateway.ts'
import { createHotline } from './hotline.ts'
import { createIngest } from './ingest.ts'
import { tellLate } from './late-notices.ts'
import type { Clock, Source } from './ports.ts'
import { ingestMetrics, ownershipMetrics } from './process-metrics.ts'
import { startRetention } from './retention.ts'

/** A running Qingyu. */
export interface App {
  /** Where the wall is, as `http://127.0.0.1:8080`. */
  readonly http: string
  /** Where to publish, as `mqtt://127.0.0.1:1883`; '' when the listener is off. */
  readonly mqtt: string
  /** Where log and state lie. */
  readonly data: string
  readonly stages: readonly string[]
  readonly demo: boolean
  /** Rejects when a stage fails beyond repair; never resolves. */
  readonly failed: Promise<never>
  /** Stops taking in, lets what was accepted settle, closes everything in the order of flow. */
  stop(): Promise<void>
}

/** What the program brings besides its configuration. */
export interface Surroundings {
  readonly log: Logger
  /** Folder of package.json. */
  readonly home: string
  readonly program: string
  /** The wall clock unless a test says otherwise. */
  readonly clock?: Clock
}

/** What runs behind the log in this process; null for the stages of others. */
function startStages(
  { config }: ReadConfig,
  plan: Plan,
  stores: Stores,
  surroundings: Required<Pick<Surroundings, 'log' | 'clock' | 'program'>>,
  sources: readonly Source[],
  report: (fault: unknown) => void,
) {
  const { log: logger, clock, program } = surroundings
  const { log, state, letters, ownership, score } = stores
  const stages = stagesOf(config)
  const ingest = stages.has('ingest')
    ? createIngest({ log, clock, plan, config, deadLetters: letters, program })
    : null
  const aggregate = stages.has('aggregate')
    ? startAggregate({
        log,
        state,
        plan,
        ownership,
        score,
        report: (sentence) => logger.error(sentence),
        committed: (record) => tellLate(record, plan, sources),
      })
    : null
  const gateway = stages.has('gateway')
    ? startGateway({
        ticks: stores.ticks,
        state,
        plan,
        epoch: log.epoch,
        config,
        clock,
        demo: config.demo.enabled,
        program,
        report,
      })
    : null
  const stopRetention =
    aggregate === null
      ? null
      : startRetention({
          log: stores.trims ? log : null,
          state,
          clock,
          settings: {
            retention: config.log.retention,
            maxSize: config.log.maxSize,
            history: config.state.history,
          },
          onError: (error) => logger.error(error, 'retention'),
        })
  return { ingest, aggregate, gateway, stopRetention }
}

/** A store that is away must not hold up the end for ever, ms: what is not committed is made anew from the log. */
const MOST_SETTLING = 5000

function within(clock: Clock, settling: Promise<void>): Promise<void> {
  let cancel = (): void => undefined
  const late = new Promise<void>((resolve) => {
    cancel = clock.at(clock.now() + MOST_SETTLING, resolve)
  })
  return Promise.race([settling, late]).finally(() => cancel())
}

/** Composes and starts this process's stages; throws QingyuError for anything an operator can mend, with nothing left open. */
export async function startApp(read: ReadConfig, surroundings: Surroundings): Promise<App> {
  const { config } = read
  const { log: logger, home, program, clock = systemClock } = surroundings
  const around = { log: logger, clock, program }
  const plan = planOf(read, logger)
  const policy = policyFrom(config, plan, read.file)
  const { vendors, passwords } = await vendorsOf(config)
  let fail: (fault: unknown) => void = () => undefined
  const failed = new Promise<never>((_, reject) => (fail = reject))
  failed.catch(() => undefined)
  const stores = isCluster(config)
    ? // Loaded here: one process alone needs neither client.
      await (await import('./app-cluster.ts')).openCluster(config, plan, around)
    : openEmbedded(config, plan, clock)
  stores.onBroken(fail)
  const { listener, sources, metrics } = openSources(config, vendors, around, stores)
  const stages = startStages(read, plan, stores, around, sources, fail)
  const { ingest, aggregate, gateway } = stages
  aggregate?.failed.catch(fail)
  const alerts = stagesOf(config).has('alert')
    ? startAlerts({ config, plan, policy, stores, notifiers: [], clock, log: logger })
    : null
  alerts?.failed.catch(fail)
  const hotline =
    ingest && createHotline({ ...stores, config, plan, clock, intake: ingest, random: systemRandom() })
  const server = createHttpServer({
    ...stores,
    config,
    plan,
    gateway,
    clock,
    intake: ingest,
    hotline,
    sources,
    listener: listener?.metrics ?? null,
    readiness: { ...stores.standings, ...(alerts !== null && { alert: alerts.standing }) },
    metrics: [
      ...stores.metrics,
      ...metrics,
      ...(ingest === null ? [] : [ingestMetrics(ingest)]),
      ...(aggregate === null ? [] : [ownershipMetrics(stores.ownership)]),
      ...(alerts?.metrics ?? []),
    ],
    demo: config.demo.enabled,
    program,
    web: config.http.web === '' ? join(home, 'dist/web') : config.http.web,
    logger,
  })
  const closers: (() => Promise<unknown> | void)[] = [
    () => stores.close(),
    () => (alerts === null ? undefined : within(clock, alerts.stop())),
    () => (aggregate === null ? undefined : within(clock, aggregate.stop())),
    () => gateway?.stop(),
    () => stages.stopRetention?.(),
  ]
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  try {
    if (ingest !== null) {
      await ingest.start()
      closers.push(() => ingest.stop())
    }
    for (const source of sources) {
      await source.start(ingest)
      closers.push(() => source.stop())
    }
    const http = await server.listen()
    closers.push(() => server.close())
    if (config.demo.enabled && stagesOf(config).has('demo')) {
      const doors = {
        mqtt: listener?.address ?? config.broker.url,
        http: config.demo.hotline || http.address,
      }
      const accounts = listener === null ? new Map<string, string>() : passwords
      const simulator = await playDemo(config, plan, around, doors, accounts)
      closers.push(() => simulator.stop())
    }
    return {
      http: http.address,
      mqtt: listener?.address ?? config.broker.url,
      data: stores.place,
      stages: [...stagesOf(config)],
      demo: config.demo.enabled,
      failed,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
