import { ByteReader, type ByteWriter } from './bytes.ts'
import type { Decision, Reason } from './change.ts'
import type { Grid } from './grid.ts'
import { UNKNOWN, type Rank } from './level.ts'
import { REASONS } from './rule-cell.ts'
import type { ParentRule } from './rule.ts'

/** What an area was last said to be. */
export interface AreaLevel {
  rank: Rank
  /** Tick since which it holds the rank, ms. */
  since: number
  rule: string
  reason: Reason
  /** Value last told, in the indicator's unit. */
  value: number | null
}

/** State key of an area's level. */
export function levelKey(area: number): string {
  return `a/${area}`
}

/** State key of the rank of an area that another partition owns, held by the roll-up. */
export function childKey(area: number): string {
  return `k/${area}`
}

/** The key's area; for keys made by {@link levelKey} and {@link childKey}. */
export function areaOfKey(key: string): number {
  return Number(key.slice(2))
}

/** Reads an area's level back from the state. */
export function decodeLevel(bytes: Uint8Array): AreaLevel {
  const reader = new ByteReader(bytes)
  return {
    rank: reader.uint(),
    since: reader.uint(),
    reason: REASONS[reader.uint()] ?? 'no-source',
    value: reader.maybe(),
    rule: reader.text(),
  }
}

/** Levels of the areas of one partition, and how many children of each parent stand at which rank. */
export class LevelTable {
  readonly areas = new Map<number, AreaLevel>()
  /** By parent: children per known rank. Ranks fit in 15 columns (core/level). */
  readonly #children = new Map<number, Int32Array>()
  readonly #grid: Grid

  constructor(grid: Grid) {
    this.#grid = grid
  }

  /** A child's rank moved; answers its parent, -1 at the root. */
  moveChild(child: number, from: Rank, to: Rank): number {
    const parent = this.#grid.parents[child] ?? -1
    if (parent < 0) return -1
    let counts = this.#children.get(parent)
    if (!counts) this.#children.set(parent, (counts = new Int32Array(UNKNOWN)))
    if (from !== UNKNOWN) counts[from] = (counts[from] ?? 0) - 1
    if (to !== UNKNOWN) counts[to] = (counts[to] ?? 0) + 1
    return parent
  }

  /** What a parent rule says of an area; null while no child's level is known. `samples` counts the children at the rank or graver, `sources` those known. */
  parentDecision(area: number, rule: ParentRule): Decision | null {
    const counts = this.#children.get(area)
    const known = counts?.reduce((sum, count) => sum + count, 0) ?? 0
    if (!counts || known === 0) return null
    let atOrGraver = 0
    for (let rank = counts.length - 1; rank >= 0; rank--) {
      atOrGraver += counts[rank] ?? 0
      if (rank > 0 && !reached(rule, rank, atOrGraver, known)) continue
      const share = rule.kind === 'share'
      return {
        rank,
        reason: share ? 'share-of-children' : 'worst-child',
        rule: share ? 'share-of-children' : 'worst-child',
        indicator: '',
        fold: 'max',
        windowMs: 0,
        value: share ? atOrGraver / known : null,
        limit: share ? (rule.share[rank] ?? null) : null,
        samples: atOrGraver,
        sources: known,
      }
    }
    return null
  }

  /** Reads an area's level back from the state, and counts it for its parent. */
  restore(area: number, bytes: Uint8Array): void {
    const level = decodeLevel(bytes)
    this.areas.set(area, level)
    this.moveChild(area, UNKNOWN, level.rank)
  }
}

// No share is met by nobody, even a share of 0.
function reached(rule: ParentRule, rank: Rank, atOrGraver: number, known: number): boolean {
  if (atOrGraver === 0) return false
  if (rule.kind === 'worst') return true
  const share = rule.share[rank] ?? null
  return share !== null && atOrGraver / known >= share
}

/** Bytes of an area's level. */
export function encodeLevel(writer: ByteWriter, level: AreaLevel): Uint8Array {
  writer.uint(level.rank)
  writer.uint(level.since)
  writer.uint(REASONS.indexOf(level.reason))
  writer.maybe(level.value)
  writer.text(level.rule)
  return writer.take()
}
