import { seededRandom } from '../adapters/random.seeded.ts'
import type { Plan } from '../core/plan.ts'
import { serviceSource } from '../core/request-id.ts'
import type { Random } from '../ports.ts'
import { Book } from './book.ts'
import { HotlineCaller } from './hotline-caller.ts'
import { Vendor } from './vendor.ts'

/** What the load is: vendors × sources, each vendor a batch every so often, ms; and calls to the hotline. */
export const VENDORS = 50
const SOURCES = 4
const BATCH = 10
const EVERY_MS = 250
const CALL_EVERY_MS = 200
/** Batches sent late at once after a pause of this process. */
const MOST_AT_ONCE = 20
/** Time between two entries of what was acknowledged when, ms, and how many are kept. */
const NOTE_MS = 100
const MOST_NOTES = 3000
/** Messages of one vendor, and calls, that may wait; beyond, nothing new is sent. */
const MOST_WAITING = 400
const CALLS = 'call.water'

/** Limits that the values go through, so that colours come and go. */
const KINDS = [
  { indicator: 'people.count', low: 50, high: 900 },
  { indicator: 'traffic.speed', low: 3, high: 60 },
  { indicator: 'noise.level', low: 45, high: 95 },
  { indicator: 'water.level', low: 0, high: 0.4 },
] as const

/** Length of an indicator's panes, ms. */
export function paneMsOf({ indicators }: Plan, code: string): number {
  return indicators.list[indicators.index.get(code) ?? -1]?.paneMs ?? 1
}

/** Where the load goes. */
export interface Doors {
  /** The broker, as `mqtt://127.0.0.1:1883`. */
  readonly broker: string
  /** Ingest processes, as `http://127.0.0.1:8090`. */
  readonly hotline: readonly string[]
}

/** Observations of the present time from many vendors, until they are told to stop; and a book of what was sent. */
export class Load {
  readonly book = new Book()
  /** Observations that a door has acknowledged. */
  acknowledged = 0
  /** Batches and calls left out because too many waited. */
  skipped = 0
  /** Codes of the areas that it tells of. */
  readonly cells: readonly string[]
  readonly #vendors: readonly Vendor[]
  readonly #caller: HotlineCaller
  readonly #plan: Plan
  readonly #now: () => number
  readonly #random: Random
  readonly #timers: readonly NodeJS.Timeout[]
  readonly #notes: { readonly at: number; readonly acknowledged: number }[] = []
  readonly #begun: number
  #round = 0

  constructor(doors: Doors, plan: Plan, seed: number, now: () => number) {
    const count = (observations: number) => {
      this.acknowledged += observations
    }
    this.#plan = plan
    this.#now = now
    this.#begun = now()
    this.#random = seededRandom(seed)
    const { grid } = plan
    const deepest = grid.levels.length - 1
    const cells = grid.codes.filter((_, area) => grid.depths[area] === deepest)
    const every = Math.max(1, Math.floor(cells.length / (VENDORS * SOURCES)))
    this.cells = cells.filter((_, i) => i % every === 0)
    this.#vendors = Array.from(
      { length: VENDORS },
      (_, i) => new Vendor(`load-${String(i).padStart(2, '0')}`, doors.broker, count),
    )
    this.#caller = new HotlineCaller(doors.hotline, () => count(1))
    this.#timers = [
      setInterval(() => this.#publishDue(), EVERY_MS / VENDORS),
      setInterval(() => this.#call(), CALL_EVERY_MS),
      setInterval(() => this.#note(), NOTE_MS),
    ]
  }

  /** Observations that were acknowledged by a time of the last minutes, ms since 1970. */
  acknowledgedBy(time: number): number {
    return this.#notes.findLast(({ at }) => at <= time)?.acknowledged ?? 0
  }

  /** Observations sent in a second, on the mean until now. */
  get rate(): number {
    return (1000 * this.book.sent) / (this.#now() - this.#begun)
  }

  /** Messages and calls that were sent more than once. */
  get again(): number {
    return this.#vendors.reduce((sum, vendor) => sum + vendor.again, this.#caller.again)
  }

  get #waiting(): number {
    return this.#vendors.reduce((sum, vendor) => sum + vendor.waiting, this.#caller.waiting)
  }

  /** Sends nothing new; true once everything sent is acknowledged, false after `patience` ms. */
  async stop(patience: number): Promise<boolean> {
    for (const timer of this.#timers) clearInterval(timer)
    const end = this.#now() + patience
    while (this.#waiting > 0 && this.#now() < end) await new Promise((done) => setTimeout(done, 50))
    const isAll = this.#waiting === 0
    await Promise.all(this.#vendors.map((vendor) => vendor.close()))
    return isAll
  }

  #note(): void {
    this.#notes.push({ at: this.#now(), acknowledged: this.acknowledged })
    if (this.#notes.length > MOST_NOTES) this.#notes.shift()
  }

  #publishDue(): void {
    const due = Math.floor(((this.#now() - this.#begun) * VENDORS) / EVERY_MS)
    this.#round = Math.max(this.#round, due - MOST_AT_ONCE)
    while (this.#round < due) this.#publish()
  }

  /** The next vendor in turn sends a batch of its next source. */
  #publish(): void {
    const turn = this.#round++
    const vendor = this.#vendors[turn % VENDORS]
    if (vendor === undefined) return
    if (vendor.waiting >= MOST_WAITING) {
      this.skipped++
      return
    }
    const number = turn % (VENDORS * SOURCES)
    const source = `s${Math.floor(number / VENDORS)}`
    const area = this.cells[number % this.cells.length] ?? ''
    const { indicator, low, high } = KINDS[number % KINDS.length] ?? KINDS[0]
    const paneMs = paneMsOf(this.#plan, indicator)
    const now = this.#now()
    const phase = (1 + Math.sin((2 * Math.PI * now) / 120_000 + number)) / 2
    const observations = Array.from({ length: BATCH }, (_, i) => {
      const time = now - i * 10
      const share = 0.8 * phase + 0.2 * (this.#random.uint32() / 2 ** 32)
      const value = Number((low + (high - low) * share).toFixed(3))
      const id = this.book.enter(`${vendor.name}/${source}`, area, indicator, time, paneMs)
      return { id, indicator, value, time, area }
    })
    vendor.send({ source, payload: JSON.stringify(observations), count: BATCH })
  }

  #call(): void {
    if (this.#caller.waiting >= MOST_WAITING) {
      this.skipped++
      return
    }
    const area = this.cells[this.#random.uint32() % this.cells.length] ?? ''
    const time = this.#now()
    const source = `hotline/${serviceSource(CALLS)}`
    const id = this.book.enter(source, area, CALLS, time, paneMsOf(this.#plan, CALLS))
    void this.#caller.call({ id, indicator: CALLS, area, time })
  }
}
