import type { AlertPolicy } from './core/alert-policy.ts'
import { QingyuError } from './core/errors.ts'
import type { Plan } from './core/plan.ts'
import { Rehearsal } from './core/rehearsal.ts'
import { leastWarmMs, warmMs } from './core/rehearsal-warm.ts'
import type { RehearsalResult } from './core/replay-wire.ts'
import type { RulesText } from './core/rules-wire.ts'
import { rulesText } from './core/rule-text.ts'
import type { RuleSet } from './core/rule.ts'
import { fixedFault } from './core/rules-fixed.ts'
import { isoOf } from './core/time.ts'
import { readPlanDocument } from './plan-document.ts'
import type { Archive } from './ports.ts'
import { Reel } from './replay-reel.ts'

/** What a rehearsal is asked: the time that is compared, (from, to] in ms, and the other rules for a plan; RS-*. */
export interface RehearsalOrder {
  readonly from: number
  readonly to: number
  readonly rules: (plan: Plan) => RuleSet
}

/** What came of it. `was` and `would`: versions of the rules. */
export interface Rehearsed {
  readonly result: RehearsalResult
  readonly was: string
  readonly would: string
  readonly text: RulesText
  readonly plan: Plan
  /** Ticks compared, with those played before them. */
  readonly ticks: number
}

interface Judged {
  readonly plan: Plan
  readonly policy: AlertPolicy
}

/** Where a rehearsal may not go: RY-field, RY-future, AV-gap. */
export async function checkSpan(archive: Pick<Archive, 'spans'>, from: number, to: number): Promise<void> {
  if (!(from < to))
    throw new QingyuError('RY-field', {
      field: 'from',
      value: isoOf(from),
      expected: `a time before ${isoOf(to)}`,
    })
  const spans = await archive.spans()
  const newest = spans.at(-1)?.to ?? 0
  const held = spans.map((span) => `${isoOf(span.after)} to ${isoOf(span.to)}`).join(', ')
  if (spans.length > 0 && to > newest)
    throw new QingyuError('RY-future', { value: isoOf(to), newest: isoOf(newest) })
  if (!spans.some((span) => span.after < to && span.to > from))
    throw new QingyuError('AV-gap', { value: `${isoOf(from)} to ${isoOf(to)}`, held: held || 'nothing yet' })
}

/** Why a city under one plan cannot go on by another; '' where it can. */
function whyApart(plan: Plan, other: Plan, rules: RuleSet): string {
  const codes = ({ indicators }: Plan) => indicators.list.map(({ code }) => code).join()
  if (plan.grid.version !== other.grid.version) return `the grid is ${other.grid.version} from there on`
  if (plan.partitions !== other.partitions || plan.tickMs !== other.tickMs)
    return 'ticks or partitions are others'
  if (codes(plan) !== codes(other)) return 'other indicators are observed from there on'
  return fixedFault(other, rules)?.message ?? ''
}

/** One rehearsal over an archive. */
class Run {
  readonly #archive: Archive
  readonly #order: RehearsalOrder
  readonly #told: (share: number) => void
  readonly #plans = new Map<string, Judged>()
  #rehearsal: Rehearsal | null = null
  #rules: RuleSet | null = null
  #hash = ''
  /** Compared, or known to be missing, up to here, ms. */
  #reached: number
  #ticks = 0

  constructor(archive: Archive, order: RehearsalOrder, told: (share: number) => void) {
    this.#archive = archive
    this.#order = order
    this.#told = told
    this.#reached = order.from
  }

