import type { Grid } from './grid.ts'
import { levelId, UNKNOWN, warned, type Rank, type Scheme } from './level.ts'
import type { RehearsalResult } from './replay-wire.ts'
import { levelIds, widthOf } from './timeline-columns.ts'

/** Areas of the map of differences, and areas above the deepest whose first ticks are told. */
const MOST_MAP = 50_000
const MOST_FIRST = 2_000

/** `was`: under the rules of the log; `would`: under the others. */
export const SIDES = ['was', 'would'] as const
export type SideName = (typeof SIDES)[number]

/** What a tick says of an area's level. */
export interface Move {
  readonly area: number
  readonly rank: Rank
}

/** Levels of all areas under one set of rules, as far as they are compared. */
class Side {
  readonly ranks: Uint8Array
  /** Areas of the deepest level at each rank now, and their time at it, ms. */
  readonly counts = new Float64Array(UNKNOWN + 1)
  readonly spent = new Float64Array(UNKNOWN + 1)
  /** Time of the whole city at each rank, ms. */
  readonly city = new Float64Array(UNKNOWN + 1)
  /** By area above the deepest level: first tick at each rank or graver. */
  readonly first = new Map<number, (number | null)[]>()
  /** Counts at the end of each column. */
  readonly columns: Float64Array[] = []

  constructor(size: number) {
    this.ranks = new Uint8Array(size).fill(UNKNOWN)
  }
}

/**
 * Levels of both sides compared tick by tick: each stands from its tick until the next one of its area. Work is that of what
 * changes. Bound: a few bytes an area, 2,000 columns.
 */
export class RehearsalLevels {
  readonly #grid: Grid
  readonly #scheme: Scheme
  readonly #deepest: number
  readonly #sides: Readonly<Record<SideName, Side>>
  /** By area: until when its time is counted; and its time at a graver or a milder level on the other side, ms. */
  readonly #counted: Float64Array
  readonly #graver: Float64Array
  readonly #milder: Float64Array
  readonly #columnMs: number
  readonly #times: number[] = []
  #column = 0

  constructor(
    grid: Grid,
    scheme: Scheme,
    span: { readonly from: number; readonly to: number },
    tickMs: number,
  ) {
    this.#grid = grid
    this.#scheme = scheme
    this.#deepest = grid.levels.length - 1
    this.#sides = { was: new Side(grid.size), would: new Side(grid.size) }
    this.#counted = new Float64Array(grid.size)
    this.#graver = new Float64Array(grid.size)
    this.#milder = new Float64Array(grid.size)
    this.#columnMs = widthOf(span.to - span.from, Math.max(tickMs, 1000))
  }

  /** Comparing begins, anew after a gap, at `at` (ms) with these levels; areas that are not named are unknown. */
  begin(at: number, levels: Readonly<Record<SideName, Iterable<Move>>>): void {
    this.#counted.fill(at)
    this.#column = Math.floor(at / this.#columnMs) * this.#columnMs + this.#columnMs
    for (const name of SIDES) {
      const side = this.#sides[name]
      side.ranks.fill(UNKNOWN)
      side.counts.fill(0)
      side.counts[UNKNOWN] = this.#grid.depths.filter((depth) => depth === this.#deepest).length
      for (const { area, rank } of levels[name]) this.#set(side, area, rank, at)
    }
  }

  /** A tick's changes of levels on one side. Rate: per change. */
  take(at: number, name: SideName, moves: Iterable<Move>): void {
    this.#passColumns(at)
    const side = this.#sides[name]
    for (const { area, rank } of moves) {
      if (side.ranks[area] === rank) continue
      this.#count(area, at)
      this.#set(side, area, rank, at)
    }
  }

