import type { AlertRecord } from './core/alert-record.ts'
import type { Alert, AlertState } from './core/alert.ts'
import type { Alerting } from './core/alerting.ts'
import type { Snapshot } from './core/commit.ts'
import { jsonOf } from './core/json-entry.ts'
import type { MetricSource } from './metrics-port.ts'

const STATES: readonly AlertState[] = [
  'raised',
  'acknowledged',
  'dispatched',
  'handled',
  'verified',
  'closed',
]

/** Alerts, incidents and notices as the commits of this process tell of them; nothing while it stands by. Bound: open alerts. */
export class AlertFigures {
  readonly #open = new Map<string, AlertState>()
  readonly #living = new Set<string>()
  readonly #notices = new Map<string, number>()
  #overdue = new Set<string>()
  #isActive = false
  #watch: Pick<Alerting, 'waiting'> | null = null

  /** What finds incidents from now on, while this process is active; the same again. */
  watching<Watch extends Pick<Alerting, 'waiting'>>(watch: Watch): Watch {
    this.#watch = watch
    return watch
  }

  /** What this process takes over. */
  begin({ entries }: Snapshot, lost: AbortSignal): void {
    this.#clear()
    this.#isActive = true
    for (const [key, bytes] of entries) {
      if (key.startsWith('i/')) this.#living.add(key.slice(2))
      if (key.startsWith('a/')) this.#note(jsonOf<Alert>(bytes))
    }
    lost.addEventListener('abort', () => {
      this.#clear()
      this.#isActive = false
    })
  }

  add({ at, alerts, incidents, notices }: AlertRecord): void {
    for (const alert of alerts) this.#note(alert)
    for (const { id, state } of incidents)
      if (state === 'over' || state === 'merged') this.#living.delete(id)
      else this.#living.add(id)
    for (const { channel, state, at: made, settled } of notices)
      if (made === at || settled === at) {
        const key = `${channel} ${state}`
        this.#notices.set(key, (this.#notices.get(key) ?? 0) + 1)
      }
  }

  /** `reached`: newest tick applied, ms. */
  metrics(reached: () => number): MetricSource {
    return () => {
      const states = [...this.#open.values()]
      const count = (wanted: AlertState) => states.filter((state) => state === wanted).length
      return [
        {
          name: 'alert_active',
          help: 'Whether this process finds incidents and keeps alerts, 1, or stands by, 0',
          kind: 'gauge',
          samples: [{ value: this.#isActive ? 1 : 0 }],
        },
        {
          name: 'alert_tick_seconds',
          help: 'Newest tick that the alert stage of this process has applied, seconds since 1970; 0 while it stands by',
          kind: 'gauge',
          samples: [{ value: reached() / 1000 }],
        },
        {
          name: 'alerts_open',
          help: 'Alerts that are not closed, by state',
          kind: 'gauge',
          samples: STATES.slice(0, -1).map((state) => ({ value: count(state), labels: { state } })),
        },
        {
          name: 'alerts_overdue',
          help: 'Open alerts with a duty whose time ran out',
          kind: 'gauge',
          samples: [{ value: this.#overdue.size }],
        },
        {
          name: 'incidents_living',
          help: 'Incidents that are not over',
          kind: 'gauge',
          samples: [{ value: this.#living.size }],
        },
        {
          name: 'incident_areas_waiting',
          help: 'Areas that warn and belong to no incident because there are too many',
          kind: 'gauge',
          samples: [{ value: this.#isActive ? (this.#watch?.waiting ?? 0) : 0 }],
        },
        {
          name: 'notices_total',
          help: 'Notices by channel and by what became of them',
          kind: 'counter',
          samples: [...this.#notices].map(([key, value]) => {
            const [channel = '', state = ''] = key.split(' ')
            return { value, labels: { channel, state } }
          }),
        },
      ]
    }
  }

  #note({ id, state, deadlines }: Alert): void {
    if (state === 'closed') this.#open.delete(id)
    else this.#open.set(id, state)
    if (state !== 'closed' && deadlines.some(({ overdue }) => overdue)) this.#overdue.add(id)
    else this.#overdue.delete(id)
  }

  #clear(): void {
    this.#open.clear()
    this.#living.clear()
    this.#overdue.clear()
  }
}
