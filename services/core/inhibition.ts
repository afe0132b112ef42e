import type { Alert } from './alert.ts'
import type { Grid } from './grid.ts'
import type { Rank } from './level.ts'

/** Open alerts of one category; drills are apart, so that none mutes what is real. */
interface Family {
  readonly alerts: Map<string, Alert>
  /** Ids by the smallest area that holds all of an alert; and by that and all above it. */
  readonly at: Map<number, Set<string>>
  readonly below: Map<number, Set<string>>
}

/** The rank that counts for telling: now, and once the condition ended the gravest it had. */
export function gravityOf({ rank, peak, ended }: Pick<Alert, 'rank' | 'peak' | 'ended'>): Rank {
  return ended === null ? rank : peak
}

/**
 * Which open alert covers which: one of the same category whose condition goes on, at least as grave, whose areas hold all areas
 * of the other, keeps notices about that back. The answer depends on nothing but the open alerts as they are after the tick, so
 * neither the order in which they came nor a tick shared by both matters.
 */
export class Inhibition {
  readonly #grid: Pick<Grid, 'parents'>
  readonly #families = new Map<string, Family>()
  /** Areas of an alert as a set, made when first asked. */
  readonly #sets = new WeakMap<readonly number[], ReadonlySet<number>>()

  constructor(grid: Pick<Grid, 'parents'>) {
    this.#grid = grid
  }

  /**
   * Takes an alert as it is now. The answer: all alerts that may be covered otherwise than before; none where nothing that decides
   * on it changed.
   */
  update(alert: Alert): readonly string[] {
    const family = this.#family(alert)
    const known = family.alerts.get(alert.id)
    const open = alert.state !== 'closed'
    if (known === undefined && !open) return []
    if (known !== undefined && open && isAlike(known, alert)) {
      family.alerts.set(alert.id, alert)
      return []
    }
    // Only what lies below where it was or is can be covered by it, or no longer.
    const touched = new Set([alert.id, ...(family.below.get(known?.area ?? -1) ?? [])])
    if (known !== undefined) this.#remove(family, known)
    if (open) this.#add(family, alert)
    for (const id of family.below.get(alert.area) ?? []) touched.add(id)
    return [...touched]
  }

  /** Id of the alert that covers this one and is covered by none itself: the gravest, then the oldest; '' for none. */
  over(alert: Alert): string {
    const { alerts, at } = this.#family(alert)
    const covering: Alert[] = []
    // Who covers all of its areas has its own smallest area there or above.
    for (let up = alert.area; up >= 0; up = this.#grid.parents[up] ?? -1)
      for (const id of at.get(up) ?? []) {
        const other = alerts.get(id)
        if (other !== undefined && this.#covers(other, alert)) covering.push(other)
      }
    const topmost = covering.filter((each) => !covering.some((other) => this.#covers(other, each)))
    return topmost.sort((a, b) => (before(a, b) ? -1 : 1))[0]?.id ?? ''
  }

  #family({ category, exercise }: Alert): Family {
    const key = `${exercise ? 'exercise' : 'real'}/${category}`
    let family = this.#families.get(key)
    if (family === undefined)
      this.#families.set(key, (family = { alerts: new Map(), at: new Map(), below: new Map() }))
    return family
  }

  #add(family: Family, alert: Alert): void {
    family.alerts.set(alert.id, alert)
    note(family.at, alert.area, alert.id)
    for (let up = alert.area; up >= 0; up = this.#grid.parents[up] ?? -1) note(family.below, up, alert.id)
  }

  #remove(family: Family, alert: Alert): void {
    family.alerts.delete(alert.id)
    erase(family.at, alert.area, alert.id)
    for (let up = alert.area; up >= 0; up = this.#grid.parents[up] ?? -1) erase(family.below, up, alert.id)
  }

  #covers(wide: Alert, alert: Alert): boolean {
    if (wide.id === alert.id || wide.ended !== null || wide.rank < gravityOf(alert)) return false
    if (!this.#holds(wide, alert)) return false
    // Where each covers the other, the older one speaks.
    const mutual = alert.ended === null && alert.rank === wide.rank && this.#holds(alert, wide)
    return !mutual || before(wide, alert)
  }

  #holds(wide: Alert, alert: Alert): boolean {
    const set = this.#setOf(wide.areas)
    return alert.areas.every((area) => {
      for (let up = area; up >= 0; up = this.#grid.parents[up] ?? -1) if (set.has(up)) return true
      return false
    })
  }

  #setOf(areas: readonly number[]): ReadonlySet<number> {
    let set = this.#sets.get(areas)
    if (set === undefined) this.#sets.set(areas, (set = new Set(areas)))
    return set
  }
}

function note(ids: Map<number, Set<string>>, area: number, id: string): void {
  const there = ids.get(area)
  if (there === undefined) ids.set(area, new Set([id]))
  else there.add(id)
}

function erase(ids: Map<number, Set<string>>, area: number, id: string): void {
  const there = ids.get(area)
  there?.delete(id)
  if (there?.size === 0) ids.delete(area)
}

/** Graver before less grave, older before younger. */
function before(a: Alert, b: Alert): boolean {
  return a.rank !== b.rank ? a.rank > b.rank : a.raised !== b.raised ? a.raised < b.raised : a.id < b.id
}

/** Alike in all that decides who covers whom. */
function isAlike(a: Alert, b: Alert): boolean {
  return (
    a.area === b.area &&
    gravityOf(a) === gravityOf(b) &&
    a.rank === b.rank &&
    (a.ended === null) === (b.ended === null) &&
    (a.areas === b.areas ||
      (a.areas.length === b.areas.length && a.areas.every((area, nth) => area === b.areas[nth])))
  )
}
