import Type, { type Static } from 'typebox'

const text = (description: string, maxLength = 64) => Type.String({ description, maxLength })
const name = (description: string, maxLength = 64) => Type.String({ description, minLength: 1, maxLength })
const optional = (description: string) => Type.Optional(text(description))
const most = (preset: number, maximum: number) =>
  Type.Integer({ minimum: 1, maximum, default: preset, description: 'Rows at most' })
const flag = (description: string) => Type.Boolean({ default: false, description })
const comment = Type.Optional(text('Why; what looks like a telephone or identity number is cut', 500))
const instant = (description: string) =>
  Type.Optional(Type.String({ description: `${description}; ISO 8601 with offset, or ms`, maxLength: 40 }))
const ms = (description: string) => Type.Integer({ description: `${description}, ms since 1970` })

/** `POST /api/v1/session` */
export const SessionBody = Type.Object(
  {
    person: name('Id of the person'),
    password: Type.String({ maxLength: 256, default: '', description: 'Empty: a demo account' }),
  },
  { additionalProperties: false },
)
export type SessionBody = Static<typeof SessionBody>

export const IdParams = Type.Object({ id: name('Id') })
export type IdParams = Static<typeof IdParams>

/** `POST /api/v1/tokens` */
export const TokenBody = Type.Object(
  {
    name: Type.String({ pattern: '^[\\p{L}\\p{N} ._-]{1,64}$', description: 'What it is for' }),
    days: Type.Integer({ minimum: 1, maximum: 366, default: 90, description: 'How long it holds' }),
    readOnly: flag('With the rights of a viewer'),
  },
  { additionalProperties: false },
)
export type TokenBody = Static<typeof TokenBody>

/** `GET /api/v1/alerts` */
export const AlertsQuery = Type.Object({
  area: optional('Code of a subtree; default all that I may see'),
  state: Type.Optional(
    text('States, comma-separated: raised, acknowledged, dispatched, handled, verified, closed', 80),
  ),
  category: optional('Category'),
  least: Type.Integer({ minimum: 0, maximum: 15, default: 0, description: 'Least rank' }),
  mine: flag('Only those I am on duty for, sent to or called to'),
  closed: flag('Closed ones of the last 7 days, too'),
  limit: most(200, 1_000),
})
export type AlertsQuery = Static<typeof AlertsQuery>

export const VerbParams = Type.Object({
  id: name('Id of the alert'),
  verb: name('What is done, as acknowledge', 40),
})
export type VerbParams = Static<typeof VerbParams>

/** `POST /api/v1/alerts/{id}/{verb}` */
export const ActBody = Type.Object({
  comment,
  unit: optional('dispatch: unit sent; report-in: unit that is here, default my own'),
  person: optional('dispatch: person sent'),
  until: Type.Optional(ms('shelve: put aside until')),
  units: Type.Optional(Type.Array(name('Unit'), { maxItems: 20, description: 'whistle: units called' })),
  by: Type.Optional(ms('whistle: when they must be there; default the time of the policy')),
})

/** `POST /api/v1/alerts` */
export const RaiseBody = Type.Object({
  areas: Type.Array(name('Code of an area'), { maxItems: 500 }),
  category: name('Category'),
  rank: Type.Integer({ minimum: 1, maximum: 14, description: 'Rank in the scheme' }),
  headline: name('What it is', 200),
  exercise: Type.Optional(Type.Boolean({ description: 'A drill' })),
})

/** `POST /api/v1/silences` */
export const SilenceBody = Type.Object({
  reason: name('Why', 500),
  from: Type.Optional(ms('Begin; default now')),
  until: ms('End'),
  area: optional('Code of a subtree'),
  ring: Type.Optional(
    Type.Array(Type.Array(Type.Number()), {
      maxItems: 200,
      description: 'Or drawn: closed ring of lon, lat',
    }),
  ),
  category: optional('Only this category'),
  most: Type.Optional(
    Type.Integer({ description: 'Graver alerts come through; default all but the gravest' }),
  ),
})

export const CommentQuery = Type.Object({ comment })
export type CommentQuery = Static<typeof CommentQuery>

/** `POST /api/v1/subscriptions` */
export const SubscriptionBody = Type.Object({
  area: optional('Code of a subtree; default my own'),
  rank: Type.Integer({ description: 'Least rank' }),
  category: optional('Only this category'),
  schedule: Type.Optional(
    Type.Unsafe<object | null>({
      type: ['object', 'null'],
      description: 'When: days (0 Sunday), from and to in minutes after midnight, zone; null: always',
    }),
  ),
  channels: Type.Array(name('desk, webhook, mail, push, mqtt'), { maxItems: 10 }),
})

/** `GET /api/v1/incidents` */
export const IncidentsQuery = Type.Object({
  format: Type.Union([Type.Literal('json'), Type.Literal('geojson')], { default: 'json' }),
})
export type IncidentsQuery = Static<typeof IncidentsQuery>

/** `GET /api/v1/roster` */
export const RosterQuery = Type.Object({ area: optional('Code; default my own'), at: instant('Default now') })
export type RosterQuery = Static<typeof RosterQuery>

/** `POST /api/v1/roster/covers` */
export const CoverBody = Type.Object({
  area: name('Code of the area'),
  person: name('Who takes over'),
  instead: optional('Instead of whom; empty: of everybody'),
  from: ms('Begin'),
  to: ms('End'),
  comment,
})

/** `GET /api/v1/handovers` */
export const HandoversQuery = Type.Object({ area: optional('Code of a subtree'), limit: most(50, 500) })
export type HandoversQuery = Static<typeof HandoversQuery>
export const HandoverBody = Type.Object({
  area: name('Code of the area'),
  text: name('What the next shift must know', 500),
})

/** `GET /api/v1/audit` */
export const AuditQuery = Type.Object({
  from: instant('Default a day before the end'),
  to: instant('Default now'),
  person: optional('Only this person'),
  verb: optional('Only this deed'),
  subject: optional('Only about this alert, silence, subscription, roster or area'),
  limit: most(200, 1_000),
})
export type AuditQuery = Static<typeof AuditQuery>

/** `GET /api/v1/alerts/{id}/surroundings` */
export const SurroundingsQuery = Type.Object({
  radius: Type.Integer({ minimum: 50, maximum: 5_000, default: 500, description: 'Metres' }),
})
export type SurroundingsQuery = Static<typeof SurroundingsQuery>

/** `POST /api/v1/push`: what the browser's PushManager gave (RFC 8030, 8291). */
export const PushBody = Type.Object({
  endpoint: name('Address at the push service', 1_000),
  keys: Type.Object({ p256dh: name('Key of the browser', 120), auth: name('Its secret', 60) }),
})
export type PushBody = Static<typeof PushBody>
export const EndpointBody = Type.Object({ endpoint: name('Address at the push service', 1_000) })
export type EndpointBody = Static<typeof EndpointBody>

/** `GET /api/v1/notices` */
export const NoticesQuery = Type.Object({ limit: most(50, 100) })
export type NoticesQuery = Static<typeof NoticesQuery>

/** What became of anything done. */
export const DoneAnswer = Type.Object(
  {
    action: Type.String({ description: 'Id of the action in the log' }),
    done: Type.Boolean({ description: 'False (202): in the log, not yet decided' }),
    subject: Type.String({ description: 'Id of what it made or moved' }),
    tick: Type.Integer({ description: 'ms since 1970' }),
  },
  { description: 'What became of it; refused is a problem (application/problem+json)' },
)
