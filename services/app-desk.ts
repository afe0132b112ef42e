import { createAccounts } from './adapters/accounts.scrypt.ts'
import type { DeskDoor } from './adapters/http-desk.ts'
import { pushNotifier, vapidKeys } from './adapters/notifier.push.ts'
import { systemRandom } from './adapters/random.system.ts'
import { capSettingsOf, waysTo } from './app-channels.ts'
import type { Stores } from './app-stores.ts'
import type { Config } from './config-schema.ts'
import type { AlertPolicy } from './core/alert-policy.ts'
import type { Plan } from './core/plan.ts'
import { RosterBook } from './core/roster-book.ts'
import { standingSources, type StandingSource } from './core/surroundings.ts'
import { startDesk } from './desk.ts'
import { capMessages } from './formats/cap-chain.ts'
import type { Clock } from './ports.ts'
import { createSignIn } from './sign-in.ts'
import { simulatedCity } from './simulator-city.ts'

/** What the desk's server side is started with. */
export interface DeskSetting {
  readonly config: Config
  readonly plan: Plan
  readonly policy: AlertPolicy
  readonly stores: Pick<Stores, 'state' | 'log' | 'registry'>
  readonly clock: Clock
  /** Told once when the feed of the alert stage breaks. */
  readonly fail: (fault: unknown) => void
}

const LOOPBACK = /^(127\.|::1$|localhost$)/

/** Who needs no password: people marked so, in a demo that nobody else reaches. */
function demoPeople({ demo, http, people }: Config): ReadonlySet<string> {
  if (!demo.enabled || !LOOPBACK.test(http.host)) return new Set()
  return new Set(Object.keys(people).filter((id) => people[id]?.demo === true))
}

/** Where sources stand, for who looks around an alert; those of the demo's simulator, too. */
function standing(config: Config, { registrations, grid }: Plan): readonly StandingSource[] {
  const registered = standingSources(registrations, grid)
  if (!config.demo.enabled) return registered
  const simulated = simulatedCity(grid, config.demo.seed).sources.map(
    ({ kind, vendor, source, lon, lat }): StandingSource => ({
      source: `${vendor}/${source}`,
      kind: kind === 'camera' ? 'camera' : 'sensor',
      lon,
      lat,
    }),
  )
  return [...registered, ...simulated]
}

/** What browsers subscribe to pushes with, and what is wrong with a subscription; null where the operator turned Web Push off. */
async function pushOf({ config, stores, clock }: DeskSetting): Promise<DeskDoor['push']> {
  const { pushSubject: subject, webhookPrivate } = config.channels
  if (subject === '') return null
  const keys = await vapidKeys(stores.registry, clock)
  const reach = { permitted: webhookPrivate }
  // Nothing is sent from here: it only knows what a subscription looks like.
  const notifier = pushNotifier({ keys, subject, reach, clock, gone: () => undefined })
  return { key: keys.publicKey, notifier }
}

/** Starts the desk's server side: it follows the alert stage, lets people in, and takes what they do into the log. */
export async function openDesk(setting: DeskSetting): Promise<DeskDoor> {
  const { config, plan, policy, stores, clock, fail } = setting
  const { state, log, registry } = stores
  const random = systemRandom()
  const push = await pushOf(setting)
  const hashes = new Map(Object.entries(config.people).map(([id, { password }]) => [id, password]))
  const accounts = createAccounts(config.people)
  const duty = (entries: ReadonlyMap<string, Uint8Array>) => {
    const book = new RosterBook(plan, policy)
    book.restore(entries)
    return book
  }
  const desk = startDesk({ state, log, plan, policy, clock, random, duty, report: fail })
  const signIn = createSignIn({
    registry,
    people: policy.people,
    hashes,
    verify: (person, password) => accounts.verify(person, password),
    demo: demoPeople(config),
    clock,
    random,
    record: (by, deed) => desk.record(by, deed),
  })
  const { sender } = capSettingsOf(config)
  return {
    desk,
    signIn,
    registry,
    policy,
    standing: () => standing(config, plan),
    capOf: (alert) => {
      const identifier = capMessages(alert, plan, sender).at(-1)?.identifier
      return identifier === undefined ? '' : `/cap/v1/alerts/${identifier}.xml`
    },
    push,
    waysTo: (person) => waysTo(config, person),
    secure: config.channels.publicUrl.startsWith('https:'),
  }
}
