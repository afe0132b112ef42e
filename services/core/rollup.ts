import { encodeTickRecord, type RulesInForce, type TickRecord } from './change.ts'
import type { AlignedTick, Commit, Snapshot, StateEntry } from './commit.ts'
import { Evaluator } from './evaluate.ts'
import { decodeFold } from './fold.ts'
import { UNKNOWN, type Rank } from './level.ts'
import { areaOfKey, childKey } from './level-table.ts'
import { META_KEY, decodeMeta, encodeMeta } from './partition-meta.ts'
import type { Plan } from './plan.ts'
import { emptyTickRecord, noCounts } from './record.ts'
import type { RuleSet } from './rule.ts'
import { RuleBook } from './rule-book.ts'
import { RULES_KEY, RulesOfLog } from './rules-of-log.ts'
import { SeriesTable } from './series-table.ts'

/** All that hangs on the rules in force. */
interface Under {
  readonly plan: Plan
  readonly table: SeriesTable
  readonly evaluator: Evaluator
}

function under(plan: Plan): Under {
  const book = new RuleBook(plan)
  const table = new SeriesTable(plan, book)
  return { plan, table, evaluator: new Evaluator(plan, book, table, plan.partitions) }
}

/**
 * The areas above the partition level: the partition numbered `plan.partitions`. It reads the tick records of all others
 * instead of a log, and its offset is the tick; series, rules and levels are the same as theirs.
 */
export class RollupState {
  readonly partition: number
  /** Last tick, ms, and the expected offset of the next commit; 0 before the first. */
  at: number
  readonly #rules: RulesOfLog
  #under: Under
  /** Ranks of the areas of the partition level, which their partitions own. */
  readonly #children = new Map<number, Rank>()
  /** Of {@link adopt}, for the next commit. */
  #adopted: StateEntry[] = []

  /** `rules`: judges by these, whatever rules the log puts into force. */
  constructor(plan: Plan, stored: Snapshot, rules?: RuleSet) {
    this.partition = plan.partitions
    this.at = stored.at
    this.#rules = new RulesOfLog(plan, stored.entries.get(RULES_KEY), rules)
    this.#under = under(this.#rules.plan)
    this.#restore(stored)
  }

  /** Other rules hold: no further tick may be applied, the state must be made anew from its last commit. */
  get isDue(): boolean {
    return this.#rules.isDue
  }

  /** Takes in one tick of all partitions; a commit when it is newer than the last. */
  apply(tick: AlignedTick): Commit | null {
    if (tick.at <= this.at) return null
    const children = this.#adopted
    this.#adopted = []
    for (const { inForce } of tick.records) if (inForce) this.#follow(inForce, tick.at)
    for (const record of tick.records) {
      if (record.partition === this.partition) continue
      this.#mergePartials(record)
      this.#moveChildren(record, children)
    }
    return this.#close(tick.at, children)
  }

  #follow(told: RulesInForce, at: number): void {
    if (this.#rules.follow(told, at, this.at === 0)) this.#under = under(this.#rules.plan)
  }

  /** Rate: per tick, area above and touched pane. */
  #mergePartials(record: TickRecord): void {
    for (const { area, indicator, pane, fold } of record.partials) {
      const column = this.#under.plan.indicators.index.get(indicator)
      const track = this.#under.table.tracks[column ?? -1]
      if (column === undefined || track === undefined || area >= this.#under.plan.grid.size) continue
      const number = Math.floor(pane / track.shape.paneMs)
      // The partitions have refused what is beyond the bound; here it is only noted.
      track.admits(number)
      const series = this.#under.table.get(area, column) ?? this.#under.table.create(area, column, null)
      series.ring.merge(track.first, decodeFold(fold, track.shape, number))
      series.touch(number)
    }
  }

  /** Takes over the ranks that areas of the partition level have, and the rules in force, where the ticks that told of them are no longer held. */
  adopt(ranks: Iterable<readonly [area: number, rank: Rank]>, inForce: RulesInForce | null): void {
    if (inForce !== null) this.#rules.follow(inForce, this.at, false)
    for (const [area, rank] of ranks) this.#moveChild(area, rank, this.#adopted)
  }

  #moveChildren(record: TickRecord, entries: StateEntry[]): void {
    for (const { area, rank } of record.changes) this.#moveChild(area, rank, entries)
  }

  /** Rate: per change of an area of the partition level. The rank is kept here, because the change may be read twice. */
  #moveChild(area: number, rank: Rank, entries: StateEntry[]): void {
    const { depths, partitionLevel } = this.#under.plan.grid
    const from = this.#children.get(area) ?? UNKNOWN
    if (depths[area] !== partitionLevel || from === rank) return
    this.#children.set(area, rank)
    this.#under.evaluator.childMoved(area, from, rank)
    entries.push({ key: childKey(area), value: Uint8Array.of(rank) })
  }

  /** Counts, sources and occurrences stay empty: the partitions have told them. */
  #close(at: number, children: readonly StateEntry[]): Commit {
    const found = this.#under.evaluator.tick(at)
    const meta = {
      at,
      rules: this.#under.plan.rules.version,
      counts: noCounts(),
      refusedBy: {},
      newest: 0,
      forgotten: -1,
    }
    const { entries: rules } = this.#rules.close(at)
    const own = { key: META_KEY, value: encodeMeta(meta) }
    const entries = [...found.entries, ...children, ...rules, own]
    const record = encodeTickRecord({
      ...emptyTickRecord(this.partition, at),
      offset: at,
      changes: found.changes,
      readings: found.updates,
      ...(found.verdicts.length > 0 && { verdicts: found.verdicts }),
    })
    this.at = at
    return { offset: at, entries, record, at, levels: found.levels, readings: found.readings }
  }

  /** Children before the first tick, so that parents count them as before the stop. */
  #restore(stored: Snapshot): void {
    const meta = decodeMeta(stored.entries.get(META_KEY))
    if (!meta) return
    for (const track of this.#under.table.tracks) track.advance(meta.at)
    for (const [key, bytes] of stored.entries) {
      if (key.startsWith('a/')) this.#under.evaluator.levels.restore(areaOfKey(key), bytes)
      else if (key.startsWith('k/')) this.#restoreChild(areaOfKey(key), bytes[0] ?? UNKNOWN)
      else if (key.startsWith('s/')) this.#restoreSeries(key, bytes)
    }
    this.#under.evaluator.resume(meta.at, meta.rules !== this.#under.plan.rules.version)
  }

  #restoreChild(area: number, rank: Rank): void {
    this.#children.set(area, rank)
    this.#under.evaluator.levels.moveChild(area, UNKNOWN, rank)
  }

  #restoreSeries(key: string, bytes: Uint8Array): void {
    const [, area, code] = key.split('/')
    const column = this.#under.plan.indicators.index.get(code ?? '')
    const index = Number(area)
    if (column === undefined || !(index < this.#under.plan.grid.size)) return
    // No chain upwards: the partitions send a fold for each area above that watches.
    const series = this.#under.table.create(index, column, null)
    series.decode(bytes)
    for (const pane of series.ring.panes(series.track.first)) series.track.admits(pane)
  }
}
