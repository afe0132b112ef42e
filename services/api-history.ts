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
})
