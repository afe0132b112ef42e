import Type from 'typebox'
import { closed, duration, flag, integer, text } from './config-kinds.ts'
import { Names, ScheduleSetting } from './config-meaning.ts'
import { CHANNELS } from './core/notice.ts'
import { ROLES } from './core/person.ts'

const limit = () => Type.Optional(duration(''))
/** How long each duty may take; what is not said is taken from the more general setting, 0s sets no limit. */
const DutySetting = {
  acknowledge: limit(),
  dispatch: limit(),
  handle: limit(),
  verify: limit(),
}
const byLevel = (description: string) =>
  Type.Record(Type.String(), Type.Object(DutySetting, closed), { default: {}, description })

/** The most particular counts: of the category and level, of the category, of the level, of all. */
const DeadlinesSetting = Type.Object(
  {
    acknowledge: duration('', '10m'),
    dispatch: duration('', '20m'),
    handle: duration('', '4h'),
    verify: duration('', '24h'),
    levels: byLevel('By level id'),
    categories: Type.Record(
      Type.String(),
      Type.Object({ ...DutySetting, levels: byLevel('By level id') }, closed),
      { default: {}, description: 'By category' },
    ),
  },
  {
    ...closed,
    default: {},
    description:
      'Time for each duty: acknowledge (10m), dispatch (20m), handle (4h), verify (24h); others below levels.<id> and categories.<id>; 0s: no limit',
  },
)

const MaintenanceSetting = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }),
    area: text('Code of the area, with all below it'),
    category: text('Only this category; empty: all', ''),
    schedule: ScheduleSetting,
  },
  closed,
)

const RoleDefault = Type.Object(
  {
    level: text('Least level; empty: alerts.level', ''),
    channels: Type.Array(
      Type.Unsafe<(typeof CHANNELS)[number]>(Type.Union(CHANNELS.map((name) => Type.Literal(name)))),
      { default: ['desk', 'push'] },
    ),
  },
  closed,
)

/** How areas become incidents, and incidents alerts that somebody must take. */
export const AlertsSetting = Type.Object(
  {
    level: text('Level from which areas become incidents; empty: the second warning level', ''),
    by: Type.Union([Type.Literal('category'), Type.Literal('rule')], {
      default: 'category',
      description: 'What an incident is one of',
    }),
    gap: integer('Areas so many areas apart still belong together; 0: they touch', 1, 0, 4),
    gapMetres: Type.Number({
      minimum: 0,
      maximum: 1000,
      default: 5,
      description: 'Areas at most so many metres apart touch',
    }),
    offDelay: duration('An incident without areas is over after so long', '2m'),
    deadlines: DeadlinesSetting,
    warnAfter: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.75,
      description: 'Share of a deadline after which a warning goes out',
    }),
    step: duration('Time to acknowledge before the next on the ladder is told', '5m'),
    repeat: duration('An alert that nobody acknowledged is told again after so long; 0s: never', '15m'),
    rate: integer('Notices to one person within alerts.digest; the rest come in one digest', 20, 1, 10_000),
    digest: duration('Time over which alerts.rate is counted', '10m'),
    reportIn: duration('Time for called departments to report in, where the whistle names none', '15m'),
    history: duration('Closed alerts are kept so long', '90d'),
    fallback: text('Person told when nobody is on duty up to the root; needed where there are people', ''),
    defaults: Type.Record(Type.String({ pattern: `^(${ROLES.join('|')})$` }), RoleDefault, {
      ...closed,
      default: { officer: {}, supervisor: {}, commander: {} },
      description: 'Role to least level and channels, for people without subscriptions; other roles get none',
    }),
    maintenance: Type.Array(MaintenanceSetting, {
      default: [],
      description:
        'Windows in which notices are kept back: name, area, category, schedule { days, from, to }',
    }),
    exercise: flag('Everything is a drill and marked so', false),
  },
  closed,
)

/** Somebody who signs in. `password` is made by `qingyu person`; without one nobody signs in, but for `demo` accounts of a demo on loopback. */
export const PersonSetting = Type.Object(
  {
    name: Names,
    role: Type.Unsafe<(typeof ROLES)[number]>({
      ...Type.Union(ROLES.map((name) => Type.Literal(name))),
      default: 'officer',
    }),
    area: text('Code of the area they answer for, with all below; empty: the whole city', ''),
    unit: text('Department, one of units; for the role vendor the vendor', ''),
    password: text('scrypt hash made by `qingyu person`; empty: no sign-in', ''),
    language: Type.Union([Type.Literal('zh'), Type.Literal('en')], { default: 'zh' }),
    reach: Type.Object(
      {
        mail: text('Address for the channel mail', ''),
        webhook: text('URL for the channel webhook', ''),
        mqtt: text('Topic below channels.mqttTopic for the channel mqtt', ''),
      },
      { ...closed, default: {} },
    ),
    demo: flag('Signs in without a password in a demo on loopback', false),
  },
  closed,
)

/** A list of shifts: where it is read and how often. */
export const RosterSetting = Type.Object(
  {
    file: text('iCalendar or YAML file, relative to the configuration', ''),
    url: text('Address of either; instead of file', ''),
    refresh: duration('Time between readings', '5m'),
    area: text('iCalendar: code of the area of all its events; empty: each names its own as LOCATION', ''),
  },
  closed,
)

/** Ways to people and to other systems beside the desk. */
export const ChannelsSetting = Type.Object(
  {
    publicUrl: text('Address of the desk as people reach it, for links; empty: no links', ''),
    webhookSecret: text('Key that webhooks are signed with; empty: no webhooks', ''),
    webhookPrivate: Type.Array(Type.String(), {
      default: [],
      description: 'Hosts in private networks that webhooks may go to',
    }),
    mailUrl: text('Mail server as smtp://user:password@host:587 or smtps://; empty: no mail', ''),
    mailFrom: text('Sender of mail, as Qingyu <alerts@city.example>', ''),
    pushSubject: text('Contact for push services, as mailto:duty@city.example; empty: no push', ''),
    mqttUrl: text('Broker for alerts, as mqtt://host:1883; empty: no channel mqtt', ''),
    mqttUsername: text('Account at that broker', ''),
    mqttPassword: text('Password at that broker', ''),
    mqttTopic: text('Beginning of the topics that alerts are published to', 'qingyu/v1/alerts'),
    capSender: text('Sender of CAP messages; no spaces, commas, < or & (CAP 1.2, 3.2.1)', 'qingyu'),
    capContact: text('Whom readers of CAP messages may ask; empty: nobody is named', ''),
    capRestriction: text(
      'For whom CAP messages are, as "city staff" (scope Restricted); empty: everybody (Public)',
      '',
    ),
    capExpires: duration('A CAP message that nothing replaces holds so long', '24h'),
    capFolder: text('Folder that CAP messages are also written to; empty: none', ''),
  },
  closed,
)
