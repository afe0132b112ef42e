import { areaSizes } from './area-size.ts'
import type { RuleVerdict } from './change.ts'
import type { StateEntry } from './commit.ts'
import { DeadlineQueue } from './deadline-queue.ts'
import type { Grid } from './grid.ts'
import { incidentEntry, incidentKey } from './incident-entry.ts'
import { byAge, type Kept } from './incident-matching.ts'
import { STEP_MS, extended, minuteOf, projectionOf, rounded, trendOf } from './incident-motion.ts'
import type { Incident, PathPoint } from './incident.ts'
import { TickIds } from './tick-ids.ts'

/** What an incident is made of at a tick. */
export interface Extent {
  readonly areas: readonly number[]
  /** Gravest of its areas, the first of equals. */
  readonly worst: RuleVerdict
}

/** All incidents that live or may come back: their records, numbers, clocks and entries of the state. */
export class IncidentBook {
  /** Merged within the off-delay: they may come apart again. */
  readonly merged = new Map<string, Kept>()
  readonly #grid: Grid
  readonly #sizeOf: (area: number) => number
  readonly #offDelayMs: number
  readonly #living = new Map<string, Incident>()
  readonly #numbers = new Set<number>()
  /** No smaller number is free. */
  #freeFrom = 1
  readonly #clocks = new DeadlineQueue<Kept>()
  readonly #changed = new Set<Kept>()
  readonly #entries: StateEntry[] = []
  readonly #ids = new TickIds('i')

  constructor(grid: Grid, offDelayMs: number) {
    this.#grid = grid
    this.#sizeOf = areaSizes(grid)
    this.#offDelayMs = offDelayMs
  }

  /** Active and fading incidents by id. */
  get living(): ReadonlyMap<string, Incident> {
    return this.#living
  }

  /** Living ones and those that may come apart again. */
  get size(): number {
    return this.#living.size + this.merged.size
  }

  takeUp(kept: Kept): void {
    const { id, number, state } = kept.incident
    this.#numbers.add(number)
    if (state === 'merged') this.merged.set(id, kept)
    else this.#living.set(id, kept.incident)
    this.#setClock(kept)
  }

  /** A new incident over an extent, split from `from` or of its own. */
  bear(category: string, depth: number, extent: Extent, from: Kept | null, at: number): Kept {
    const { area, rule, value, limit, rank } = extent.worst
    const kept: Kept = {
      incident: {
        id: this.#ids.next(at),
        number: this.#freeNumber(),
        category,
        depth,
        state: 'active',
        areas: extent.areas,
        rank,
        peak: rank,
        worst: { area, rule, value, limit },
        born: at,
        moved: at,
        faded: null,
        ended: null,
        into: null,
        from: from?.incident.id ?? null,
        path: [this.#centre(extent.areas, at)],
        trend: 'steady',
        projection: null,
      },
      settled: at,
      parts: new Map<number, string>(),
      value,
      wake: Infinity,
      queuedAt: Infinity,
    }
    this.#change(kept, {})
    return kept
  }

  /** It is over this extent now; `jumped`: its centre moved by a merge or split, not by its going. */
  goOn(kept: Kept, extent: Extent, at: number, jumped: boolean): void {
    const { incident } = kept
    const { area, rule, value, limit, rank } = extent.worst
    const worst = { area, rule, value, limit }
    kept.value = value
    if (incident.state === 'active' && !jumped && sameExtent(incident, extent.areas, rank, worst))
      return this.#setClock(kept)
    if (jumped || incident.state !== 'active') kept.settled = at
    this.merged.delete(incident.id)
    const path = extended(incident.path, incident.born, this.#centre(extent.areas, at))
    this.#change(kept, {
      state: 'active',
      areas: extent.areas,
      rank,
      peak: Math.max(incident.peak, rank),
      worst,
      moved: at,
      faded: null,
      ended: null,
      into: null,
      ...this.#motion(path, kept),
    })
  }

  /** The value of its gravest area moved: told with the next change, or when a minute is over. */
  measure(kept: Kept, value: number): void {
    kept.value = value
    this.#setClock(kept)
  }

  /** It has no areas any more. */
  fade(kept: Kept, at: number): void {
    const calm = { rank: 0, moved: at, faded: at, trend: 'steady', projection: null } as const
    this.#change(kept, { ...calm, state: 'fading' })
    if (this.#offDelayMs === 0) this.end(kept, at)
  }

  end(kept: Kept, at: number): void {
    this.#change(kept, { state: 'over', ended: at })
    this.#free(kept)
  }

  /** It is part of another one, and remembered for the off-delay. */
  merge(kept: Kept, into: Kept, at: number): void {
    const { id } = kept.incident
    const calm = { rank: 0, moved: at, trend: 'steady', projection: null } as const
    this.#change(kept, { ...calm, state: 'merged', faded: null, ended: at, into: into.incident.id })
    if (this.#offDelayMs === 0) this.#free(kept)
    else this.merged.set(id, kept)
  }

  /** Runs the clocks: merged ones are forgotten, trends of those that stand are looked at again, `ended` hears of those that are over. */
  ring(at: number, ended: (kept: Kept) => void): void {
    this.#clocks.due(at + 1, (kept, time) => {
      if (kept.queuedAt !== time) return
      kept.queuedAt = Infinity
      if (kept.wake > at) this.#queue(kept)
      else this.#ringOne(kept, at, ended)
    })
  }

