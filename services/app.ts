import { join } from 'node:path'
import type { Logger } from 'pino'
import { systemClock } from './adapters/clock.system.ts'
import { createHttpServer } from './adapters/http.fastify.ts'
import { systemRandom } from './adapters/random.system.ts'
import { startAggregate } from './aggregate.ts'
import { startAlerts, type Alerts } from './app-alerts.ts'
import { startArchive } from './app-archive.ts'
import { capSettingsOf } from './app-channels.ts'
import { openDesk } from './app-desk.ts'
import { openPast } from './app-past.ts'
import { readPlan, type ReadPlan } from './app-plan.ts'
import { openSources, playDemo, vendorsOf } from './app-sources.ts'
import { openEmbedded, type Stores } from './app-stores.ts'
import type { Archiving } from './archive-keeper.ts'
import type { ReadConfig } from './config.ts'
import { isCluster, stagesOf } from './config-cluster.ts'
import { policyFrom } from './config-policy.ts'
import type { AlertPolicy } from './core/alert-policy.ts'
import type { Desk } from './desk-port.ts'
import type { Gateway } from './gateway-port.ts'
import { startGateway } from './gateway.ts'
import { createHotline } from './hotline.ts'
import { createIngest, type Ingest } from './ingest.ts'
import { tellLate } from './late-notices.ts'
import type { Clock, Source } from './ports.ts'
import { ingestMetrics, ownershipMetrics } from './process-metrics.ts'
import { Reports } from './reports.ts'
import { startRetention } from './retention.ts'
import { RulesNow } from './rules-now.ts'

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

/** What was opened and how it is closed, in the order of opening; it is closed in the reverse one. */
type Closers = (() => Promise<unknown> | void)[]

/** What all parts are given. */
interface Around extends Required<Surroundings>, ReadPlan {
  readonly read: ReadConfig
  readonly policy: AlertPolicy
  readonly closers: Closers
  /** Ends the process with a fault that no part mends. */
  readonly fail: (fault: unknown) => void
}

