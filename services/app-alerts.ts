import type { Logger } from 'pino'
import { systemRandom } from './adapters/random.system.ts'
import { AlertFigures } from './alert-figures.ts'
import { startAlert, type AlertStage } from './alert.ts'
import { addressesOf, openChannels, type Channels } from './app-channels.ts'
import { openRosters, type Rosters } from './app-rosters.ts'
import type { Stores } from './app-stores.ts'
import type { Config } from './config-schema.ts'
import type { ReadConfig } from './config.ts'
import type { AlertPolicy } from './core/alert-policy.ts'
import { Alerting } from './core/alerting.ts'
import { render } from './core/letter-text.ts'
import type { Plan } from './core/plan.ts'
import type { MetricSource } from './metrics-port.ts'
import { startOutbox, type Outbox } from './outbox.ts'
import type { Clock, Standing } from './ports.ts'
import { openPublisher, type RulePublisher } from './rule-publisher.ts'

/** What the alert stage is started with. */
export interface AlertsSetting {
  readonly config: Config
  readonly read: ReadConfig
  readonly plan: Plan
  readonly policy: AlertPolicy
  readonly stores: Stores
  readonly clock: Clock
  readonly program: string
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

function outboxOf(
  { config, plan, policy, stores, clock, log }: AlertsSetting,
  { notifiers }: Channels,
): Outbox {
  const { publicUrl } = config.channels
  return startOutbox({
    notifiers,
    people: policy.people,
    addresses: addressesOf(config, stores.registry),
    render: (notice, alerts, person) => ({
      ...render(notice, alerts, config.people[person.id]?.language ?? 'zh', plan, policy),
      link: publicUrl === '' ? '' : `${publicUrl.replace(/\/$/, '')}/desk?alert=${notice.alerts[0] ?? ''}`,
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
  { cap }: Channels,
  outbox: Outbox,
  figures: AlertFigures,
  rosters: Rosters,
  publisher: RulePublisher,
): AlertStage {
  return startAlert({
    ticks: stores.ticks,
    state: stores.state,
    plan,
    ownership: stores.alertOwnership,
    watch: (stored) => figures.watching(new Alerting(plan, policy, stored)),
    report: (sentence) => log.error(sentence),
    onActive: (stored, lost) => {
      figures.begin(stored, lost)
      rosters.begin(lost)
      outbox.begin(stored, lost)
      publisher.begin(stored, lost)
      cap?.begin(stored, lost)
    },
    committed: (record) => {
      figures.add(record)
      outbox.take(record)
      publisher.take(record)
      cap?.take(record)
    },
  })
}

/** Opens the ways out and starts the stage. */
export async function startAlerts(setting: AlertsSetting): Promise<Alerts> {
  const { stores, log } = setting
  const report = (sentence: string): void => log.warn(sentence)
  const channels = await openChannels({ ...setting, registry: stores.registry, report })
  const outbox = outboxOf(setting, channels)
  const figures = new AlertFigures()
  const rosters = openRosters(setting)
  const publisher = openPublisher({ ...setting, ...stores, tell: (sentence) => log.info(sentence), report })
  const stage = stageOf(setting, channels, outbox, figures, rosters, publisher)
  return {
    standing: () => stage.standing(),
    metrics: [figures.metrics(() => stage.reached), outbox.metrics, rosters.metrics],
    failed: stage.failed,
    async stop() {
      await rosters.stop()
      await stage.stop()
      await publisher.stop()
      await outbox.stop()
      await channels.close()
    },
  }
}
