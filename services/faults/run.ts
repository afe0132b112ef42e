import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import { systemClock } from '../adapters/clock.system.ts'
import { planOf } from '../app-plan.ts'
import { openCluster } from '../app-cluster.ts'
import { readConfig, type ReadConfig } from '../config.ts'
import { sentenceOf } from '../core/errors.ts'
import type { Plan } from '../core/plan.ts'
import { FaultCity, type CityPlan } from './city.ts'
import { isZombieMade, type Fault } from './fault.ts'
import { Load } from './load.ts'
import { Memory, MOST_GROWTH, MOST_MEMORY } from './memory.ts'
import { faultHead, faultLine, memoryLine } from './report.ts'
import { judge } from './verdict.ts'
import { Watch } from './watch.ts'

/** The longest recovery from a fault that is no breach, and after which it is given up, ms. */
const MOST_RECOVERY = 15_000
const GIVE_UP = 60_000
/** Quiet before the first fault, ms. */
const WARM_UP = 10_000
/** What was acknowledged so long before a tick is to be counted in it, ms. */
const COUNTED = 1000
/** A recovery is one when it holds so long: what was lost at its beginning would be missing by then, ms. */
const HOLD = 5000
/** What a process says of a write of its own that was refused, or of partitions that it lost while it was away. */
const ZOMBIE = /Lost partitions|ST-fenced|Another process owns/

const now = () => systemClock.now()
const quiet = pino({ level: 'silent' })

/** A run under way: everything that is looked at while faults come and go. */
class FaultRun {
  readonly breaches: string[] = []
  readonly #say: (line: string) => void
  readonly #city: FaultCity
  readonly #load: Load
  readonly #watch: Watch
  readonly #memory: Memory
  readonly #journal: CityPlan['journal']

  constructor(city: FaultCity, { journal }: CityPlan, plan: Plan, seed: number, say: (line: string) => void) {
    this.#say = say
    this.#city = city
    this.#journal = journal
    this.#load = new Load({ broker: city.broker, hotline: city.doors }, plan, seed, now)
    this.#watch = new Watch(city.gateways, now)
    this.#memory = new Memory(city.processes)
  }

  get book(): Load['book'] {
    return this.#load.book
  }

  /** Lives through the faults one after another; ends early when the cluster does not come back. */
  async suffer(faults: readonly Fault[]): Promise<void> {
    await pause(WARM_UP)
    if ((await this.#recovered()) === null) {
      this.breaches.push(`without any fault the walls do not get there: ${this.#watch.standing()}`)
      return
    }
    this.#memory.mark()
    this.#say(faultHead)
    for (const fault of faults) {
      if (!(await this.#sufferOne(fault))) return
    }
  }

  #recovered(): Promise<number | null> {
    return this.#watch.recovered((tick) => this.#load.acknowledgedBy(tick - COUNTED), HOLD, GIVE_UP)
  }

  async #sufferOne(fault: Fault): Promise<boolean> {
    const { kind, target, ms } = fault
    const place = this.#journal.place(target)
    const again = this.#load.again
    this.#watch.takeGap()
    await fault.begin(this.#city)
    await pause(ms)
    await fault.end(this.#city)
    const recovery = await this.#recovered()
    const heard = this.#journal.since(target, place, ZOMBIE)
    this.#say(faultLine(fault, recovery, this.#load.again - again, this.#watch.takeGap(), heard.length))
    if (recovery === null)
      this.breaches.push(`no recovery from ${kind} of ${target}: ${this.#watch.standing()}`)
    else if (recovery > MOST_RECOVERY)
      this.breaches.push(`${recovery} ms to recover from ${kind} of ${target}`)
    for (const name of this.#city.fallen()) {
      this.breaches.push(`${name} ended by itself after ${kind} of ${target}`)
      this.#city.startAgain(name)
    }
    if (isZombieMade(fault) && heard.length === 0)
      this.breaches.push(`${target} did not say that it lost its partitions while it was paused`)
    return recovery !== null
  }

  /** Stops the load and looks at what the walls show in the end. */
  async settle(): Promise<readonly string[]> {
    const { breaches } = this
    const rate = Math.round(this.#load.rate)
    if (!(await this.#load.stop(GIVE_UP))) breaches.push('not everything sent was acknowledged in the end')
    const { sent } = this.#load.book
    if ((await this.#watch.recovered(() => sent, 0, GIVE_UP)) === null)
      breaches.push(`of ${sent} sent the walls do not show all: ${this.#watch.standing()}`)
    if (!(await this.#watch.pictures())) breaches.push('the gateways have different pictures of one tick')
    const { common, differing, connections, resumed } = this.#watch.frames()
    if (differing.length > 0)
      breaches.push(`${differing.length} of ${common} frames differ: ${differing.slice(0, 5).join(' ')}`)
    this.#watch.close()
    for (const [name, ending] of await this.#city.endMembers())
      if (ending !== 'exit 0') breaches.push(`${name} ended with ${ending} after SIGTERM`)
    return [
      `${sent} observations sent (${rate} a second), ${this.#load.acknowledged} acknowledged, ${this.#load.again} messages sent again, ${this.#load.skipped} left out`,
      `${common - differing.length} of ${common} frames for the same tick are the same bytes from both gateways; ${connections} connections of walls, ${resumed} of them resumed`,
      ...this.#remembered(),
    ]
  }

  #remembered(): readonly string[] {
    return this.#memory.stop().map((row) => {
      if (row.most > MOST_MEMORY) this.breaches.push(`${row.name} held ${row.most} MiB`)
      if (row.most - row.before > MOST_GROWTH)
        this.breaches.push(`${row.name} grew from ${row.before} to ${row.most} MiB`)
      return memoryLine(row)
    })
  }
}

/** What the log and the state say in the end. */
async function judged(read: ReadConfig, plan: Plan, run: FaultRun): Promise<readonly string[]> {
  const stores = await openCluster(read.config, plan, { log: quiet, clock: systemClock })
  try {
    const { log, state } = stores
    const { breaches, facts } = await judge({ plan, book: run.book, log, state })
    run.breaches.push(...breaches)
    return facts
  } finally {
    await stores.close()
  }
}

/** Starts a cluster, harms it, and answers every promise that it broke; says what it sees, line by line. */
export async function sufferFaults(
  where: CityPlan,
  faults: readonly Fault[],
  seed: number,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const city = await FaultCity.start(where)
  try {
    const read = readConfig(where.config, city.settings)
    const plan = planOf(read, quiet)
    const run = new FaultRun(city, where, plan, seed, say)
    await run.suffer(faults)
    for (const fact of await run.settle()) say(fact)
    for (const fact of await judged(read, plan, run)) say(fact)
    return run.breaches
  } catch (fault) {
    return [`the run broke off: ${sentenceOf(fault)}`]
  } finally {
    await city.close()
  }
}
