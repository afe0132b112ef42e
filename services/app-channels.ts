import { CapFolder } from './adapters/cap-folder.ts'
import { mailNotifier } from './adapters/notifier.mail.ts'
import { mqttNotifier } from './adapters/notifier.mqtt.ts'
import { pushNotifier, vapidKeys } from './adapters/notifier.push.ts'
import { webhookNotifier } from './adapters/notifier.webhook.ts'
import type { Config } from './config-schema.ts'
import type { AlertPolicy } from './core/alert-policy.ts'
import { sentenceOf } from './core/errors.ts'
import { CHANNELS, type Channel } from './core/notice.ts'
import type { Plan } from './core/plan.ts'
import type { CapSettings } from './formats/cap.ts'
import type { Clock, Notifier, Registry } from './ports.ts'

/** What ways out are opened with. */
export interface ChannelParts {
  readonly config: Config
  readonly plan: Plan
  readonly policy: AlertPolicy
  readonly registry: Registry
  readonly clock: Clock
  readonly program: string
  /** Hears, in one sentence, what an operator should look at. */
  readonly report: (sentence: string) => void
}

/** Ways out of the alert stage: to people, and to systems that watch a folder. */
export interface Channels {
  readonly notifiers: readonly Notifier[]
  readonly cap: CapFolder | null
  close(): Promise<void>
}

/** Where somebody is reached, as the operator wrote it, or as their browsers asked. */
export function addressesOf(config: Config, registry: Pick<Registry, 'list'>) {
  return async (person: string, channel: Channel): Promise<readonly string[]> => {
    const reach = config.people[person]?.reach
    if (channel === 'push') return (await registry.list('push', person)).map(({ value }) => value)
    if (channel === 'desk' || channel === 'cap') return []
    return [reach?.[channel] ?? ''].filter((place) => place !== '')
  }
}

/** Ways on which somebody can be told as the configuration stands; push once a browser of theirs asks for it. */
export function waysTo({ channels: ways, people }: Config, person: string): readonly Channel[] {
  const { webhook = '', mail = '', mqtt = '' } = people[person]?.reach ?? {}
  const open: Readonly<Record<Channel, boolean>> = {
    desk: true,
    webhook: ways.webhookSecret !== '' && webhook !== '',
    mail: ways.mailUrl !== '' && mail !== '',
    push: ways.pushSubject !== '',
    mqtt: ways.mqttUrl !== '' && mqtt !== '',
    cap: false,
  }
  return CHANNELS.filter((channel) => open[channel])
}

/** How CAP messages are signed and for whom they are. */
export function capSettingsOf({ channels }: Pick<Config, 'channels'>): CapSettings {
  const { capSender, capContact, capRestriction, capExpires } = channels
  return { sender: capSender, contact: capContact, restriction: capRestriction, expiresMs: capExpires }
}

const NO_CHANNELS: Channels = { notifiers: [], cap: null, close: () => Promise.resolve() }

/**
 * Opens the ways that the configuration names; none needs its other side to be there yet. With the data's own clock what
 * happens is long past: nobody is called out to that.
 */
export async function openChannels(parts: ChannelParts): Promise<Channels> {
  const { config, plan, policy, clock, report } = parts
  if (config.clock.source === 'data') return NO_CHANNELS
  const folder = config.channels.capFolder
  const settings = capSettingsOf(config)
  const cap = folder === '' ? null : new CapFolder({ folder, settings, plan, policy, clock, report })
  const notifiers = await notifiersOf(parts)
  return {
    notifiers,
    cap,
    async close() {
      await cap?.stop()
      await Promise.all(notifiers.map((notifier) => notifier.close()))
    },
  }
}

async function notifiersOf(parts: ChannelParts): Promise<readonly Notifier[]> {
  const { plan, registry, clock, program } = parts
  const { channels } = parts.config
  const reach = { permitted: channels.webhookPrivate }
  const notifiers: Notifier[] = []
  if (channels.webhookSecret !== '')
    notifiers.push(webhookNotifier({ secret: channels.webhookSecret, reach, plan, clock, program }))
  if (channels.mailUrl !== '')
    notifiers.push(mailNotifier({ url: channels.mailUrl, from: channels.mailFrom }))
  if (channels.pushSubject !== '')
    notifiers.push(
      pushNotifier({
        keys: await vapidKeys(registry, clock),
        subject: channels.pushSubject,
        reach,
        clock,
        gone: (person, to) => void forget(parts, person, to),
      }),
    )
  if (channels.mqttUrl !== '')
    notifiers.push(
      mqttNotifier({
        url: channels.mqttUrl,
        username: channels.mqttUsername,
        password: channels.mqttPassword,
        prefix: channels.mqttTopic,
        plan,
      }),
    )
  return notifiers
}

/** Drops a subscription that its browser has given up. */
async function forget({ registry, report }: ChannelParts, person: string, to: string): Promise<void> {
  try {
    for (const { key, value } of await registry.list('push', person))
      if (value === to) await registry.drop('push', key)
  } catch (error) {
    // It is told as gone again at the next notice.
    report(`A push subscription of ${person} stays: ${sentenceOf(error)}`)
  }
}
