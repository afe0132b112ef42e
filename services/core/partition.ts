import { encodeTickRecord, type PartialFold } from './change.ts'
import type { Commit, Snapshot, StateEntry } from './commit.ts'
import { DuplicateFilter } from './duplicate-filter.ts'
import { Evaluator } from './evaluate.ts'
import { encodeFold } from './fold.ts'
import { areaOfKey } from './level-table.ts'
import { keepersOf } from './ownership.ts'
import { META_KEY, decodeMeta, encodeMeta } from './partition-meta.ts'
import type { Plan } from './plan.ts'
import {
  KIND_ACTION,
  KIND_IN_FORCE,
  KIND_OBSERVATIONS,
  KIND_TICK,
  decodeAction,
  decodeInForce,
  decodeTick,
  kindOf,
  readObservations,
} from './record.ts'
import type { InForce, ObservationRows } from './record.ts'
import type { RuleSet } from './rule.ts'
import { RuleBook } from './rule-book.ts'
import { RULES_KEY, RulesOfLog } from './rules-of-log.ts'
import type { Series, Track } from './series.ts'
import { SeriesTable } from './series-table.ts'
import { RecordSources } from './record-sources.ts'
import { NO_SOURCE, SourceTable } from './source-table.ts'
import { Tally } from './tally.ts'

/** Length of a span of the duplicate filter, ms. */
const SPAN_MS = 60_000

/** Bounds that tests set lower, and what a rehearsal judges by. */
export interface PartitionOptions {
  readonly sources?: number
  readonly keys?: number
  /** Judges by these, whatever rules the log puts into force. */
  readonly rules?: RuleSet
}

/** All that hangs on the rules in force. */
interface Under {
  readonly plan: Plan
  readonly book: RuleBook
  readonly own: SeriesTable
  /** Folds of one tick for areas above the partition level, on their way to the roll-up. */
  readonly above: SeriesTable
  readonly evaluator: Evaluator
}

function under(plan: Plan, partition: number): Under {
  const book = new RuleBook(plan)
  const own = new SeriesTable(plan, book)
  const above = new SeriesTable(plan, book)
  return { plan, book, own, above, evaluator: new Evaluator(plan, book, own, partition) }
}

/**
 * One partition's state as a function of its log: panes, levels, duplicates, sources and counts. `apply` takes the log's
 * records one after another; a tick newer than the last one gives a commit, and nothing else leaves. The commits, applied to
 * a store and loaded again, give the same state (design §3).
 */
export class PartitionState {
  readonly partition: number
  /** Offset of the first record that is not in the last commit. */
  offset: number
  /** Last tick, ms; 0 before the first. */
  at: number
  readonly #rules: RulesOfLog
  #under: Under
  readonly #filter: DuplicateFilter
  readonly #sources: SourceTable
  readonly #tally = new Tally()
  readonly #keepers: Int32Array

  /** `stored` is what the state holds of this partition. */
  constructor(plan: Plan, partition: number, stored: Snapshot, options: PartitionOptions = {}) {
    this.partition = partition
    this.offset = stored.offset
    this.at = stored.at
    this.#rules = new RulesOfLog(plan, stored.entries.get(RULES_KEY), options.rules)
    this.#filter = new DuplicateFilter(SPAN_MS, options.keys)
    this.#sources = new SourceTable(options.sources)
    this.#keepers = keepersOf(plan)
    this.#under = under(this.#rules.plan, partition)
    this.#restore(stored)
  }

  /** The log has put other rules into force: no further record may be applied, the state must be made anew from its last commit. */
  get isDue(): boolean {
    return this.#rules.isDue
  }

  /** Series held now. */
  get series(): number {
    return this.#under.own.size
  }

