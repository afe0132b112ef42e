import type { Decision, Occurrence } from './change.ts'
import type { AlignedTick, Behind } from './commit.ts'
import { encodeDelta, encodeSnapshot, HIDDEN } from './frame.ts'
import type { Grid } from './grid.ts'
import { UNKNOWN, type Rank } from './level.ts'
import { forgetCalls } from './recent-calls.ts'

/** What the ranks of one tick changed, areas ascending. */
interface Step {
  readonly previous: number
  readonly areas: Uint32Array
  readonly before: Uint8Array
}

/** What an area held before the first tick applied. */
interface Line {
  readonly area: number
  readonly since: number
  readonly decision: Decision
}

/** Part of the city that walls ask for: everything below `top` (an area index) down to `depth` (index of a grid level). */
export interface Scope {
  readonly top: number
  readonly depth: number
}

/** A scope that walls share, with its counts. */
export interface View extends Scope {
  /** Areas at `depth` per rank 0–15. */
  readonly counts: Int32Array
}

interface OpenView extends View {
  holders: number
  readonly frames: Map<number, Uint8Array>
}

/** What stands behind an area's rank: since when, and the decision where one was made. */
export interface Standing {
  readonly rank: Rank
  readonly since: number
  readonly decision: Decision | null
}

/** Changes held for resuming in all, 5 bytes each: a burst over the whole city must not fill the memory. */
const MOST_HELD = 4_194_304
const NOTHING = { areas: new Uint32Array(0), before: new Uint8Array(0) }

/**
 * The city as of one tick: a rank an area, the decisions behind them, and the last `resumeTicks` steps. A function of the
 * ticks applied, so every gateway makes the same bytes for the same tick.
 */
export class Picture {
  readonly grid: Grid
  readonly epoch: string
  readonly ranks: Uint8Array
  /** Areas above the calm level by a rule of their own; the serious list is taken from here. */
  readonly warned = new Set<number>()
  /** Occurrences of the last hour, oldest applied first. */
  readonly calls: Occurrence[] = []
  /** Partitions whose areas are older than the tick, and how old. */
  behind: readonly Behind[] = []
  tick = 0
  private readonly since: Float64Array
  private readonly decisions: (Decision | undefined)[] = []
  private readonly entry: Uint32Array
  private readonly exit: Uint32Array
  private readonly steps: Step[] = []
  private readonly views = new Map<string, OpenView>()
  private readonly resumeTicks: number
  private readonly mostHeld: number
  private held = 0

  constructor(grid: Grid, epoch: string, resumeTicks: number, mostHeld = MOST_HELD) {
    this.grid = grid
    this.epoch = epoch
    this.resumeTicks = resumeTicks
    this.mostHeld = mostHeld
    this.ranks = new Uint8Array(grid.size).fill(UNKNOWN)
    this.since = new Float64Array(grid.size)
    const order = preorder(grid)
    this.entry = order.entry
    this.exit = order.exit
  }

  /** Starts from what was in force at tick `at`, with `calls` of the hour before where those are known. Only before any tick is applied and any view is open. */
  begin(
    at: number,
    lines: Iterable<Line>,
    behind: readonly Behind[] = [],
    calls: readonly Occurrence[] = [],
  ): void {
    for (const line of lines) {
      this.ranks[line.area] = line.decision.rank
      this.stand(line.area, line.since, line.decision)
    }
    for (const call of calls) this.calls.push(call)
    this.tick = at
    this.behind = behind
  }

  /** Takes the next tick; an older or equal one is ignored, so a tick may be read twice. */
  apply(tick: AlignedTick): void {
    if (tick.at <= this.tick) return
    const moved = new Map<number, Rank>()
    for (const record of tick.records) {
      for (const change of record.changes) {
        moved.set(change.area, change.rank)
        this.stand(change.area, change.since, change)
      }
      for (const reading of record.readings) {
        const decision = this.decisions[reading.area]
        if (decision?.rule === reading.rule)
          this.decisions[reading.area] = { ...decision, value: reading.value }
      }
      for (const occurrence of record.occurrences) this.calls.push(occurrence)
    }
    this.remember(moved)
    this.tick = tick.at
    this.behind = tick.behind ?? []
    forgetCalls(this.calls, tick.at)
    for (const view of this.views.values()) view.frames.clear()
  }

  private stand(area: number, since: number, decision: Decision): void {
    this.since[area] = since
    this.decisions[area] = decision
    const own = decision.reason !== 'worst-child' && decision.reason !== 'share-of-children'
    if (own && decision.rank > 0 && decision.rank !== UNKNOWN) this.warned.add(area)
    else this.warned.delete(area)
  }

  private remember(ranks: ReadonlyMap<number, Rank>): void {
    const moved = [...ranks].filter(([area, rank]) => this.ranks[area] !== rank).sort(([a], [b]) => a - b)
    const count = moved.length
    const step: Step = {
      previous: this.tick,
      ...(count === 0 ? NOTHING : { areas: new Uint32Array(count), before: new Uint8Array(count) }),
    }
    for (const [i, [area, rank]] of moved.entries()) {
      const before = this.ranks[area] ?? UNKNOWN
      step.areas[i] = area
      step.before[i] = before
      this.ranks[area] = rank
      this.recount(area, before, rank)
    }
    this.steps.push(step)
    this.held += count
    while (this.steps.length > this.resumeTicks || (this.held > this.mostHeld && this.steps.length > 1))
      this.held -= this.steps.shift()?.areas.length ?? 0
  }

