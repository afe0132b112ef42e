import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Logger } from 'pino'
import { systemClock } from './adapters/clock.system.ts'
import { createHttpServer } from './adapters/http.fastify.ts'
import { systemRandom } from './adapters/random.system.ts'
import { startAggregate } from './aggregate.ts'
import { openSources, playDemo, vendorsOf } from './app-sources.ts'
import { openEmbedded, type Stores } from './app-stores.ts'
import type { ReadConfig } from './config.ts'
import type { Config } from './config-schema.ts'
import { isCluster, stagesOf } from './config-cluster.ts'
import { planFrom } from './config-plan.ts'
import { policyFrom } from './config-policy.ts'
import { QingyuError, sentenceOf } from './core/errors.ts'
import { readGrid } from './core/grid-file.ts'
import type { Grid } from './core/grid.ts'
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

const LOOPBACK = /^(127\.|::1$|localhost$)/

function checkExposure({ http, mqtt }: Config): void {
  if (!LOOPBACK.test(http.host) && http.wallToken === '')
    throw new QingyuError('CF-token', { value: http.host })
  if (!LOOPBACK.test(mqtt.host) && mqtt.anonymous)
    throw new QingyuError('CF-value', {
      file: 'configuration',
      field: 'mqtt.anonymous',
      value: 'true',
      expected: `false while listening on ${mqtt.host}`,
    })
}

function readText(path: string): string {
  try {
    const bytes = readFileSync(path)
    return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  } catch (error) {
    throw new QingyuError('GR-file', { file: path, why: sentenceOf(error) }, error)
  }
}

/** The grid that `city.grid` names; warnings go to the log, the first fatal finding is thrown. */
function gridOf({ config, folder }: ReadConfig, log: Pick<Logger, 'warn'>): Grid {
  const path = resolve(folder, config.city.grid)
  const { grid, findings } = readGrid(readText(path), path, (name) => readText(resolve(dirname(path), name)))
  if (grid === null) {
    const first = findings[0]
    throw first
      ? new QingyuError(
          first.code,
          first.parameters,
          findings.slice(1).map((finding) => new QingyuError(finding.code, finding.parameters)),
        )
      : new QingyuError('GR-file', { file: path, why: 'it holds no areas' })
  }
  for (const { code, message, hint } of findings) log.warn({ code, hint }, message)
  return grid
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

/** All that can be known wrong before anything is opened: throws what {@link startApp} would. */
export function planOf(read: ReadConfig, log: Pick<Logger, 'warn'>): Plan {
  checkExposure(read.config)
  stagesOf(read.config)
  const plan = planFrom(read.config, gridOf(read, log), read.file)
  policyFrom(read.config, plan, read.file)
  return plan
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
  const { vendors, passwords } = await vendorsOf(config)
  let fail: (fault: unknown) => void = () => undefined
  const failed = new Promise<never>((_, reject) => (fail = reject))
  failed.catch(() => undefined)
  const stores = isCluster(config)
    ? // Loaded here: one process alone needs neither client.
      await (await import('./app-cluster.ts')).openCluster(config, plan, around)
    : openEmbedded(config, plan)
  stores.onBroken(fail)
  const { listener, sources, metrics } = openSources(config, vendors, around, stores)
  const stages = startStages(read, plan, stores, around, sources, fail)
  const { ingest, aggregate, gateway } = stages
  aggregate?.failed.catch(fail)
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
    readiness: stores.standings,
    metrics: [
      ...stores.metrics,
      ...metrics,
      ...(ingest === null ? [] : [ingestMetrics(ingest)]),
      ...(aggregate === null ? [] : [ownershipMetrics(stores.ownership)]),
    ],
    demo: config.demo.enabled,
    program,
    web: config.http.web === '' ? join(home, 'dist/web') : config.http.web,
    logger,
  })
  const closers: (() => Promise<unknown> | void)[] = [
    () => stores.close(),
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
