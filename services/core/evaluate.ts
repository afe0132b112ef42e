import type { LevelHistory, ReadingHistory, StateEntry } from './commit.ts'
import { ByteWriter } from './bytes.ts'
import type { Change, Decision, ReadingUpdate, RuleVerdict } from './change.ts'
import { DeadlineQueue } from './deadline-queue.ts'
import { UNKNOWN, warned } from './level.ts'
import { LevelTable, encodeLevel, levelKey } from './level-table.ts'
import { ownersOf } from './ownership.ts'
import type { Plan } from './plan.ts'
import { quietDecision, type RuleCell } from './rule-cell.ts'
import type { RuleBook } from './rule-book.ts'
import { inForce } from './schedule.ts'
import { seriesKey, type Series, type Track } from './series.ts'
import type { SeriesTable } from './series-table.ts'
import { blind, differs, gravestOf, inOrder } from './verdict.ts'

/** What an evaluation found out; areas ascending. */
export interface Findings {
  readonly changes: Change[]
  readonly updates: ReadingUpdate[]
  readonly levels: LevelHistory[]
  readonly readings: ReadingHistory[]
  readonly entries: StateEntry[]
  readonly verdicts: RuleVerdict[]
}

/**
 * Judges, at each tick, the series that were observed, whose pane ended, whose delay runs or whose time of silence has come,
 * and the areas that hang on them: never all areas, except once when the rules are new. One per partition and one in the
 * roll-up.
 */
