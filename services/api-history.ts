import Type, { type Static } from 'typebox'

const integer = (description: string) => Type.Integer({ description })
const ms = (description: string) => Type.Integer({ description: `${description}, ms since 1970` })
const instant = (description: string) =>
  Type.Optional(Type.String({ description: `${description}; ISO 8601 with offset, or ms`, maxLength: 40 }))
const word = (description: string, maxLength = 64) =>
  Type.Optional(Type.String({ description, minLength: 1, maxLength }))
const orNull = (description: string) =>
  Type.Unsafe<number | null>({ type: ['integer', 'null'], description: `${description}, ms; null: not yet` })
const Pair = Type.Tuple([Type.Integer(), Type.Integer()], { description: '[after, to], ms since 1970' })
const Counts = Type.Record(Type.String(), Type.Array(Type.Integer()), {
  description: 'By level id: areas of the deepest level, a number a column',
})

/** `GET /api/v1/timeline` */
export const TimelineQuery = Type.Object({
  from: instant('Begin; default a day before the end, of a bundle its own'),
  to: instant('End; default now'),
  area: word('Incidents, alerts and actions of this area only; colours stay the whole city’s'),
  bundle: word('Id of a bundle instead of the archive'),
})
export type TimelineQuery = Static<typeof TimelineQuery>

const TimelineIncident = Type.Object({
  id: Type.String(),
  number: Type.Integer(),
  rule: Type.String(),
  category: Type.String(),
  born: ms('Tick of its birth'),
  over: orNull('Tick at which it was over or merged'),
  rank: Type.Integer(),
  peak: Type.Integer(),
  count: integer('Areas at the most'),
  centre: Type.Tuple([Type.Number(), Type.Number()], { description: 'Lon, lat' }),
})
const TimelineAlert = Type.Object({
  id: Type.String(),
  number: Type.Integer(),
  incident: Type.String(),
  category: Type.String(),
  headline: Type.String(),
  area: integer('Area index of the grid version'),
  raised: ms('Tick'),
  rank: Type.Integer(),
  peak: Type.Integer(),
  state: Type.String(),
  closed: orNull('Tick'),
})
/** Answer of `GET /api/v1/timeline`; the type is Timeline of core/replay-wire. */
export const TimelineAnswer = Type.Object({
  from: ms('Begin'),
  to: ms('End'),
  held: Type.Array(Type.Object({ from: ms('Begin'), to: ms('End') }), {
    description: 'What the archive holds; what is newer than its end is not written yet',
  }),
  gaps: Type.Array(Pair, { description: 'What is missing between' }),
  columnMs: integer('Width of a column, ms'),
  times: Type.Array(Type.Integer(), { description: 'Ends of the columns, ms, at most 2,000' }),
  levels: Counts,
  incidents: Type.Array(TimelineIncident, { description: 'At most 2,000, the gravest' }),
  alerts: Type.Array(TimelineAlert, { description: 'At most 5,000, the newest' }),
  actions: Type.Array(
    Type.Object({
      at: ms('Tick'),
      verb: Type.String(),
      subject: Type.String(),
      person: Type.String({ description: 'Id; empty for the program, and for who is not signed in' }),
    }),
    { description: 'What people did, at most 5,000, the newest' },
  ),
  more: Type.Object({ incidents: Type.Integer(), alerts: Type.Integer(), actions: Type.Integer() }),
  versions: Type.Array(Type.Object({ at: ms('Tick'), rules: Type.String() })),
  damages: Type.Array(Type.Object({ path: Type.String(), message: Type.String() })),
  live: ms('Newest tick of live'),
  writing: Type.Boolean({ description: 'Whether what live tells is archived; never into a bundle' }),
})

