import type { RulesInForce } from './change.ts'
import type { StateEntry } from './commit.ts'
import { jsonEntry, jsonOf } from './json-entry.ts'
import type { Plan } from './plan.ts'
import type { InForce } from './record.ts'
import type { RuleSet } from './rule.ts'
import { planUnder, ruleSetOf, type PlainRules } from './rule-set.ts'

/** State key of the rules that the log has put into force in a partition or the roll-up. */
export const RULES_KEY = 'r'

/** Rules that wait for their tick. */
interface Pending {
  readonly from: number
  readonly by?: string
  readonly why?: string
  readonly book: PlainRules
}

/** What stands under {@link RULES_KEY}. */
export interface KeptRules {
  /** Version that the configuration file said last: as long as it says the same, what was published stays. */
  readonly file: string
  /** Time from which what was published last was wanted, ms: what was published before that and comes late counts no more. */
  readonly published: number
  readonly inForce: RulesInForce | null
  readonly pending: Pending | null
}

/** Reads {@link KeptRules}; null where the log has not told of rules yet. */
export function keptRules(bytes: Uint8Array | undefined): KeptRules | null {
  return bytes === undefined ? null : jsonOf<KeptRules>(bytes)
}

/**
 * Which rules a partition or the roll-up judges by, as a function of its log. A record that says them is taken up at the first tick
 * from its time on: that tick is still judged by the old ones, its commit holds the change, and whoever drives the partition makes
 * it anew from that commit. Of several that wait, the one said last counts.
 */
export class RulesOfLog {
  /** The plan under the rules to judge by. */
  plan: Plan
  /** Other rules hold after the last tick: the partition must be made anew from its state. */
  isDue = false
  readonly #isFixed: boolean
  #file: string
  #published: number
  #inForce: RulesInForce | null
  #pending: Pending | null
  /** For the next tick record. */
  #told: RulesInForce | null = null
  #changed = false

  /** `instead`: rules to judge by whatever the log says. */
  constructor(plan: Plan, stored: Uint8Array | undefined, instead?: RuleSet) {
    const kept = keptRules(stored)
    this.#isFixed = instead !== undefined
    this.#file = kept?.file ?? ''
    this.#published = kept?.published ?? 0
    this.#inForce = kept?.inForce ?? null
    this.#pending = kept?.pending ?? null
    const rules = instead ?? (this.#inForce && ruleSetOf(this.#inForce.book))
    this.plan = rules === null ? plan : planUnder(plan, rules)
  }

  /**
   * Takes what a record of the log says, `at` being the last tick. True when they hold from the beginning: a partition that has
   * nothing yet begins under {@link plan}.
   */
  hear({ book, from, by, why }: InForce, at: number, isEmpty: boolean): boolean {
    if (this.#isFixed || book === undefined) return false
    if (by === undefined) {
      if (book.version === this.#file) return false
      this.#file = book.version
    } else {
      if (from === undefined || from <= this.#published) return false
      this.#published = from
    }
    this.#changed = true
    this.#pending = null
    const said = { ...(by !== undefined && { by }), ...(why !== undefined && { why }), book }
    const isFirst = this.#inForce === null
    if (book.version !== (this.#inForce?.rules ?? this.plan.rules.version)) {
      if (isFirst && isEmpty) return this.#begin({ rules: book.version, after: 0, ...said })
      this.#pending = { from: from ?? 0, ...said }
    } else if (isFirst) this.#told = this.#inForce = { rules: book.version, after: at, ...said }
    return false
  }

  /** As {@link hear}, for the roll-up: it learns of rules from the record of tick `at` of partition 0. */
  follow(told: RulesInForce, at: number, isEmpty: boolean): boolean {
    if (this.#isFixed) return false
    const isOther = told.rules !== (this.#inForce?.rules ?? this.plan.rules.version)
    this.#changed = true
    if (isOther && isEmpty && told.after < at) return this.#begin(told)
    this.#inForce = told
    this.isDue ||= isOther
    return false
  }

  /** What tick `at` writes and tells. */
  close(at: number): { readonly entries: readonly StateEntry[]; readonly told: RulesInForce | null } {
    const pending = this.#pending
    // A tick tells of one change only: what a log begins with must reach the roll-up, too.
    if (pending !== null && this.#told === null && at >= pending.from) {
      const { from: _, ...said } = pending
      this.#pending = null
      this.#told = this.#inForce = { rules: pending.book.version, after: at, ...said }
      this.#changed = true
      this.isDue = true
    }
    if (!this.#changed) return { entries: [], told: null }
    const kept: KeptRules = {
      file: this.#file,
      published: this.#published,
      inForce: this.#inForce,
      pending: this.#pending,
    }
    const told = this.#told
    this.#told = null
    this.#changed = false
    return { entries: [jsonEntry(RULES_KEY, kept)], told }
  }

  #begin(told: RulesInForce): true {
    this.#told = this.#inForce = told
    this.plan = planUnder(this.plan, ruleSetOf(told.book))
    return true
  }
}