  /** Comparing ends at `at` (ms), for good or until a gap is over. */
  end(at: number): void {
    this.#passColumns(at + 1)
    for (let area = 0; area < this.#grid.size; area++) this.#count(area, at)
  }

  result(): Pick<
    RehearsalResult,
    'time' | 'city' | 'first' | 'map' | 'columnMs' | 'times' | 'was' | 'would'
  > {
    const { was, would } = this.#sides
    return {
      time: { was: this.#byLevel(was.spent), would: this.#byLevel(would.spent) },
      city: { was: this.#byLevel(was.city), would: this.#byLevel(would.city) },
      first: this.#firsts(),
      map: this.#map(),
      columnMs: this.#columnMs,
      times: this.#times,
      was: this.#columns(was),
      would: this.#columns(would),
    }
  }

  #set(side: Side, area: number, rank: Rank, at: number): void {
    const from = side.ranks[area] ?? UNKNOWN
    side.ranks[area] = rank
    const isDeepest = this.#grid.depths[area] === this.#deepest
    if (isDeepest) {
      side.counts[from] = (side.counts[from] ?? 0) - 1
      side.counts[rank] = (side.counts[rank] ?? 0) + 1
    }
    if (isDeepest && area !== 0) return
    const first = side.first.get(area) ?? this.#scheme.levels.map(() => null)
    side.first.set(area, first)
    for (let r = warned(rank); r > 0; r--) first[r] ??= at
  }

  /** The time of an area since it was counted last. Rate: per change. */
  #count(area: number, at: number): void {
    const ms = at - (this.#counted[area] ?? at)
    this.#counted[area] = at
    if (ms <= 0) return
    const { was, would } = this.#sides
    const [before, after] = [was.ranks[area] ?? UNKNOWN, would.ranks[area] ?? UNKNOWN]
    if (area === 0) {
      was.city[before] = (was.city[before] ?? 0) + ms
      would.city[after] = (would.city[after] ?? 0) + ms
    }
    if (this.#grid.depths[area] !== this.#deepest) return
    was.spent[before] = (was.spent[before] ?? 0) + ms
    would.spent[after] = (would.spent[after] ?? 0) + ms
    // Unknown warns of nothing.
    const more = warned(after) - warned(before)
    if (more > 0) this.#graver[area] = (this.#graver[area] ?? 0) + ms
    if (more < 0) this.#milder[area] = (this.#milder[area] ?? 0) + ms
  }

  /** A column shows what stands at its end. */
  #passColumns(at: number): void {
    for (; this.#column < at; this.#column += this.#columnMs) {
      this.#times.push(this.#column)
      for (const name of SIDES) this.#sides[name].columns.push(this.#sides[name].counts.slice())
    }
  }

  #byLevel(values: Float64Array): Record<string, number> {
    const ranks = [...this.#scheme.levels.keys(), UNKNOWN]
    return Object.fromEntries(ranks.map((rank) => [levelId(this.#scheme, rank), values[rank] ?? 0]))
  }

  #columns({ columns }: Side): Record<string, number[]> {
    const ids = levelIds(this.#scheme)
    const ranks = [...this.#scheme.levels.keys(), UNKNOWN]
    return Object.fromEntries(
      ids.map((id, i) => [id, columns.map((counts) => counts[ranks[i] ?? UNKNOWN] ?? 0)]),
    )
  }

  /** The city, and the others that warned on either side. */
  #firsts(): RehearsalResult['first'] {
    const { was, would } = this.#sides
    const never = this.#scheme.levels.map(() => null)
    const areas = new Set([0, ...was.first.keys(), ...would.first.keys()])
    return [...areas]
      .sort((a, b) => a - b)
      .map((area) => ({
        area,
        code: this.#grid.codes[area] ?? '',
        was: was.first.get(area) ?? never,
        would: would.first.get(area) ?? never,
      }))
      .filter((line) => line.area === 0 || [...line.was, ...line.would].some((at) => at !== null))
      .slice(0, MOST_FIRST)
  }

  #map(): RehearsalResult['map'] {
    const differing: { area: number; graver: number; milder: number }[] = []
    for (let area = 0; area < this.#grid.size; area++) {
      const [graver, milder] = [this.#graver[area] ?? 0, this.#milder[area] ?? 0]
      if (graver + milder > 0) differing.push({ area, graver, milder })
    }
    return differing
      .sort((a, b) => b.graver + b.milder - a.graver - a.milder || a.area - b.area)
      .slice(0, MOST_MAP)
  }
}