  /** Applies the log's record at `offset`; a commit when it is a tick newer than the last. LG-record when it is damaged. */
  apply(bytes: Uint8Array, offset: number): Commit | null {
    const origin = { partition: this.partition, offset }
    const kind = kindOf(bytes, origin)
    if (kind === KIND_OBSERVATIONS) this.#applyRows(readObservations(bytes, origin))
    if (kind === KIND_ACTION) this.#tally.actions.push(decodeAction(bytes, origin))
    if (kind === KIND_IN_FORCE) this.#hear(decodeInForce(bytes, origin))
    if (kind !== KIND_TICK) return null
    const tick = decodeTick(bytes, origin)
    // Several ingest processes tick; what each of them refused counts even where its tick does not.
    if (tick.ingest) this.#tally.ingested(tick.ingest)
    return tick.at > this.at ? this.#close(tick.at, offset + 1) : null
  }

  /** What a log says before anything else holds from its beginning. */
  #hear(said: InForce): void {
    const isEmpty = this.at === 0 && this.#tally.counts.received === 0
    if (this.#rules.hear(said, this.at, isEmpty)) this.#under = under(this.#rules.plan, this.partition)
  }

  /** Rate: per record; names are resolved once, so that rows deal in numbers. */
  #applyRows(rows: ObservationRows): void {
    const columns = rows.indicators.map((code) => this.#under.plan.indicators.index.get(code) ?? -1)
    const sources = new RecordSources(rows.sources, this.#sources, this.#under.plan)
    const { tracks } = this.#under.own
    for (let i = 0; i < rows.rows; i++) {
      this.#tally.counts.received++
      const track = tracks[columns[rows.indicator(i)] ?? -1]
      if (track === undefined) this.#tally.refused('OB-indicator')
      else if (rows.area(i) >= this.#under.plan.grid.size) this.#tally.refused('OB-area')
      else this.#applyRow(rows, i, track, sources)
    }
    sources.hear()
  }

  /** Late first, then the bound ahead, then duplicate, so that each observation is in exactly one counter. Rate: per observation. */
  #applyRow(rows: ObservationRows, i: number, track: Track, sources: RecordSources): void {
    const time = rows.time(i)
    const local = rows.source(i)
    const pane = Math.floor(time / track.shape.paneMs)
    const span = this.#filter.spanOf(time + track.shape.heldMs)
    if (pane < track.first || this.#filter.forgot(span)) {
      this.#tally.tooLate(rows.sources[local] ?? '', track.indicator.code, time)
      return
    }
    if (!track.admits(pane)) {
      this.#tally.counts.quarantined++
      return
    }
    const source = sources.index(local, track)
    const hash = sources.hash(local)
    if (!this.#isNew(rows, i, source, hash, span)) {
      this.#tally.counts.duplicate++
      return
    }
    sources.note(local, time)
    this.#tally.applied(time)
    const area = rows.area(i)
    if (track.indicator.kind === 'occurrence') this.#tally.occurred(area, track.indicator.code, time)
    // A negative zero would not survive the store.
    const value = rows.value(i) + 0
    let series: Series | null = this.#under.own.get(area, track.column) ?? this.#open(area, track.column)
    for (; series !== null; series = series.up) {
      series.ring.add(track.first, pane, value, time, hash)
      series.touch(pane)
    }
  }

  /**
   * The area at the partition level is part of the key, so that what counts as a repetition does not depend on how many
   * partitions there are. Sources beyond the bound share one index; then their hash is part of it, too.
   */
  #isNew(rows: ObservationRows, i: number, source: number, hash: number, span: number): boolean {
    const keeper = this.#keepers[rows.area(i)] ?? 0
    let high = rows.idHigh(i) ^ Math.imul(keeper + 1, 0x9e3779b1)
    let low = rows.idLow(i)
    if (source === NO_SOURCE) {
      high ^= Math.imul(Math.floor(hash / 0x1_0000_0000), 0x85ebca6b)
      low ^= hash
    }
    return this.#filter.add(source, high >>> 0, low >>> 0, span)
  }

