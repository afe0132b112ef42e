import { openArchive } from './adapters/archive.parquet.ts'
import { BundleFolder } from './adapters/bundle.folder.ts'
import { bundleFolder } from './archive-folder.ts'
import type { LevelsAnswer } from './api-schema.ts'
import type { CopiedBundle } from './bundle-port.ts'
import { bundleKey } from './bundle-signature.ts'
import { Bundles } from './bundle.ts'
import type { Config } from './config-schema.ts'
import { QingyuError } from './core/errors.ts'
import type { Plan } from './core/plan.ts'
import type { Desk } from './desk-port.ts'
import type { Gateway } from './gateway-port.ts'
import type { HistoryDoor } from './history-port.ts'
import type { PastLevels, PastNews, PastTask } from './past-port.ts'
import { readPlanDocument } from './plan-document.ts'
import type { Archive, Clock, Registry } from './ports.ts'
import { faultFrom, startThread } from './thread.ts'
import { livePicture, type TimedArchive } from './timeline.ts'

/** What the past is opened with. */
export interface HistorySetting {
  readonly config: Config
  readonly plan: Plan
  /** This installation's archive, and its folder. */
  readonly archive: Archive
  readonly folder: string
  /** Name of the log. */
  readonly epoch: string
  readonly registry: Registry
  readonly gateway: Gateway
  readonly desk: Desk
  readonly clock: Clock
}

/** What is opened. */
export interface OpenHistory {
  readonly history: HistoryDoor
  /** A bundle as replays play it. GW-not-found. */
  bundle(id: string): Promise<{ readonly dir: string; readonly archive: Archive }>
}

/** The archive may be so much later than its segments are written, ms. */
const SLACK_MS = 30_000
/** Bundles whose grids are held for their timelines. */
const MOST_OPENED = 4
/** Looks into the archive at once. */
const MOST_LOOKING = 2
/** Longest that looking into a foreign bundle may take, ms: who made it may wish us ill. */
const INSPECTION_MS = 120_000

/** The past of this installation, with the bundles that it keeps. */
export async function openHistory(setting: HistorySetting): Promise<OpenHistory> {
  const { config, plan, archive, folder, epoch, registry, gateway, desk, clock } = setting
  const { grid, scheme } = plan
  // Reads what the archive says of itself once, before anybody waits; later only what is new.
  await archive.spans()
  const store = new BundleFolder(bundleFolder(config), clock)
  const live = () => {
    const [incidents, alerts] = [desk.incidents().values(), desk.alerts()]
    return livePicture(gateway.picture, scheme, { incidents, alerts })
  }
  const run = <Done>(task: PastTask) => inThread<Done>(task, config.replay.memory, clock)
  const bundles = new Bundles({
    archive,
    folder,
    epoch,
    store,
    live,
    clock,
    plan,
    key: await bundleKey(registry),
    trusted: config.replay.trusted,
    patience: config.archive.enabled ? config.archive.every + SLACK_MS : 0,
    copy: (order) => run<CopiedBundle>({ order }),
    inspect: (inspected) => run<void>({ inspected }),
  })
  const opened = new Opened(bundles)
  return {
    history: {
      grid,
      scheme,
      live,
      writing: config.archive.enabled,
      archive,
      bundles,
      bundle: (id) => opened.get(id),
      past: inTurn((levels) => run<LevelsAnswer>({ levels, archive: folder, epoch })),
    },
    async bundle(id) {
      const { folder: dir } = await bundles.stored(id)
      return { dir, archive: openArchive(dir) }
    },
  }
}

/** Bundles that were asked for lately, each read once. */
class Opened {
  readonly #bundles: Bundles
  readonly #opened = new Map<string, Promise<TimedArchive>>()

  constructor(bundles: Bundles) {
    this.#bundles = bundles
  }

  async get(id: string): Promise<TimedArchive> {
    const { folder, manifest } = await this.#bundles.stored(id)
    const known = this.#opened.get(id) ?? readBundle(folder, manifest.plans.at(-1) ?? '')
    this.#opened.delete(id)
    this.#opened.set(id, known)
    const [oldest] = this.#opened.keys()
    if (this.#opened.size > MOST_OPENED && oldest !== undefined) this.#opened.delete(oldest)
    known.catch(() => this.#opened.delete(id))
    return known
  }
}

async function readBundle(folder: string, hash: string): Promise<TimedArchive> {
  const archive = openArchive(folder)
  const { grid, scheme } = readPlanDocument(await archive.plan(hash)).plan
  return { archive, grid, scheme }
}

/** Looks into the archive, a few at a time: each reads much. SE-busy. */
function inTurn(look: (wanted: PastLevels) => Promise<LevelsAnswer>): NonNullable<HistoryDoor['past']> {
  let looking = 0
  return async (wanted) => {
    if (looking >= MOST_LOOKING)
      throw new QingyuError('SE-busy', { value: 'A look into the archive', why: `${looking} others look` })
    looking++
    try {
      return await look(wanted)
    } finally {
      looking--
    }
  }
}

/** Does a task in a thread of its own. */
export async function inThread<Done>(data: PastTask, memory: number, clock: Clock): Promise<Done> {
  let news: PastNews<Done> | undefined
  const hear = (message: PastNews<Done>) => void (news = message)
  const thread = startThread<never, PastNews<Done>>({ module: 'app-past-thread', data, memory, hear })
  const giveUp = 'inspected' in data ? clock.at(clock.now() + INSPECTION_MS, () => void thread.end()) : null
  const fault = await thread.ended
  giveUp?.()
  if (news === undefined) throw fault ?? new QingyuError('BU-file', { why: 'looking into it took too long' })
  if ('fault' in news) throw faultFrom(news.fault)
  return news.done
}
