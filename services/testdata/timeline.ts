import type { Change } from '../core/change.ts'
import type { Plan } from '../core/plan.ts'
import { CityRun, type Said } from './city-run.ts'

const MINUTE = 60_000

/** A day in one area, told in clock times (UTC, Sunday 22 November 2026), with a tick each minute between what happens. */
export class Timeline {
  readonly run: CityRun
  readonly #area: number
  readonly #indicator: string
  #now: number
  #ticked: number

  constructor(plan: Plan, area: number, start = '08:00') {
    this.run = new CityRun(plan)
    this.#area = area
    this.#indicator = plan.indicators.list[0]?.code ?? ''
    this.#now = clock(start)
    this.#ticked = this.#now - MINUTE
  }

  /** Lets time pass, with its ticks. */
  at(time: string): this {
    const to = clock(time)
    for (let at = this.#ticked + MINUTE; at < to; at += MINUTE) this.#tick(at)
    this.#now = to
    return this
  }

  /** Says a value at the present minute. */
  observe(value: number, part: Partial<Said> = {}): this {
    const said = { area: this.#area, indicator: this.#indicator, value, time: this.#now }
    this.run.observe({ ...said, ...part })
    return this
  }

  /** What the area is after the tick of the present minute. */
  level(area = this.#area): Pick<Change, 'rank'> & Partial<Change> {
    if (this.#ticked < this.#now) this.#tick(this.#now)
    return this.run.level(area)
  }

  #tick(at: number): void {
    this.run.tick(at)
    this.#ticked = at
  }
}

/** Time of day as ms. */
export function clock(time: string): number {
  return Date.parse(`2026-11-22T${time}:00Z`)
}