export class Evaluator {
  readonly table: SeriesTable
  readonly levels: LevelTable
  readonly #plan: Plan
  readonly #book: RuleBook
  readonly #unit: number
  readonly #deadlines = new DeadlineQueue<Series>()
  readonly #pending = new Set<Series>()
  readonly #dirty: Set<number>[]
  readonly #schedules: {
    readonly depth: number
    readonly column: number
    readonly in: (at: number) => boolean
  }[]
  readonly #writer = new ByteWriter()
  #previous = 0
  /** The rules are not those of the stored state: every area is judged at the next tick. */
  #fresh = true

  constructor(plan: Plan, book: RuleBook, table: SeriesTable, unit: number) {
    this.#plan = plan
    this.#book = book
    this.table = table
    this.levels = new LevelTable(plan.grid)
    this.#unit = unit
    this.#dirty = plan.grid.levels.map(() => new Set<number>())
    this.#schedules = book.uses.flatMap(({ rule, depth, column }) => {
      const schedule = rule.schedule
      return schedule === null ? [] : [{ depth, column, in: (at: number) => inForce(schedule, at) }]
    })
  }

  /** Takes up after a restart: `previous` is the last tick, `fresh` says that the rules changed since. */
  resume(previous: number, fresh: boolean): void {
    this.#previous = previous
    this.#fresh = fresh
    for (const series of this.table.all()) this.#await(series, previous)
  }

  /** A child owned by another partition moved; its parent is judged at the next tick. */
  childMoved(child: number, from: number, to: number): void {
    this.#markArea(this.levels.moveChild(child, from, to))
  }

  /** Judges everything that tick `at` touches. Rate: per tick. */
  tick(at: number): Findings {
    const findings: Findings = {
      changes: [],
      updates: [],
      levels: [],
      readings: [],
      entries: [],
      verdicts: [],
    }
    const due = new Set<Series>()
    for (const track of this.table.tracks) this.#advance(track, at, due, findings.readings)
    for (const series of this.#pending) due.add(series)
    this.#deadlines.due(at, (series, time) => {
      if (series.queuedAt === time) due.add(series)
    })
    this.#flipSchedules(at, due)
    if (this.#fresh) this.#markAll(due)
    const lapsed: Series[] = []
    for (const series of due) {
      this.#judge(series, at, findings)
      if (series.lapsed(at)) lapsed.push(series)
      else this.#keep(series, findings)
    }
    // Deepest first: areas are numbered level by level.
    lapsed.sort((a, b) => b.area - a.area)
    for (const series of lapsed) this.#forget(series, at, due, findings)
    for (let depth = this.#dirty.length - 1; depth >= 0; depth--) this.#judgeAreas(depth, at, findings)
    findings.changes.sort((a, b) => a.area - b.area)
    findings.updates.sort((a, b) => a.area - b.area)
    findings.levels.sort((a, b) => a.area - b.area)
    findings.readings.sort(
      (a, b) => a.area - b.area || a.pane - b.pane || (a.indicator < b.indicator ? -1 : 1),
    )
    findings.entries.sort((a, b) => (a.key < b.key ? -1 : 1))
    this.#previous = at
    this.#fresh = false
    return { ...findings, verdicts: inOrder(findings.verdicts) }
  }

  /** Closes panes that ended and moves the track on. Rate: per indicator and tick; per active series when a pane ends. */
  #advance(track: Track, at: number, due: Set<Series>, lines: ReadingHistory[]): void {
    for (const series of track.touched) due.add(series)
    track.touched = []
    const open = track.current
    if (!track.advance(at)) return
    for (const series of track.active) due.add(series)
    // Read before the ring moves on: a gap in the ticks may be longer than the ring.
    for (const series of track.active)
      for (const pane of series.ring.panes(open)) if (pane < track.current) this.#line(series, pane, lines)
  }

  /** Rate: per pane that ended or was corrected. */
  #line(series: Series, pane: number, lines: ReadingHistory[]): void {
    const { indicator, scale, shape } = series.track
    const fold = series.ring.paneFold(pane)
    const value = fold.value(indicator.fold, scale)
    if (value === null) return
    const { area } = series
    lines.push({ area, indicator: indicator.code, pane: pane * shape.paneMs, value, samples: fold.count })
  }

  /** Rate: per due series. */
  #judge(series: Series, at: number, findings: Findings): void {
    const { track, ring } = series
    for (const pane of series.corrected) this.#line(series, pane, findings.readings)
    series.corrected.length = 0
    series.changed ||= series.touched
    series.touched = false
    ring.advance(track.first)
    for (const cell of series.cells) {
      const before = cell.decision
      const pendingBefore = cell.pending
      const decision = cell.evaluate(ring, track.scale, at)
      cell.decision = decision
      this.#tell(series.area, cell, decision, findings)
      const moved = before === null || differs(before, decision) || before.value !== decision.value
      if (moved || pendingBefore || cell.pending) series.changed = true
      if (moved || before.samples !== decision.samples || before.sources !== decision.sources) {
        series.changed = true
        this.#markArea(series.area)
      }
    }
    for (const rule of series.gone)
      if (this.#fresh) findings.verdicts.push({ area: series.area, rule, rank: 0, value: null, limit: null })
    series.gone.length = 0
    this.#await(series, at)
  }

  /** Tells of a rule that warns more or less than before; under new rules of all that warn. Rate: per due series and rule. */
  #tell(area: number, cell: RuleCell, { rank, rule, value, limit }: Decision, findings: Findings): void {
    const now = warned(rank)
    if (now === cell.told && !(this.#fresh && now > 0)) return
    cell.told = now
    findings.verdicts.push({ area, rule, rank: now, value, limit })
  }

  /** Rate: per due series; encodes only those that differ from the state. */
  #keep(series: Series, findings: Findings): void {
    if (!series.changed) return
    series.changed = false
    const key = seriesKey(series.area, series.track.indicator.code)
    findings.entries.push({ key, value: series.encode(this.#writer) })
  }

  /** Sees to it that the series is judged again when time alone can change it. */
  #await(series: Series, at: number): void {
    if (series.pending) this.#pending.add(series)
    else this.#pending.delete(series)
    if (series.pending || series.ring.holds(series.track.first)) series.track.active.add(series)
    else series.track.active.delete(series)
    const deadline = series.nextDeadline(at)
    if (deadline === Infinity || series.queuedAt === deadline) return
    // A later deadline waits for its present entry, which finds it and is put back; so busy series cost no heap work.
    if (series.queuedAt < deadline && series.queuedAt >= at) return
    series.queuedAt = deadline
    this.#deadlines.push(deadline, series)
  }

  /** Forgets a series that can matter no more, and those above that it alone kept; keeps it while others hang on it. */
  #forget(series: Series, at: number, due: ReadonlySet<Series>, findings: Findings): void {
    if (series.below > 0) {
      this.#keep(series, findings)
      return
    }
    series.track.active.delete(series)
    this.#pending.delete(series)
    series.queuedAt = Infinity
    this.table.drop(series)
    this.#markArea(series.area)
    for (const { told, use } of series.cells)
      if (told > 0)
        findings.verdicts.push({ area: series.area, rule: use.rule.id, rank: 0, value: null, limit: null })
    findings.entries.push({ key: seriesKey(series.area, series.track.indicator.code), value: null })
    const up = series.up
    const own = up !== null && this.table.get(up.area, up.track.column) === up
    // Those judged in this tick come later in the same list.
    if (own && !due.has(up) && up.lapsed(at)) this.#forget(up, at, due, findings)
  }

  /** A schedule that begins or ends judges all it applies to, twice a day at most for each. */
  #flipSchedules(at: number, due: Set<Series>): void {
    for (const schedule of this.#schedules) {
      if (this.#previous === 0 || schedule.in(at) === schedule.in(this.#previous)) continue
      const { depths } = this.#plan.grid
      for (const series of this.table.all())
        if (series.track.column === schedule.column && depths[series.area] === schedule.depth) due.add(series)
      // Areas without a series are calm on either side, but the reason is another.
      this.#eachArea((area, depth) => {
        if (depth === schedule.depth) this.#markArea(area)
      })
    }
  }

  /** Once, at the first tick under these rules: the only time that all areas are looked at. */
  #markAll(due: Set<Series>): void {
    for (const series of this.table.all()) due.add(series)
    this.#eachArea((area) => this.#markArea(area))
  }

  #eachArea(visit: (area: number, depth: number) => void): void {
    const owners = ownersOf(this.#plan)
    for (let area = 0; area < owners.length; area++)
      if (owners[area] === this.#unit) visit(area, this.#plan.grid.depths[area] ?? 0)
  }

  /** Areas of other partitions are theirs to judge. */
  #markArea(area: number): void {
    if (area >= 0 && ownersOf(this.#plan)[area] === this.#unit)
      this.#dirty[this.#plan.grid.depths[area] ?? 0]?.add(area)
  }

  /** Deepest level first, so that a parent sees its children of this tick. */
  #judgeAreas(depth: number, at: number, findings: Findings): void {
    const dirty = this.#dirty[depth]
    for (const area of dirty ?? []) this.#judgeArea(area, depth, at, findings)
    dirty?.clear()
  }

  /** Rate: per area whose series, children or schedule moved. */
  #judgeArea(area: number, depth: number, at: number, findings: Findings): void {
    const before = this.levels.areas.get(area)
    const decision = this.#verdict(area, depth, at) ?? blind(before !== undefined)
    const from = before?.rank ?? UNKNOWN
    if (before ? !differs(before, decision) : decision.rank === UNKNOWN) {
      const warned = before !== undefined && before.rank > 0 && before.rank !== UNKNOWN
      if (!warned || before.value === decision.value) return
      before.value = decision.value
      findings.updates.push({ area, rule: decision.rule, value: decision.value })
      findings.entries.push({ key: levelKey(area), value: encodeLevel(this.#writer, before) })
      return
    }
    const { rank, rule, reason, value } = decision
    const since = before && from === rank ? before.since : at
    const level = { rank, since, rule, reason, value }
    this.levels.areas.set(area, level)
    findings.entries.push({ key: levelKey(area), value: encodeLevel(this.#writer, level) })
    findings.changes.push({ ...decision, area, from, since })
    findings.levels.push({ area, at, since, decision })
    if (from !== rank) this.#markArea(this.levels.moveChild(area, from, rank))
  }

  /** Gravest known rank over the area's rules and its parent rule; the first in order decides among equals. */
  #verdict(area: number, depth: number, at: number): Decision | null {
    const decisions: Decision[] = []
    for (const use of this.#book.at(depth)) {
      const cell = this.table.get(area, use.column)?.cells.find((candidate) => candidate.use === use)
      const terms = cell?.terms ?? this.#book.terms(use, area)
      if (terms.off) continue
      const quiet = use.indicator.kind === 'occurrence'
      const decision = cell?.decision ?? (quiet ? quietDecision(use, terms, at) : null)
      if (decision) decisions.push(decision)
    }
    const parent = this.#book.parentRule(depth)
    const above = parent && this.levels.parentDecision(area, parent)
    if (above) decisions.push(above)
    return gravestOf(decisions)
  }
}