const BundleView = Type.Object({
  id: Type.String({ description: '16 hex digits of the SHA-256 of its manifest' }),
  name: Type.String(),
  city: Type.Object({ zh: Type.String(), en: Type.String() }),
  grid: Type.String({ description: 'Version of its grid' }),
  from: ms('Ticks behind'),
  to: ms('Last tick'),
  bytes: integer('Of its files'),
  made: ms('When it was made, as its signature says; 0 where it has none'),
  signature: Type.String({ description: 'own, trusted, unknown or broken' }),
  key: Type.String({ description: 'Fingerprint of the key that signed it' }),
  incident: Type.String({ description: 'Id; empty for a span of time' }),
  source: Type.String({ description: 'kept or brought' }),
})
/** Answer of `GET /api/v1/bundles`; the type is BundleView of core/replay-wire. */
export const BundlesAnswer = Type.Object({ bundles: Type.Array(BundleView) })
/** Answer of `POST /api/v1/bundles` and `POST /api/v1/bundles/open`. */
export const BundleAnswer = BundleView

const time = (description: string) =>
  Type.Optional(Type.Unsafe<number | string>({ type: ['integer', 'string'], description }))
/** `POST /api/v1/bundles`: minutes, incident, alert, or from and to. */
export const BundleBody = Type.Object(
  {
    minutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_440, description: 'The last so many' })),
    incident: word('Id of an incident, living or over'),
    alert: word('Id of an alert, with its incident'),
    from: time('Begin, ISO 8601 with offset or ms'),
    to: time('End'),
    name: Type.Optional(Type.String({ maxLength: 80, description: 'What it is called' })),
  },
  { additionalProperties: false },
)
export type BundleBody = Static<typeof BundleBody>
export const BundleParams = Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{16}$' }) })
export type BundleParams = Static<typeof BundleParams>

/** `GET /api/v1/knowledge` */
export const KnowledgeQuery = Type.Object({
  at: Type.String({ maxLength: 40, description: 'ISO 8601 with offset, or ms; of the last 7 days' }),
  area: word('Alerts of this area only, and who was on duty for it'),
})
export type KnowledgeQuery = Static<typeof KnowledgeQuery>
const Known = Type.Object({
  at: ms('Tick'),
  person: Type.String({ description: 'Id; empty for the program' }),
  role: Type.String(),
  what: Type.String({
    description: 'raised, told, delivered, failed, suppressed, seen, a verb, or another word of the record',
  }),
  channel: Type.String(),
  rank: integer('Of the alert as it stood then'),
  state: Type.String({ description: 'Of the alert as it stood then' }),
  detail: Type.String(),
})
/** Answer of `GET /api/v1/alerts/{id}/knowledge`; the type is Knowledge of core/history-wire. */
export const KnowledgeAnswer = Type.Object({
  alert: Type.String(),
  lines: Type.Array(Known, { description: 'Oldest first, at most 2,000' }),
})
const Place = Type.Object({
  code: Type.String(),
  name: Type.Object({ zh: Type.String(), en: Type.String() }),
})
/** Answer of `GET /api/v1/knowledge`; the type is KnowledgeAt of core/history-wire. */
export const KnowledgeAtAnswer = Type.Object({
  at: ms('Time asked for'),
  alerts: Type.Array(
    Type.Object({
      alert: Type.String(),
      state: Type.String(),
      rank: Type.Integer(),
      area: Place,
      since: ms('Tick of that state'),
      told: Type.Array(
        Type.Object({
          person: Type.String(),
          channel: Type.String(),
          at: ms('First told'),
          state: Type.String({ description: 'queued, sent, failed or suppressed by then' }),
          seen: orNull('Tick at which they had seen it'),
        }),
      ),
    }),
    { description: 'Open at that time, gravest first, at most 200' },
  ),
  more: integer('Open beyond those'),
  duty: Type.Array(
    Type.Object({ area: Place, onDuty: Type.Array(Type.Object({}, { additionalProperties: true })) }),
  ),
  people: Type.Record(Type.String(), Type.Object({}, { additionalProperties: true })),
})