async function openStores({ read: { config }, plan, log, clock, closers, fail }: Around): Promise<Stores> {
  const stores = isCluster(config)
    ? // Loaded here: one process alone needs neither client.
      await (await import('./app-cluster.ts')).openCluster(config, plan, { log, clock })
    : openEmbedded(config, plan, clock)
  closers.push(() => stores.close())
  stores.onBroken(fail)
  return stores
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

/** What turns the log into state, with what keeps the log short; nothing where other processes do. */
function startBehindLog(
  around: Around,
  stores: Stores,
  sources: readonly Source[],
  archive: Archiving | null,
): void {
  const { read, plan, log: logger, clock, closers, fail } = around
  const { log, state, ownership, score } = stores
  const { retention, maxSize } = read.config.log
  const rules = new RulesNow(state, plan)
  const aggregate = startAggregate({
    log,
    state,
    plan,
    ownership,
    score,
    report: (sentence) => logger.error(sentence),
    committed: (record) =>
      void tellLate(record, rules, sources).catch((fault: unknown) => logger.warn(fault, 'late')),
  })
  aggregate.failed.catch(fail)
  closers.push(() => within(clock, aggregate.stop()))
  const stopRetention = startRetention({
    log: stores.trims ? log : null,
    state,
    clock,
    settings: { retention, maxSize, history: read.config.state.history },
    ...(archive !== null && { floor: (partition: number) => archive.floor(partition) }),
    onError: (error) => logger.error(error, 'retention'),
  })
  closers.push(() => stopRetention())
}

function startArchiveStage(around: Around, stores: Stores): Archiving {
  const archive = startArchive({ ...around, stores })
  around.closers.push(() => archive.stop())
  return archive
}

async function startAlertStage(around: Around, stores: Stores): Promise<Alerts> {
  const { read, clock, closers, fail } = around
  const alerts = await startAlerts({ ...around, config: read.config, stores })
  closers.push(() => within(clock, alerts.stop()))
  alerts.failed.catch(fail)
  return alerts
}

function startPicture(
  { read, plan, clock, program, closers, fail }: Around,
  stores: Stores,
  desk: Desk | undefined,
): Gateway {
  const { config } = read
  const { ticks, state, log } = stores
  const demo = config.demo.enabled
  const parts = { ticks, state, plan, epoch: log.epoch, config, clock, demo, program, report: fail }
  const gateway = startGateway({ ...parts, ...(desk && { desk }) })
  closers.push(() => gateway.stop())
  return gateway
}

/** What people work at, with what other systems are told; it follows the alert stage, wherever that runs. */
async function startDesk(around: Around, stores: Stores) {
  const { read, plan, policy, closers } = around
  const { config } = read
  const desk = await openDesk({ ...around, config, stores })
  closers.push(() => desk.desk.stop())
  const cap = { policy, settings: capSettingsOf(config), publicUrl: config.channels.publicUrl }
  return { desk, cap, reports: new Reports({ state: stores.state, plan, policy }) }
}

/** Replays, bundles and what else looks back. */
async function openPastOf(around: Around, stores: Stores, gateway: Gateway, desk: Desk, web: string) {
  const { read, log: logger, closers } = around
  const { registry, log, state } = stores
  const report = (sentence: string): void => logger.warn(sentence)
  const setting = {
    ...around,
    config: read.config,
    epoch: log.epoch,
    registry,
    state,
    gateway,
    desk,
    web,
    report,
  }
  const past = await openPast(setting)
  closers.push(() => past.stop())
  return past
}

/** Lets observations in; what was accepted settles before anything behind it ends. */
async function letIn({ closers }: Around, ingest: Ingest | null, sources: readonly Source[]): Promise<void> {
  if (ingest !== null) {
    await ingest.start()
    closers.push(() => ingest.stop())
  }
  for (const source of sources) {
    await source.start(ingest)
    closers.push(() => source.stop())
  }
}

async function startParts(around: Around): Promise<Omit<App, 'failed' | 'stop'>> {
  const { read, plan, log: logger, home, program, clock, closers } = around
  const { config } = read
  const stages = stagesOf(config)
  const { vendors, passwords } = await vendorsOf(config)
  const stores = await openStores(around)
  const { log, letters } = stores
  const { listener, sources, metrics } = openSources(config, vendors, around, stores)
  const archive = stages.has('archive') && config.archive.enabled ? startArchiveStage(around, stores) : null
  const alerts = stages.has('alert') ? await startAlertStage(around, stores) : null
  if (stages.has('aggregate')) startBehindLog(around, stores, sources, archive)
  const office = stages.has('gateway') ? await startDesk(around, stores) : null
  const gateway = stages.has('gateway') ? startPicture(around, stores, office?.desk.desk) : null
  const ingest = stages.has('ingest')
    ? createIngest({ log, clock, plan, config, deadLetters: letters, program })
    : null
  const hotline =
    ingest && createHotline({ ...stores, config, plan, clock, intake: ingest, random: systemRandom() })
  const web = config.http.web === '' ? join(home, 'dist/web') : config.http.web
  const past = office && gateway && (await openPastOf(around, stores, gateway, office.desk.desk, web))
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
    ...office,
    ...past,
    readiness: {
      ...stores.standings,
      ...(alerts !== null && { alert: alerts.standing }),
      ...(archive !== null && { archive: archive.standing }),
      ...(office !== null && { desk: () => office.desk.desk.standing }),
    },
    metrics: [
      ...stores.metrics,
      ...metrics,
      ...(ingest === null ? [] : [ingestMetrics(ingest)]),
      ...(stages.has('aggregate') ? [ownershipMetrics(stores.ownership)] : []),
      ...(alerts?.metrics ?? []),
      ...(archive === null ? [] : [archive.metrics]),
    ],
    publishes: true,
    demo: config.demo.enabled,
    program,
    web,
    logger,
  })
  await letIn(around, ingest, sources)
  const { address: http } = await server.listen()
  closers.push(() => server.close())
  const mqtt = listener?.address ?? config.broker.url
  if (config.demo.enabled && stages.has('demo')) {
    const doors = { mqtt, http: config.demo.hotline || http }
    const accounts = listener === null ? new Map<string, string>() : passwords
    const simulator = await playDemo(config, plan, around, doors, accounts)
    closers.push(() => simulator.stop())
  }
  return { http, mqtt, data: stores.place, stages: [...stages], demo: config.demo.enabled }
}

/** Composes and starts this process's stages; throws QingyuError for anything an operator can mend, with nothing left open. */
export async function startApp(read: ReadConfig, surroundings: Surroundings): Promise<App> {
  const { plan, texts } = readPlan(read, surroundings.log)
  const policy = policyFrom(read.config, plan, read.file)
  let fail: (fault: unknown) => void = () => undefined
  const failed = new Promise<never>((_, reject) => (fail = reject))
  failed.catch(() => undefined)
  const closers: Closers = []
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  try {
    const around = { clock: systemClock, ...surroundings, read, plan, texts, policy, closers, fail }
    return { ...(await startParts(around)), failed, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
