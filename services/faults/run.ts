import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import { systemClock } from '../adapters/clock.system.ts'
import { seededRandom } from '../adapters/random.seeded.ts'
import { planOf } from '../app-plan.ts'
import { openCluster } from '../app-cluster.ts'
import { policyFrom } from '../config-policy.ts'
import { readConfig, type ReadConfig } from '../config.ts'
import { sentenceOf } from '../core/errors.ts'
import type { Plan } from '../core/plan.ts'
import { AlertWatch } from './alert-watch.ts'
import { FaultCity, type CityPlan } from './city.ts'
import { isZombieMade, type Fault } from './fault.ts'
import { Load } from './load.ts'
import { Memory, MOST_GROWTH, MOST_MEMORY } from './memory.ts'
import { DEED_MS, Officers } from './officers.ts'
import { faultHead, faultLine, memoryLine, type Seen } from './report.ts'
import { judge } from './verdict.ts'
import { Watch } from './watch.ts'

/** The longest recovery from a fault that is no breach, and after which it is given up, ms. */
const MOST_RECOVERY = 15_000
const GIVE_UP = 60_000
/** The longest time without an alert stage that is no breach, ms: 5 s are promised, on a machine that is not as busy as this. */
const MOST_TAKEOVER = 10_000
/** Quiet before the first fault, ms. */
const WARM_UP = 10_000
/** What was acknowledged so long before a tick is to be counted in it, ms. */
const COUNTED = 1000
/** A recovery is one when it holds so long: what was lost at its beginning would be missing by then, ms. */
const HOLD = 5000
/** What a process says of a write of its own that was refused, or of partitions or the lease that it lost while it was away. */
const ZOMBIE = /Lost partitions|lease of the alert stage was lost|ST-fenced|Another process owns/

const now = () => systemClock.now()
const quiet = pino({ level: 'silent' })

/** What the cluster is configured as. */
interface Known {
  readonly read: ReadConfig
  readonly plan: Plan
}

/** What was asked for, and who is told. */
interface Asked {
  readonly seed: number
  readonly say: (line: string) => void
}

/** A run under way: everything that is looked at while faults come and go. */
class FaultRun {
  readonly breaches: string[] = []
  readonly #say: (line: string) => void
  readonly #city: FaultCity
  readonly #load: Load
  readonly #officers: Officers
  readonly #alerts: AlertWatch
  readonly #watch: Watch
  readonly #memory: Memory
  readonly #journal: CityPlan['journal']

