import { askEach } from './area-batches.ts'
import type { Ticks } from './core/align.ts'
import type { RuleVerdict } from './core/change.ts'
import type { AlignedTick, Snapshot } from './core/commit.ts'
import { oldestOf } from './core/errors.ts'
import { UNKNOWN } from './core/level.ts'
import type { Plan } from './core/plan.ts'
import { emptyTickRecord } from './core/record.ts'
import { keptRules, RULES_KEY } from './core/rules-of-log.ts'
import type { Score } from './core/score.ts'
import type { State } from './ports.ts'

/** Where the ticks are taken up. */
export interface Beginning {
  readonly base: Score
  /** Ticks between what the state holds and the first that comes are gone. */
  readonly isCut: boolean
}

/** What is asked about the past. */
export interface Past {
  readonly ticks: Pick<Ticks, 'newest' | 'begin'>
  readonly state: Pick<State, 'changes' | 'levelAt' | 'entry'>
  readonly plan: Plan
}

/** Whether the first ticks of the log are no longer held. */
async function isTrimmed(state: Past['state']): Promise<boolean> {
  const stop = new AbortController()
  try {
    for await (const ticks of state.changes(0, 0, stop.signal)) if (ticks.length > 0) break
    return false
  } catch (fault) {
    if (oldestOf(fault) === undefined) throw fault
    return true
  } finally {
    stop.abort()
  }
}

/**
 * Where the stage goes on: behind the last tick that it committed, or at the oldest still held. Before its first commit: with
 * the first tick of the log; where that is gone, as in a folder older than this stage, with the next tick, for nobody should be
 * called out to what was over long ago.
 */
export async function beginningOf({ ticks, state }: Past, stored: Snapshot): Promise<Beginning> {
  if (stored.at > 0) {
    const base = await ticks.begin(stored.at)
    return { base, isCut: base.at > stored.at }
  }
  const newest = await ticks.newest()
  const isCut = newest > 0 && (await isTrimmed(state))
  return { base: await ticks.begin(isCut ? newest : 0), isCut }
}

/** Areas and rules with a rank above 0 in the stage's state, by their keys (core/alert-record). */
const VERDICT_KEY = /^v\/(\d+)\/(.+)$/

/**
 * What rules say at tick `at`, as far as levels tell: the one that decides an area's level, and that none warns where the area is
 * calm. Of others that warn in the same area the last word known holds.
 */
async function knownVerdicts({ state, plan }: Past, stored: Snapshot, at: number): Promise<RuleVerdict[]> {
  const areas = Array.from({ length: plan.grid.size }, (_, area) => area)
  const lines = await askEach(areas, (area) => state.levelAt(area, at))
  const rules = new Set(plan.rules.rules.map(({ id }) => id))
  const isCalm = (area: number) => [undefined, 0, UNKNOWN].includes(lines[area]?.decision.rank)
  const over = [...stored.entries.keys()].flatMap((key): RuleVerdict[] => {
    const [, area = '', rule = ''] = VERDICT_KEY.exec(key) ?? []
    return rule === '' || !isCalm(Number(area))
      ? []
      : [{ area: Number(area), rule, rank: 0, value: null, limit: null }]
  })
  const warning = lines.flatMap((line): RuleVerdict[] => {
    if (line === undefined || isCalm(line.area) || !rules.has(line.decision.rule)) return []
    const { rule, rank, value, limit } = line.decision
    return [{ area: line.area, rule, rank, value, limit }]
  })
  return [...over, ...warning].sort((a, b) => a.area - b.area || (a.rule < b.rule ? -1 : 1))
}

/** The tick with what was in force before it told first, for a stage that has not heard how it came to be. */
export async function withKnown(past: Past, stored: Snapshot, tick: AlignedTick): Promise<AlignedTick> {
  const inForce = keptRules(await past.state.entry(0, RULES_KEY))?.inForce
  const known = {
    ...emptyTickRecord(0, tick.at),
    verdicts: await knownVerdicts(past, stored, tick.at - 1),
    ...(inForce && { inForce }),
  }
  return { ...tick, records: [known, ...tick.records] }
}