  /** The series of an area, with those above it that watch the indicator; a chain, so that an observation looks up one. */
  #open(area: number, column: number): Series {
    const { grid } = this.#under.plan
    const table = (grid.depths[area] ?? 0) < grid.partitionLevel ? this.#under.above : this.#under.own
    const known = table.get(area, column)
    if (known) return known
    let up = grid.parents[area] ?? -1
    while (up >= 0 && !this.#under.book.watches(grid.depths[up] ?? 0, column)) up = grid.parents[up] ?? -1
    return table.create(area, column, up < 0 ? null : this.#open(up, column))
  }

  /** Rate: per tick. */
  #close(at: number, offset: number): Commit {
    const partials = this.#takePartials(at)
    const found = this.#under.evaluator.tick(at)
    const entries: StateEntry[] = [...found.entries, ...this.#filter.tick(at), ...this.#sources.tick(at)]
    const inForce = this.#rules.close(at)
    entries.push(...inForce.entries)
    const { counts, newest } = this.#tally
    const refusedBy = this.#tally.sortedRefusals()
    const rules = this.#under.plan.rules.version
    const forgotten = this.#filter.forgotten
    entries.push({ key: META_KEY, value: encodeMeta({ at, rules, counts, refusedBy, newest, forgotten }) })
    const occurrences = this.#tally.occurrences()
    const unlisted = this.#tally.unlisted()
    const record = encodeTickRecord({
      partition: this.partition,
      at,
      offset,
      changes: found.changes,
      readings: found.updates,
      occurrences,
      ...(unlisted.length > 0 && { unlisted }),
      late: this.#tally.late,
      partials,
      counts,
      refusedBy,
      sources: { alive: this.#sources.alive, known: this.#sources.known },
      lag: this.#tally.lag(at),
      newest,
      ...(found.verdicts.length > 0 && { verdicts: found.verdicts }),
      ...(this.#tally.actions.length > 0 && { actions: [...this.#tally.actions] }),
      ...(this.partition === 0 && inForce.told && { inForce: inForce.told }),
    })
    this.#tally.clear()
    this.at = at
    this.offset = offset
    return { offset, entries, record, at, levels: found.levels, readings: found.readings }
  }

  /** Empties the folds for areas above the partition level. Rate: per tick, area above and touched pane. */
  #takePartials(at: number): PartialFold[] {
    const partials: PartialFold[] = []
    for (const track of this.#under.above.tracks) {
      for (const series of track.touched) {
        for (const pane of series.ring.panes(-Infinity)) {
          const fold = encodeFold(series.ring.paneFold(pane))
          const { area } = series
          partials.push({ area, indicator: track.indicator.code, pane: pane * track.shape.paneMs, fold })
        }
        series.ring.clear()
        series.touched = false
        series.corrected.length = 0
      }
      track.touched = []
      track.advance(at)
    }
    return partials.sort(
      (a, b) =>
        a.area - b.area || (a.indicator < b.indicator ? -1 : +(a.indicator > b.indicator)) || a.pane - b.pane,
    )
  }

  /** Meta first: what is held, forgotten and ahead depends on the last tick. */
  #restore(stored: Snapshot): void {
    const meta = decodeMeta(stored.entries.get(META_KEY))
    if (!meta) return
    this.#tally.counts = { ...meta.counts }
    this.#tally.refusedBy = { ...meta.refusedBy }
    this.#tally.newest = meta.newest
    this.#filter.forgotten = meta.forgotten
    this.#sources.restore(stored.entries)
    for (const table of [this.#under.own, this.#under.above])
      for (const track of table.tracks) track.advance(meta.at)
    for (const [key, bytes] of stored.entries) {
      if (key.startsWith('d/')) this.#filter.restore(key, bytes)
      else if (key.startsWith('a/')) this.#under.evaluator.levels.restore(areaOfKey(key), bytes)
      else if (key.startsWith('s/')) this.#restoreSeries(key, bytes)
    }
    this.#under.evaluator.resume(meta.at, meta.rules !== this.#under.plan.rules.version)
  }

  #restoreSeries(key: string, bytes: Uint8Array): void {
    const [, area, code] = key.split('/')
    const column = this.#under.plan.indicators.index.get(code ?? '')
    const index = Number(area)
    // An indicator or area that the plan no longer has is left where it is.
    if (column === undefined || !(index < this.#under.plan.grid.size)) return
    const series = this.#open(index, column)
    series.decode(bytes)
    for (const pane of series.ring.panes(series.track.first)) series.track.admits(pane)
  }
}
