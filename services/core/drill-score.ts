import type { AuditLine } from './alert-record.ts'
import type { Limits } from './alert-policy.ts'
import type { Alert, Entry } from './alert.ts'
import { csvOf, type Cell } from './csv.ts'
import type { Rank } from './level.ts'
import type { DrillScore } from './replay-wire.ts'
import { isoOf } from './time.ts'

/** What a drill came to so far. Times are ms of the drill. */
export interface DrillFacts {
  readonly isOver: boolean
  readonly from: number
  readonly at: number
  readonly hastened: number
  /** Who takes part, by id. */
  readonly people: readonly string[]
  /** Open and closed, as they stand in the drill. */
  readonly alerts: readonly Alert[]
  readonly audit: readonly AuditLine[]
  /** By id: the alert of the same incident as it stands in the archive. */
  readonly life: ReadonlyMap<string, Alert>
  readonly limits: (category: string, rank: Rank) => Limits
}

type ScoredAlert = DrillScore['alerts'][number]
type Step = ScoredAlert['steps'][number]

const DUTIES = ['acknowledge', 'dispatch', 'handle', 'verify'] as const

/** The first time that somebody did it: what was done again after a reopening is another matter. */
function firstOf(alert: Alert | undefined, duty: Entry['what']): Entry | undefined {
  return alert?.record.find(({ what }) => what === duty)
}

function stepOf(alert: Alert, duty: Step['duty'], { limits, life }: DrillFacts): Step {
  const first = firstOf(alert, duty)
  const limit = limits(alert.category, alert.rank > 0 ? alert.rank : alert.peak)[duty]
  const lived = life.get(alert.id)
  const then = firstOf(lived, duty)
  const missed = alert.missed.includes(duty)
  return {
    duty,
    took: first === undefined ? null : first.at - alert.raised,
    limit: limit === 0 ? null : limit,
    by: first?.person ?? '',
    life: then === undefined || lived === undefined ? null : then.at - lived.raised,
    // What has no limit, or still has time, is neither.
    inTime: missed ? false : first === undefined || limit === 0 ? null : true,
  }
}

function scored(alert: Alert, facts: DrillFacts): ScoredAlert {
  const { id, number, headline, rank, peak, raised, state } = alert
  return {
    id,
    number,
    headline,
    rank: Math.max(rank, peak),
    raised,
    state,
    steps: DUTIES.map((duty) => stepOf(alert, duty, facts)),
  }
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low, high] = [sorted[middle - 1], sorted[middle]]
  if (high === undefined) return null
  return sorted.length % 2 === 1 || low === undefined ? high : (low + high) / 2
}

/**
 * How people did in a drill: how long each duty took, against its limit and against how long it took when it happened. Alerts that
 * nobody was called to, and what the program closed by itself at the beginning, are left out.
 */
export function drillScore(facts: DrillFacts): DrillScore {
  const { isOver, from, at, hastened, people, audit } = facts
  const called = facts.alerts.filter(({ closed, raised }) => closed === null || closed > raised)
  const alerts = called
    .toSorted((a, b) => a.raised - b.raised || (a.id < b.id ? -1 : 1))
    .map((alert) => scored(alert, facts))
  const steps = alerts.flatMap((alert) => alert.steps)
  const judged = steps.filter(({ inTime }) => inTime !== null)
  const late = judged.filter(({ inTime }) => inTime === false).length
  return {
    state: isOver ? 'over' : 'running',
    from,
    at,
    hastened,
    alerts,
    people: people.map((person) => {
      const own = audit.filter((line) => line.person === person)
      const refused = own.filter(({ code }) => code !== null).length
      const taken = steps.filter(({ duty, by }) => duty === 'acknowledge' && by === person)
      const acknowledge = median(taken.flatMap(({ took }) => took ?? []))
      return { person, acts: own.length - refused, refused, acknowledge }
    }),
    inTime: judged.length === 0 ? null : (judged.length - late) / judged.length,
    overdue: late,
  }
}

const seconds = (ms: number | null): number | null => (ms === null ? null : Math.round(ms / 1000))

/** The duties of a score as one flat table, a line a duty. */
export function scoreCsv({ alerts }: DrillScore): string {
  const head = ['alert', 'number', 'headline', 'rank', 'raised', 'duty', 'person', 'took_s', 'limit_s']
  const lines = alerts.flatMap(({ id, number, headline, rank, raised, steps }) =>
    steps.map(({ duty, by, took, limit, life, inTime }): readonly Cell[] => [
      id,
      number,
      headline,
      rank,
      isoOf(raised),
      duty,
      by,
      seconds(took),
      seconds(limit),
      seconds(life),
      inTime === null ? null : inTime ? 'yes' : 'no',
    ]),
  )
  return csvOf([[...head, 'life_s', 'in_time'], ...lines])
}