  private recount(area: number, before: Rank, after: Rank): void {
    for (const view of this.views.values()) {
      if (this.grid.depths[area] !== view.depth || !this.inside(view, area)) continue
      view.counts[before] = (view.counts[before] ?? 0) - 1
      view.counts[after] = (view.counts[after] ?? 0) + 1
    }
  }

  /** True when the area is `view.top` or below it, at whatever depth. */
  inside(view: Scope, area: number): boolean {
    const at = this.entry[area] ?? 0
    return at >= (this.entry[view.top] ?? 0) && at < (this.exit[view.top] ?? 0)
  }

  /** True when a wall with this view sees the area. */
  sees(view: Scope, area: number): boolean {
    return (this.grid.depths[area] ?? 0) <= view.depth && this.inside(view, area)
  }

  /** Opens a view, shared by all that ask for the same; each {@link open} needs one {@link close}. */
  open(top: number, depth: number): View {
    const key = `${top}/${depth}`
    const known = this.views.get(key)
    if (known !== undefined) {
      known.holders++
      return known
    }
    const view: OpenView = { top, depth, counts: new Int32Array(16), holders: 1, frames: new Map() }
    for (let area = 0; area < this.grid.size; area++) {
      if (this.grid.depths[area] !== depth || !this.inside(view, area)) continue
      const rank = this.ranks[area] ?? UNKNOWN
      view.counts[rank] = (view.counts[rank] ?? 0) + 1
    }
    this.views.set(key, view)
    return view
  }

  /** Gives a view back; what belongs to it goes with its last holder. */
  close(view: View): void {
    const key = `${view.top}/${view.depth}`
    const known = this.views.get(key)
    if (known !== undefined && --known.holders === 0) this.views.delete(key)
  }

  /** Rank, since and decision of an area as of the newest tick. */
  standing(area: number): Standing {
    return {
      rank: this.ranks[area] ?? UNKNOWN,
      since: this.since[area] ?? 0,
      decision: this.decisions[area] ?? null,
    }
  }

  /** True when {@link deltaFrame} can start from this tick. */
  reaches(from: number): boolean {
    return from === this.tick || this.stepAfter(from) >= 0
  }

  private stepAfter(from: number): number {
    let low = 0
    let high = this.steps.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const previous = this.steps[middle]?.previous ?? 0
      if (previous === from) return middle
      if (previous < from) low = middle + 1
      else high = middle - 1
    }
    return -1
  }

  /** All ranks of a view as of now; made once a tick and view, so the same bytes go to all its walls. */
  snapshotFrame(view: View): Uint8Array {
    return this.frame(view, -1, () => {
      const ranks = new Uint8Array(this.grid.size).fill(HIDDEN)
      for (let area = 0; area < ranks.length; area++)
        if (this.sees(view, area)) ranks[area] = this.ranks[area] ?? UNKNOWN
      return encodeSnapshot(this.epoch, this.tick, ranks)
    })
  }

  /** What changed in a view since tick `from`, made once a tick, view and `from`; undefined when history is too short. */
  deltaFrame(view: View, from: number): Uint8Array | undefined {
    const first = this.stepAfter(from)
    if (first < 0 && from !== this.tick) return undefined
    return this.frame(view, from, () => {
      const areas: number[] = []
      for (const area of this.changedSince(first)) if (this.sees(view, area)) areas.push(area)
      const ranks = Uint8Array.from(areas, (area) => this.ranks[area] ?? UNKNOWN)
      return encodeDelta(this.epoch, this.tick, from, Uint32Array.from(areas), ranks)
    })
  }

  private changedSince(first: number): Uint32Array {
    if (first < 0) return NOTHING.areas
    if (first === this.steps.length - 1) return this.steps[first]?.areas ?? NOTHING.areas
    const before = new Map<number, Rank>()
    for (let i = first; i < this.steps.length; i++) {
      const step = this.steps[i]
      step?.areas.forEach((area, k) => {
        if (!before.has(area)) before.set(area, step.before[k] ?? UNKNOWN)
      })
    }
    const moved = [...before].filter(([area, rank]) => this.ranks[area] !== rank)
    return Uint32Array.from(moved, ([area]) => area).sort()
  }

  private frame(view: View, from: number, make: () => Uint8Array): Uint8Array {
    const frames = this.views.get(`${view.top}/${view.depth}`)?.frames
    const known = frames?.get(from)
    if (known !== undefined) return known
    const made = make()
    frames?.set(from, made)
    return made
  }
}

/** Entry and exit of every area in a walk of the tree, so that "below" is two comparisons. Parents have smaller indexes. */
function preorder(grid: Grid): { entry: Uint32Array; exit: Uint32Array } {
  const sizes = new Uint32Array(grid.size).fill(1)
  const parentOf = (area: number) => grid.parents[area] ?? -1
  for (let area = grid.size - 1; area > 0; area--) {
    const parent = parentOf(area)
    if (parent >= 0) sizes[parent] = (sizes[parent] ?? 0) + (sizes[area] ?? 0)
  }
  const entry = new Uint32Array(grid.size)
  const exit = new Uint32Array(grid.size)
  const next = new Uint32Array(grid.size)
  let roots = 0
  for (let area = 0; area < grid.size; area++) {
    const parent = parentOf(area)
    const at = parent < 0 ? roots : (next[parent] ?? 0)
    const end = at + (sizes[area] ?? 0)
    if (parent < 0) roots = end
    else next[parent] = end
    entry[area] = at
    exit[area] = end
    next[area] = at + 1
  }
  return { entry, exit }
}
