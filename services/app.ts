import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Logger } from 'pino'
import { createAccounts, hashPassword } from './adapters/accounts.scrypt.ts'
import { systemClock } from './adapters/clock.system.ts'
import { openDataFolder, type DataFolder } from './adapters/data-folder.lmdb.ts'
import { createHttpServer } from './adapters/http.fastify.ts'
import { lmdbLetters } from './adapters/letters.lmdb.ts'
import { lmdbLog } from './adapters/log.lmdb.ts'
import { createBrokerSource } from './adapters/source.mqtt.ts'
import { createListener } from './adapters/source.listener.ts'
import { systemRandom } from './adapters/random.system.ts'
import { askProgress, publishHttp } from './adapters/publisher.http.ts'
import { publishMqtt } from './adapters/publisher.mqtt.ts'
import { ownAll } from './adapters/ownership.embedded.ts'
import { lmdbState } from './adapters/state.lmdb.ts'
import { startAggregate } from './aggregate.ts'
import type { ReadConfig } from './config.ts'
import type { Config } from './config-schema.ts'
import { planFrom } from './config-plan.ts'
import { alignTicks } from './core/align.ts'
import { QingyuError, sentenceOf } from './core/errors.ts'
import { readGrid } from './core/grid-file.ts'
import type { Grid } from './core/grid.ts'
import type { Plan } from './core/plan.ts'
import { startGateway } from './gateway.ts'
import { createHotline } from './hotline.ts'
import { createIngest } from './ingest.ts'
import { tellLate } from './late-notices.ts'
import type { Clock, Source } from './ports.ts'
import { startRetention } from './retention.ts'
import { startSimulator } from './simulator.ts'
import { DEMO_VENDORS } from './simulator-city.ts'

/** A running Qingyu. */
export interface App {
  /** Where the wall is, as `http://127.0.0.1:8080`. */
  readonly http: string
  /** Where to publish, as `mqtt://127.0.0.1:1883`; '' when the listener is off. */
  readonly mqtt: string
  /** Folder of log and state. */
  readonly data: string
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

/** Accounts of the configuration, and in a demo one a simulated vendor, with a password of this start only. */
async function vendorsOf(
  config: Config,
): Promise<{ vendors: Config['vendors']; passwords: ReadonlyMap<string, string> }> {
  const passwords = new Map(
    config.demo.enabled ? DEMO_VENDORS.map((vendor) => [vendor, randomBytes(18).toString('base64url')]) : [],
  )
  const made = await Promise.all(
    [...passwords].map(
      async ([vendor, password]) => [vendor, { password: await hashPassword(password) }] as const,
    ),
  )
  return { vendors: { ...config.vendors, ...Object.fromEntries(made) }, passwords }
}

/** The stages behind the log, and what they are made on. */
function openStages(
  read: ReadConfig,
  plan: Plan,
  { log: logger, program, clock = systemClock }: Surroundings,
  sources: readonly Source[],
  report: (fault: unknown) => void,
) {
  const { config } = read
  const folder: DataFolder = openDataFolder(resolve(config.data.dir), {
    city: plan.grid.city,
    grid: plan.grid.version,
    partitions: plan.partitions,
  })
  const log = lmdbLog(folder)
  const state = lmdbState(folder)
  const letters = lmdbLetters(folder, config.limits.deadLetters)
  const all = Array.from({ length: plan.partitions }, (_, partition) => partition)
  const ingest = createIngest({ log, clock, plan, config, deadLetters: letters, program })
  const aggregate = startAggregate({
    log,
    state,
    plan,
    ownership: ownAll(plan.partitions),
    report: (sentence) => logger.error(sentence),
    committed: (record) => tellLate(record, plan, sources),
  })
  const changes = (partition: number, from: number, signal: AbortSignal) =>
    state.changes(partition, from, signal)
  const ticks = (from: number, signal: AbortSignal) =>
    alignTicks(changes, [...all, plan.partitions], from, signal)
  const gateway = startGateway({
    state,
    ticks,
    plan,
    epoch: log.epoch,
    config,
    clock,
    demo: config.demo.enabled,
    program,
    report,
  })
  const settings = {
    retention: config.log.retention,
    maxSize: config.log.maxSize,
    history: config.state.history,
  }
  const stopRetention = startRetention({
    log,
    state,
    clock,
    settings,
    onError: (error) => logger.error(error, 'retention'),
  })
  return { folder, log, state, letters, ingest, aggregate, gateway, stopRetention, clock }
}

/** All that can be known wrong before anything is opened: throws what {@link startApp} would. */
export function planOf(read: ReadConfig, log: Pick<Logger, 'warn'>): Plan {
  checkExposure(read.config)
  return planFrom(read.config, gridOf(read, log), read.file)
}

/** Composes and starts the whole program; throws QingyuError for anything an operator can mend, with nothing left open. */
export async function startApp(read: ReadConfig, surroundings: Surroundings): Promise<App> {
  const { config } = read
  const { log: logger, home, program } = surroundings
  const plan = planOf(read, logger)
  const { vendors, passwords } = await vendorsOf(config)
  let fail: (fault: unknown) => void = () => undefined
  const failed = new Promise<never>((_, reject) => (fail = reject))
  failed.catch(() => undefined)
  const sources: Source[] = []
  const stages = openStages(read, plan, surroundings, sources, fail)
  const { ingest, aggregate, gateway, clock } = stages
  aggregate.failed.catch(fail)
  stages.folder.commits.onBroken(fail)
  const listener = config.mqtt.enabled
    ? createListener({ config, clock, accounts: createAccounts(vendors), log: logger })
    : null
  const broker =
    config.broker.url === ''
      ? null
      : createBrokerSource({
          config,
          clock,
          name: `${hostname()}-${stages.log.epoch.slice(0, 8)}`,
          log: logger,
        })
  sources.push(...[listener, broker].filter((source) => source !== null))
  const hotline = createHotline({ ...stages, config, plan, intake: ingest, random: systemRandom() })
  const server = createHttpServer({
    ...stages,
    config,
    plan,
    gateway,
    intake: ingest,
    hotline,
    sources,
    listener: listener?.metrics ?? null,
    demo: config.demo.enabled,
    program,
    web: config.http.web === '' ? join(home, 'dist/web') : config.http.web,
    logger,
  })
  const ending = new AbortController()
  const closers: (() => Promise<unknown> | void)[] = []
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  closers.push(
    () => stages.folder.close(),
    () => stages.letters.close(),
    () => stages.state.close(),
    () => stages.log.close(),
    () => aggregate.stop(),
    () => gateway.stop(),
    () => stages.stopRetention(),
    () => ending.abort(),
  )
  try {
    await ingest.start()
    closers.push(() => ingest.stop())
    for (const source of sources) {
      await source.start(ingest)
      closers.push(() => source.stop())
    }
    const http = await server.listen()
    closers.push(() => server.close())
    if (config.demo.enabled && listener !== null) {
      const simulator = await startSimulator({
        grid: plan.grid,
        seed: config.demo.seed,
        clock,
        doors: { mqtt: publishMqtt, http: publishHttp, progress: askProgress },
        mqttUrl: listener.address,
        httpUrl: http.address,
        accounts: passwords,
        ...(config.http.wallToken !== '' && { token: config.http.wallToken }),
        warn: (sentence) => logger.warn(sentence),
      })
      closers.push(() => simulator.stop())
    }
    return {
      http: http.address,
      mqtt: listener?.address ?? '',
      data: stages.folder.dir,
      demo: config.demo.enabled,
      failed,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
