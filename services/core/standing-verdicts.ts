import { ByteReader, ByteWriter } from './bytes.ts'
import type { RuleVerdict } from './change.ts'
import type { StateEntry } from './commit.ts'
import type { Rank } from './level.ts'

/** Beginning of the state's keys of verdicts that stand. */
const PREFIX = 'v/'

/** State key of a rule that warns in an area. */
function verdictKey(area: number, rule: string): string {
  return `${PREFIX}${area}/${rule}`
}

/** Verdicts with a rank above 0, by area and rule, as told last; values move on with {@link StandingVerdicts.measure}. Bound: areas × rules of the plan. */
export class StandingVerdicts {
  readonly #areas = new Map<number, Map<string, RuleVerdict>>()
  readonly #writer = new ByteWriter()

  /** Takes in what was told; its entry of the state. */
  hear(verdict: RuleVerdict): StateEntry {
    const { area, rule, rank } = verdict
    if (rank > 0) return this.#put(verdict)
    const rules = this.#areas.get(area)
    rules?.delete(rule)
    if (rules?.size === 0) this.#areas.delete(area)
    return { key: verdictKey(area, rule), value: null }
  }

  /** The value behind a verdict moved; its entry of the state, null where none stands. */
  measure(area: number, rule: string, value: number): StateEntry | null {
    const verdict = this.find(area, rule)
    return verdict === undefined ? null : this.#put({ ...verdict, value })
  }

  find(area: number, rule: string): RuleVerdict | undefined {
    return this.#areas.get(area)?.get(rule)
  }

  /** Reads an entry back; false when it is another's or of a rule or area that `known` says is gone. */
  restore(key: string, bytes: Uint8Array, known: (area: number, rule: string) => boolean): boolean {
    const slash = key.indexOf('/', PREFIX.length)
    const [area, rule] = [Number(key.slice(PREFIX.length, slash)), key.slice(slash + 1)]
    if (!known(area, rule)) return false
    const reader = new ByteReader(bytes)
    this.#set({ area, rule, rank: reader.uint(), value: reader.maybe(), limit: reader.maybe() })
    return true
  }

  /** Every area in which a rule warns, ascending. */
  areas(): number[] {
    return [...this.#areas.keys()].sort((a, b) => a - b)
  }

  rules(area: number): Iterable<string> {
    return this.#areas.get(area)?.keys() ?? []
  }

  /** Gravest of the rules that `counts` in an area, the first by id of equals; null where none warns. */
  worst(area: number, counts: (rule: string) => boolean): RuleVerdict | null {
    let worst: RuleVerdict | null = null
    for (const verdict of this.#areas.get(area)?.values() ?? []) {
      if (!counts(verdict.rule)) continue
      if (worst === null || graver(verdict, worst)) worst = verdict
    }
    return worst
  }

  #put(verdict: RuleVerdict): StateEntry {
    const { area, rule, rank, value, limit } = verdict
    this.#set(verdict)
    this.#writer.uint(rank)
    this.#writer.maybe(value)
    this.#writer.maybe(limit)
    return { key: verdictKey(area, rule), value: this.#writer.take() }
  }

  #set(verdict: RuleVerdict): void {
    let rules = this.#areas.get(verdict.area)
    if (!rules) this.#areas.set(verdict.area, (rules = new Map<string, RuleVerdict>()))
    rules.set(verdict.rule, verdict)
  }
}

function graver(a: { rank: Rank; rule: string }, b: { rank: Rank; rule: string }): boolean {
  return a.rank > b.rank || (a.rank === b.rank && a.rule < b.rule)
}
