import type { Behind, LevelsAnswer } from './api-schema.ts'
import type { Config } from './config-schema.ts'
import { QingyuError } from './core/errors.ts'
import type { Scope } from './core/layer.ts'
import { ownersOf } from './core/ownership.ts'
import type { Plan } from './core/plan.ts'
import { missingOf } from './core/summary.ts'
import { epochMs, isoOf, parseInstant } from './core/time.ts'
import type { Gateway } from './gateway-port.ts'
import type { PastLevels } from './past-port.ts'
import type { Clock, Log, State } from './ports.ts'

/** What questions about the city are answered from. */
export interface ApiParts {
  readonly config: Config
  readonly plan: Plan
  readonly gateway: Pick<Gateway, 'picture' | 'totals' | 'figures' | 'latency' | 'ready'>
  readonly state: Pick<State, 'entry' | 'levelAt' | 'levels' | 'readings' | 'offsetAt' | 'tick'>
  readonly log: Pick<Log, 'read' | 'start' | 'end' | 'epoch' | 'partitions'>
  readonly clock: Clock
  /** What the archive tells of times that the state does not keep; absent where none is read. */
  readonly past?: (wanted: PastLevels) => Promise<LevelsAnswer>
}

const encoder = new TextEncoder()

/** A time given as ISO 8601 with offset or as ms since 1970; GW-parameter otherwise. */
export function instantOf(field: string, value: string): number {
  const number = /^\d{1,16}$/.test(value) ? epochMs(Number(value)) : NaN
  if (!Number.isNaN(number)) return number
  // In a query a plus that nobody escaped arrives as a space.
  const bytes = encoder.encode(value.replace(/ (\d\d:?\d\d)$/, '+$1'))
  const ms = parseInstant(bytes, 0, bytes.length)
  if (Number.isNaN(ms))
    throw new QingyuError('GW-parameter', {
      field,
      value: value.slice(0, 60),
      expected: 'ISO 8601 with an offset, as 2026-11-22T08:00:00+08:00, or ms since 1970',
    })
  return ms
}

type Pictured = Pick<ApiParts, 'plan' | 'gateway'>

/** What of a scope is missing from the picture, as answers say it; nothing when all is there. */
export function behindIn({ plan, gateway }: Pictured, scope: Scope): { behind?: Behind } {
  const missing = missingOf(gateway.picture, scope, plan)
  if (missing.length === 0) return {}
  return {
    behind: missing.map(({ areas, at }) => ({
      areas: areas.map((area) => plan.grid.codes[area] ?? ''),
      since: at === 0 ? null : isoOf(at),
    })),
  }
}

/** The tick (ms) up to which an area is known: the picture's, or an older one while its partition is missing. */
export function tickOfArea({ plan, gateway }: Pictured, area: number): number {
  const { picture } = gateway
  const owner = ownersOf(plan)[area]
  return picture.behind.find(({ partition }) => partition === owner)?.at ?? picture.tick
}

/** A span of time as asked for; by default the day before `now`. GW-parameter when it ends before it begins. */
export function spanOf(
  query: { readonly from?: string; readonly to?: string },
  now: number,
): { from: number; to: number } {
  const to = query.to === undefined ? now : instantOf('to', query.to)
  const from = query.from === undefined ? to - 86_400_000 : instantOf('from', query.from)
  if (from > to)
    throw new QingyuError('GW-parameter', {
      field: 'from',
      value: query.from ?? '',
      expected: 'a time before to',
    })
  return { from, to }
}
