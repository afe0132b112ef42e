import type { Indicator } from './indicator.ts'
import type { Plan } from './plan.ts'
import type { ParentRule, Rule, RuleOverride, Terms } from './rule.ts'

/** A rule with what it needs of its indicator, resolved once per plan. */
export interface RuleUse {
  readonly rule: Rule
  readonly indicator: Indicator
  /** Column of the indicator. */
  readonly column: number
  readonly depth: number
}

/** The rules of a plan by depth of the area, by indicator, and per area with its overrides. */
export class RuleBook {
  readonly plan: Plan
  readonly #at: readonly (readonly RuleUse[])[]
  readonly #parents: readonly (ParentRule | null)[]

  constructor(plan: Plan) {
    this.plan = plan
    const depths = new Map(plan.grid.levels.map((level, depth) => [level.id, depth]))
    const uses = plan.rules.rules.flatMap((rule): RuleUse[] => {
      const column = plan.indicators.index.get(rule.indicator)
      const indicator = column === undefined ? undefined : plan.indicators.list[column]
      const depth = depths.get(rule.level)
      return indicator && column !== undefined && depth !== undefined
        ? [{ rule, indicator, column, depth }]
        : []
    })
    this.#at = plan.grid.levels.map((_, depth) => uses.filter((use) => use.depth === depth))
    this.#parents = plan.grid.levels.map(
      (level) => plan.rules.parents.find((parent) => parent.level === level.id) ?? null,
    )
  }

  /** Rules of areas at a depth, in the order of the configuration. */
  at(depth: number): readonly RuleUse[] {
    return this.#at[depth] ?? []
  }

  /** Rules of one indicator for areas at a depth. */
  // Rate: per series made, so a scan will do.
  of(depth: number, column: number): RuleUse[] {
    return this.at(depth).filter((use) => use.column === column)
  }

  watches(depth: number, column: number): boolean {
    return this.at(depth).some((use) => use.column === column)
  }

  parentRule(depth: number): ParentRule | null {
    return this.#parents[depth] ?? null
  }

  get uses(): readonly RuleUse[] {
    return this.#at.flat()
  }

  /** The rule's terms in an area: an override holds for its area and all below, the nearest one last. */
  terms({ rule }: RuleUse, area: number): Terms {
    const { limits, deadband, onDelayMs, offDelayMs } = rule
    let terms: Terms = { limits, deadband, onDelayMs, offDelayMs, off: false }
    if (rule.overrides.size === 0) return terms
    const { codes, parents } = this.plan.grid
    const found: RuleOverride[] = []
    for (let at = area; at >= 0; at = parents[at] ?? -1) {
      const override = rule.overrides.get(codes[at] ?? '')
      if (override) found.push(override)
    }
    for (const override of found.reverse()) terms = { ...terms, ...override }
    return terms
  }
}
