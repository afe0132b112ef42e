import type { RulesInForce } from './core/change.ts'
import type { Plan } from './core/plan.ts'
import { RuleBook } from './core/rule-book.ts'
import { planUnder, ruleSetOf } from './core/rule-set.ts'
import { keptRules, RULES_KEY } from './core/rules-of-log.ts'
import type { State } from './ports.ts'

/** A plan under the rules in force, with its rules by area, and how they came into force; null before the log told of any. */
export interface PlanNow {
  readonly plan: Plan
  readonly book: RuleBook
  readonly told: Omit<RulesInForce, 'book'> | null
}

/** The rules in force as the state has them: whatever tells of limits and windows asks here. One is held, made anew when they change. */
export class RulesNow {
  readonly #state: Pick<State, 'entry'>
  readonly #plan: Plan
  #bytes: Uint8Array | undefined
  #now: PlanNow

  constructor(state: Pick<State, 'entry'>, plan: Plan) {
    this.#state = state
    this.#plan = plan
    this.#now = { plan, book: new RuleBook(plan), told: null }
  }

  /** The plan under the rules in force; under the configuration's before the log has told of any. */
  async get(): Promise<PlanNow> {
    const bytes = await this.#state.entry(0, RULES_KEY)
    if (!isSame(bytes, this.#bytes)) {
      this.#bytes = bytes
      const { inForce } = keptRules(bytes) ?? { inForce: null }
      const plan = inForce === null ? this.#plan : planUnder(this.#plan, ruleSetOf(inForce.book))
      this.#now = { plan, book: new RuleBook(plan), told: inForce }
    }
    return this.#now
  }
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return Buffer.compare(a, b) === 0
}