  async run(): Promise<Rehearsed> {
    const { from, to } = this.#order
    await checkSpan(this.#archive, from, to)
    for (let at: number | null = from + 1; at !== null && at <= to;) at = await this.#playLog(at)
    const [rehearsal, rules, first] = [this.#rehearsal, this.#rules, [...this.#plans.values()][0]]
    if (rehearsal === null || rules === null || first === undefined)
      throw new QingyuError('AV-gap', { value: isoOf(from), held: 'nothing that could be played' })
    rehearsal.end()
    rehearsal.gap(this.#reached, to)
    const { plan } = first
    return {
      result: rehearsal.result(),
      was: rehearsal.was,
      would: rules.version,
      text: rulesText(rules, plan.scheme),
      plan,
      ticks: this.#ticks,
    }
  }

  /** Plays what one log has of the time; the answer: where the next log begins, if one does. */
  async #playLog(at: number): Promise<number | null> {
    const reel = await Reel.open(this.#archive, at)
    try {
      const { plan, policy } = await this.#planOf(await reel.planAt(at))
      const rules = (this.#rules ??= this.#order.rules(plan))
      this.#rehearsal ??= new Rehearsal({ plan, policy, rules, from: this.#order.from, to: this.#order.to })
      const begin = await reel.cue({ at, warmMs: warmMs(plan, rules, policy) })
      await this.#begin(this.#rehearsal, begin, reel.from)
      await this.#play(reel, this.#rehearsal)
    } finally {
      await reel.close()
    }
    const spans = await this.#archive.spans()
    const next = spans.find(({ epoch, to }) => epoch !== reel.epoch && to > this.#reached)
    return next === undefined || next.after < reel.to ? null : next.after + 1
  }

  async #play(reel: Reel, rehearsal: Rehearsal): Promise<void> {
    const { to } = this.#order
    let pending: string | null = null
    for (let take = await reel.next(); take !== null; take = await reel.next()) {
      if (take.begin !== null) {
        if (this.#beginOf(take.begin.keyframe, reel.from) >= to) return
        await this.#begin(rehearsal, take.begin, reel.from)
      } else if (take.plan !== this.#hash) pending = take.plan
      for (const slice of take.slices) {
        if (slice.at > to) return
        if (pending !== null && (await this.#replan(rehearsal, pending))) pending = null
        rehearsal.play(slice)
        this.#ticks++
        this.#reached = Math.max(this.#reached, slice.at)
      }
      this.#tell(rehearsal.at)
    }
  }

  /** Compared is from where the windows of both sides are full; what lies before is a gap. */
  async #begin(
    rehearsal: Rehearsal,
    { keyframe, plan: hash }: { readonly keyframe: Parameters<Rehearsal['begin']>[0]; readonly plan: string },
    first: number,
  ): Promise<void> {
    const { plan, policy } = await this.#planOf(hash)
    rehearsal.end()
    rehearsal.replan(plan, policy)
    this.#hash = hash
    const from = Math.max(this.#reached, this.#beginOf(keyframe, first))
    rehearsal.gap(this.#reached, Math.min(from, this.#order.to))
    this.#reached = from
    rehearsal.begin(keyframe, from)
  }

  /** From when on what is played from a keyframe can be compared. */
  #beginOf(keyframe: Parameters<Rehearsal['begin']>[0], first: number): number {
    const plan = this.#plans.get(this.#hash)?.plan ?? [...this.#plans.values()][0]?.plan
    if (keyframe === null) return first - 1
    return keyframe.at + (plan && this.#rules ? leastWarmMs(plan, this.#rules) : 0)
  }

  async #replan(rehearsal: Rehearsal, hash: string): Promise<boolean> {
    const { plan, policy } = await this.#planOf(hash)
    if (!rehearsal.replan(plan, policy)) return false
    this.#hash = hash
    return true
  }

  /** RY-field where the city is another from there on. */
  async #planOf(hash: string): Promise<Judged> {
    const known = this.#plans.get(hash)
    if (known !== undefined) return known
    const { plan, policy } = readPlanDocument(await this.#archive.plan(hash))
    const first = [...this.#plans.values()][0]?.plan
    const why = first && this.#rules ? whyApart(first, plan, this.#rules) : ''
    if (why !== '')
      throw new QingyuError('RY-field', {
        field: 'to',
        value: isoOf(this.#order.to),
        expected: `at most ${isoOf(this.#reached)}: ${why}`,
      })
    // The grid of one plan is the grid of all: areas are compared by their numbers.
    const judged = { plan: first === undefined ? plan : { ...plan, grid: first.grid }, policy }
    this.#plans.set(hash, judged)
    return judged
  }

  #tell(at: number): void {
    const { from, to } = this.#order
    this.#told(Math.max(0, Math.min(1, (at - from) / (to - from))))
  }
}

/**
 * Rehearses other rules over what an archive holds: both sides are played at once, reading once. `told` hears how far it is, 0–1.
 * RS-*, RY-field, RY-future, AV-*.
 */
export function rehearse(
  archive: Archive,
  order: RehearsalOrder,
  told: (share: number) => void = () => undefined,
): Promise<Rehearsed> {
  return new Run(archive, order, told).run()
}
