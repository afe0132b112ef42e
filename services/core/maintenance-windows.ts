import type { Alert } from './alert.ts'
import type { AlertPolicy, Maintenance } from './alert-policy.ts'
import type { Grid } from './grid.ts'
import { inForce } from './schedule.ts'
import { holds } from './alert-place.ts'

const MINUTE = 60_000

/** Planned times in which notices about a place are kept back. Schedules are in minutes, so they are asked once a minute. */
export class MaintenanceWindows {
  readonly #grid: Grid
  readonly #all: readonly (readonly [area: number, window: Maintenance])[]
  #minute = -1
  #open: readonly (readonly [area: number, window: Maintenance])[] = []

  constructor(grid: Grid, { maintenance }: Pick<AlertPolicy, 'maintenance'>) {
    this.#grid = grid
    this.#all = maintenance.map((window) => [grid.indexOf(window.area) ?? -1, window])
  }

  /** Goes on to a tick; true when a window opened or closed, or at the first call. */
  advance(at: number): boolean {
    const minute = Math.floor(at / MINUTE)
    if (minute === this.#minute) return false
    const first = this.#minute < 0
    this.#minute = minute
    const open = this.#all.filter(([, { schedule }]) => inForce(schedule, at))
    const changed = open.length !== this.#open.length || open.some((each, nth) => each !== this.#open[nth])
    this.#open = open
    return changed || first
  }

  /** Name of the window that keeps notices about an alert back, the first in the configuration; '' for none. */
  over({ area, category }: Alert): string {
    const found = this.#open.find(
      ([top, window]) =>
        (window.category === '' || window.category === category) && holds(this.#grid, top, area),
    )
    return found?.[1].name ?? ''
  }
}
