import type { Logger } from 'pino'
import { systemRandom } from './adapters/random.system.ts'
import { AlertFigures } from './alert-figures.ts'
import { startAlert, type AlertStage } from './alert.ts'
import type { Stores } from './app-stores.ts'
import type { Config } from './config-schema.ts'
import type { AlertPolicy } from './core/alert-policy.ts'
import { Alerting } from './core/alerting.ts'
import { render } from './core/letter-text.ts'
import type { Channel } from './core/notice.ts'
import type { Plan } from './core/plan.ts'
import type { MetricSource } from './metrics-port.ts'
import { startOutbox, type Outbox } from './outbox.ts'
import type { Clock, Notifier, Registry, Standing } from './ports.ts'

/** What the alert stage is started with. */
export interface AlertsSetting {
  readonly config: Config
  readonly plan: Plan
  readonly policy: AlertPolicy
  readonly stores: Stores
  /** Ways to people that were opened; closed with the stage. */
  readonly notifiers: readonly Notifier[]
  readonly clock: Clock
  readonly log: Logger
}

/** The alert stage of this process with its way to people. */
export interface Alerts {
  readonly standing: () => Promise<Standing>
  readonly metrics: readonly MetricSource[]
  readonly failed: Promise<never>
  /** Hands the watch over, then tells what became of what was on its way. */
  stop(): Promise<void>
}

/** Where somebody is reached, as the operator wrote it, or as their browsers asked. */
function addressesOf(config: Config, registry: Pick<Registry, 'list'>) {
  return async (person: string, channel: Channel): Promise<readonly string[]> => {
    const reach = config.people[person]?.reach
    if (channel === 'push') return (await registry.list('push', person)).map(({ value }) => value)
    if (channel === 'desk' || channel === 'cap') return []
    return [reach?.[channel] ?? ''].filter((place) => place !== '')
  }
}

function outboxOf({ config, plan, policy, stores, notifiers, clock, log }: AlertsSetting): Outbox {
  const { publicUrl } = config.channels
  return startOutbox({
    notifiers,
    people: policy.people,
    addresses: addressesOf(config, stores.registry),
    render: (notice, alerts, person) => ({
      ...render(notice, alerts, config.people[person.id]?.language ?? 'zh', plan, policy),
      link: publicUrl === '' ? '' : `${publicUrl.replace(/\/$/, '')}/desk#${notice.alerts[0] ?? ''}`,
    }),
    log: stores.log,
    state: stores.state,
    plan,
    newest: () => stores.ticks.newest(),
    clock,
    random: systemRandom(),
    report: (sentence) => log.warn(sentence),
  })
}

function stageOf(
  { plan, policy, stores, log }: AlertsSetting,
  outbox: Outbox,
  figures: AlertFigures,
): AlertStage {
  return startAlert({
    ticks: stores.ticks,
    state: stores.state,
    plan,
    ownership: stores.alertOwnership,
    watch: (stored) => new Alerting(plan, policy, stored),
    report: (sentence) => log.error(sentence),
    onActive: (stored, lost) => {
      figures.begin(stored, lost)
      outbox.begin(stored, lost)
    },
    committed: (record) => {
      figures.add(record)
      outbox.take(record)
    },
  })
}

/** Starts the alert stage; the ways to people are those of `notifiers`. */
export function startAlerts(setting: AlertsSetting): Alerts {
  const outbox = outboxOf(setting)
  const figures = new AlertFigures()
  const stage = stageOf(setting, outbox, figures)
  return {
    standing: () => stage.standing(),
    metrics: [figures.metrics(() => stage.reached), outbox.metrics],
    failed: stage.failed,
    async stop() {
      await stage.stop()
      await outbox.stop()
      await Promise.all(setting.notifiers.map((notifier) => notifier.close()))
    },
  }
}
