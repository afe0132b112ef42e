import type { Logger } from 'pino'
import { rosterReader } from './adapters/roster.fetch.ts'
import { systemRandom } from './adapters/random.system.ts'
import type { Stores } from './app-stores.ts'
import type { ReadConfig } from './config.ts'
import type { AlertPolicy } from './core/alert-policy.ts'
import type { Plan } from './core/plan.ts'
import type { MetricSource } from './metrics-port.ts'
import type { Clock } from './ports.ts'
import { keepRosters, type RosterKeeper } from './roster-keeper.ts'

/** What rosters are read with. */
export interface RostersSetting {
  readonly read: ReadConfig
  readonly plan: Plan
  readonly policy: AlertPolicy
  readonly stores: Pick<Stores, 'log' | 'state'>
  readonly clock: Clock
  readonly log: Pick<Logger, 'warn'>
}

/** Rosters are read by the process that has the watch, and only for as long. */
export interface Rosters {
  /** The watch was taken over; `lost` aborts when it ends. */
  begin(lost: AbortSignal): void
  readonly metrics: MetricSource
  stop(): Promise<void>
}

/** Reads the rosters of the configuration whenever this process has the watch. */
export function openRosters({ read, plan, policy, stores, clock, log }: RostersSetting): Rosters {
  const { config, folder } = read
  const parts = { config, plan, people: policy.people, log: stores.log, state: stores.state, clock }
  const reader = rosterReader(folder)
  let keeper: RosterKeeper | null = null
  let failures = 0
  const stop = async (): Promise<void> => {
    const ending = keeper
    keeper = null
    failures += ending?.failures ?? 0
    await ending?.stop()
  }
  return {
    begin(lost) {
      void stop()
      keeper = keepRosters({
        ...parts,
        random: systemRandom(),
        read: reader,
        report: (sentence) => log.warn(sentence),
      })
      lost.addEventListener('abort', () => void stop(), { once: true })
    },
    metrics: () => [
      {
        name: 'roster_failures_total',
        help: 'Readings of rosters that failed',
        kind: 'counter',
        samples: [{ value: failures + (keeper?.failures ?? 0) }],
      },
    ],
    stop,
  }
}