  constructor(city: FaultCity, { journal }: CityPlan, { read, plan }: Known, { seed, say }: Asked) {
    this.#say = say
    this.#city = city
    this.#journal = journal
    this.#load = new Load({ broker: city.broker, hotline: city.doors }, plan, seed, now)
    const where = { gateways: city.gateways, areas: this.#load.cells }
    this.#officers = new Officers(where, DEED_MS, seededRandom(seed), now)
    this.#alerts = new AlertWatch(read.config, plan, now)
    this.#watch = new Watch(city.gateways, this.#alerts, now)
    this.#memory = new Memory(city.processes)
  }

  get book(): Load['book'] {
    return this.#load.book
  }

  get deeds(): Officers['accepted'] {
    return this.#officers.accepted
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

  async #sufferOne(planned: Fault): Promise<boolean> {
    const fault = planned.to?.(this.#alerts.holder) ?? planned
    const place = this.#journal.place(fault.target)
    const again = this.#load.again
    this.#watch.takeGap()
    const taken = planned.to && this.#alerts.takeover(GIVE_UP)
    await fault.begin(this.#city)
    await pause(fault.ms)
    await fault.end(this.#city)
    const recovery = await this.#recovered()
    const seen: Seen = {
      recovery,
      again: this.#load.again - again,
      gap: this.#watch.takeGap(),
      takeover: await taken,
      refused: this.#journal.since(fault.target, place, ZOMBIE).length,
    }
    this.#say(faultLine(fault, seen))
    this.#weigh(fault, seen)
    return recovery !== null
  }

  /** What of it breaks a promise. */
  #weigh(fault: Fault, { recovery, takeover, refused }: Seen): void {
    const { breaches } = this
    const harm = `${fault.kind} of ${fault.target}`
    if (recovery === null) breaches.push(`no recovery from ${harm}: ${this.#watch.standing()}`)
    else if (recovery > MOST_RECOVERY) breaches.push(`${recovery} ms to recover from ${harm}`)
    if (takeover === null) breaches.push(`nobody took over alerts after ${harm}`)
    else if ((takeover ?? 0) > MOST_TAKEOVER)
      breaches.push(`${takeover} ms until alerts were taken over after ${harm}`)
    for (const name of this.#city.fallen()) {
      breaches.push(`${name} ended by itself after ${harm}`)
      this.#city.startAgain(name)
    }
    if (isZombieMade(fault) && refused === 0)
      breaches.push(`${fault.target} did not say what it lost while it was paused`)
  }

  /** Stops the load and looks at what the walls show in the end. */
  async settle(): Promise<readonly string[]> {
    const { breaches } = this
    const rate = Math.round(this.#load.rate)
    if (!(await this.#load.stop(GIVE_UP))) breaches.push('not everything sent was acknowledged in the end')
    if (!(await this.#officers.stop(GIVE_UP))) breaches.push('not every deed was answered in the end')
    if (!(await this.#alerts.reached(now() + COUNTED, GIVE_UP)))
      breaches.push('the alert stage does not get to the end')
    const { sent } = this.#load.book
    if ((await this.#watch.recovered(() => sent, 0, GIVE_UP)) === null)
      breaches.push(`of ${sent} sent the walls do not show all: ${this.#watch.standing()}`)
    if (!(await this.#watch.pictures())) breaches.push('the gateways have different pictures of one tick')
    const same = [this.#alike('frames'), this.#alike('boards')]
    const { all, resumed } = this.#watch.connections()
    this.#watch.close()
    await this.#alerts.close()
    for (const [name, ending] of await this.#city.endMembers())
      if (ending !== 'exit 0') breaches.push(`${name} ended with ${ending} after SIGTERM`)
    return [
      `${sent} observations sent (${rate} a second), ${this.#load.acknowledged} acknowledged, ${this.#load.again} messages sent again, ${this.#load.skipped} left out`,
      `${this.deeds.size} deeds of people accepted, ${this.#officers.refused} refused, ${this.#officers.again} asked again`,
      `${same.join(', ')} for the same tick are the same bytes from both gateways; ${all} connections of walls, ${resumed} of them resumed`,
      ...this.#remembered(),
    ]
  }

  /** How much of what both gateways said is the same; none of it is a breach, too. */
  #alike(of: 'frames' | 'boards'): string {
    const { common, differing } = this.#watch.compared(of)
    if (differing.length > 0 || common === 0)
      this.breaches.push(`${differing.length} of ${common} ${of} differ: ${differing.slice(0, 5).join(' ')}`)
    return `${common - differing.length} of ${common} ${of}`
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
async function judged({ read, plan }: Known, run: FaultRun): Promise<readonly string[]> {
  const stores = await openCluster(read.config, plan, { log: quiet, clock: systemClock })
  try {
    const { log, state } = stores
    const policy = policyFrom(read.config, plan, read.file)
    const { book, deeds } = run
    const { breaches, facts } = await judge({ plan, policy, book, deeds, log, state })
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
    const known = { read, plan: planOf(read, quiet) }
    const run = new FaultRun(city, where, known, { seed, say })
    await run.suffer(faults)
    for (const fact of await run.settle()) say(fact)
    for (const fact of await judged(known, run)) say(fact)
    return run.breaches
  } catch (fault) {
    return [`the run broke off: ${sentenceOf(fault)}`]
  } finally {
    await city.close()
  }
}