  #ringOne(kept: Kept, at: number, ended: (kept: Kept) => void): void {
    const { id, state } = kept.incident
    if (state === 'active') this.#stand(kept, at)
    else if (state === 'merged') {
      this.merged.delete(id)
      this.#free(kept)
      this.#entries.push({ key: incidentKey(id), value: null })
    } else if (state === 'fading') {
      ended(kept)
      this.end(kept, at)
    }
  }

  /** What changed since the last time, oldest first, with the entries of the state. */
  take(): { incidents: Incident[]; entries: StateEntry[] } {
    const changed = [...this.#changed].sort(byAge)
    this.#changed.clear()
    const entries = this.#entries.splice(0)
    for (const kept of changed) {
      const { id } = kept.incident
      const held = this.#living.has(id) || this.merged.has(id)
      entries.push(
        held ? incidentEntry(kept, (part) => this.merged.has(part)) : { key: incidentKey(id), value: null },
      )
    }
    return { incidents: changed.map(({ incident }) => incident), entries }
  }

  /** Nothing moved for a minute but its value: its path goes on where it is. */
  #stand(kept: Kept, at: number): void {
    const { path, born, worst } = kept.incident
    const last = path.at(-1)
    if (!last) return
    const motion = this.#motion(extended(path, born, { ...last, at }), kept)
    this.#change(kept, { worst: { ...worst, value: kept.value }, ...motion })
  }

  #motion(path: readonly PathPoint[], { settled }: Kept): Pick<Incident, 'path' | 'trend' | 'projection'> {
    return { path, trend: trendOf(path), projection: projectionOf(path, settled) }
  }

  #change(kept: Kept, part: Partial<Incident>): void {
    const incident = { ...kept.incident, ...part }
    kept.incident = incident
    this.#changed.add(kept)
    if (incident.state === 'active' || incident.state === 'fading') this.#living.set(incident.id, incident)
    else this.#living.delete(incident.id)
    this.#setClock(kept)
  }

  #setClock(kept: Kept): void {
    kept.wake = wakeOf(kept, this.#offDelayMs)
    this.#queue(kept)
  }

  /** A later time waits for the entry that is there, which finds it and is put back; so those that flap leave few entries. */
  #queue(kept: Kept): void {
    if (kept.wake >= kept.queuedAt) return
    kept.queuedAt = kept.wake
    this.#clocks.push(kept.wake, kept)
  }

  /** Mean of the centres of areas by their sizes. */
  #centre(areas: readonly number[], at: number): PathPoint {
    const { centres } = this.#grid
    let [lon, lat, m2] = [0, 0, 0]
    for (const area of areas) {
      const size = this.#sizeOf(area)
      lon += (centres[2 * area] ?? 0) * size
      lat += (centres[2 * area + 1] ?? 0) * size
      m2 += size
    }
    return { at, lon: rounded(lon / m2), lat: rounded(lat / m2), m2 }
  }

  #freeNumber(): number {
    while (this.#numbers.has(this.#freeFrom)) this.#freeFrom++
    this.#numbers.add(this.#freeFrom)
    return this.#freeFrom
  }

  #free({ incident }: Kept): void {
    this.#numbers.delete(incident.number)
    this.#freeFrom = Math.min(this.#freeFrom, incident.number)
  }
}

/** When time alone changes it: the next minute of one that moves or grows or has another value, the end of an off-delay. */
function wakeOf({ incident, value }: Kept, offDelayMs: number): number {
  const { state, born, path, faded, ended, trend, projection, worst } = incident
  if (state === 'fading') return (faded ?? 0) + offDelayMs
  // Without an off-delay it is not remembered at all.
  if (state === 'merged') return offDelayMs === 0 ? Infinity : (ended ?? 0) + offDelayMs
  if (state === 'over') return Infinity
  if (trend === 'steady' && projection === null && value === worst.value) return Infinity
  return born + (minuteOf(born, path.at(-1)?.at ?? born) + 1) * STEP_MS
}

/** But for the value, which goes on by the minute. */
function sameExtent(
  incident: Incident,
  areas: readonly number[],
  rank: number,
  worst: Incident['worst'],
): boolean {
  const { worst: was } = incident
  return (
    incident.rank === rank &&
    was.area === worst.area &&
    was.rule === worst.rule &&
    was.limit === worst.limit &&
    incident.areas.length === areas.length &&
    incident.areas.every((area, nth) => area === areas[nth])
  )
}
