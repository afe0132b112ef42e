import Type, { type Static } from 'typebox'
import type { RehearsalsAnswer as Answer, RehearsalView as View } from './core/replay-wire.ts'

const closed = { additionalProperties: false }
const Time = Type.Integer({ description: 'ms since 1970' })
const Instant = Type.Union([Time, Type.String()], {
  description: 'ms since 1970, or ISO 8601 with an offset',
})

/** Body of POST /api/v1/rehearsals, for the description; it is read by services/rehearsal-wanted. */
export const RehearsalBody = Type.Object(
  {
    from: Instant,
    to: Instant,
    text: Type.Optional(Type.Unknown({ description: 'The other rules, as GET /api/v1/rules/text has them' })),
    yaml: Type.Optional(Type.String({ description: 'The same as YAML, durations as 5m' })),
    version: Type.Optional(Type.String({ description: 'A saved version instead of text or yaml' })),
    name: Type.Optional(Type.String({ maxLength: 80 })),
    bundle: Type.Optional(Type.String({ description: 'Id of a bundle instead of the archive' })),
  },
  closed,
)

export const RehearsalParams = Type.Object({ id: Type.String({ maxLength: 64 }) })
export type RehearsalParams = Static<typeof RehearsalParams>

const MsByLevel = Type.Record(Type.String(), Type.Number())
const BothSides = Type.Object({ was: MsByLevel, would: MsByLevel })
const Ranks = Type.Array(Type.Union([Time, Type.Null()]), {
  description: 'First tick at each rank or graver',
})
const CourseSchema = Type.Union([
  Type.Object({
    id: Type.String(),
    from: Time,
    to: Type.Union([Time, Type.Null()]),
    peak: Type.Integer(),
  }),
  Type.Null(),
])
const LoadSchema = Type.Object({ alerts: Type.Integer(), notices: Type.Integer() })
const Columns = Type.Record(Type.String(), Type.Array(Type.Integer()))

const Verdicts = ['same', 'earlier', 'later', 'new', 'gone']

const ComparedSchema = Type.Object({
  rule: Type.String(),
  category: Type.String(),
  peak: Type.Integer(),
  area: Type.Integer(),
  code: Type.String(),
  centre: Type.Array(Type.Number()),
  was: CourseSchema,
  would: CourseSchema,
  verdict: Type.Union(Verdicts.map((verdict) => Type.Literal(verdict))),
  early: Type.Number({ description: 'ms by which the other rules raise it earlier; negative: later' }),
  joined: Type.Boolean({ description: 'Its counterpart stands beside another of its side already' }),
  wasAt: Ranks,
  wouldAt: Ranks,
})

const ResultSchema = Type.Object({
  from: Time,
  to: Time,
  levels: Type.Array(Type.String()),
  alerts: Type.Array(ComparedSchema, { description: 'At most 5,000, by time' }),
  counts: Type.Record(Type.String(), Type.Integer()),
  unlisted: Type.Integer(),
  load: Type.Array(Type.Object({ from: Time, to: Time, was: LoadSchema, would: LoadSchema })),
  time: BothSides,
  city: BothSides,
  first: Type.Array(Type.Object({ area: Type.Integer(), code: Type.String(), was: Ranks, would: Ranks })),
  map: Type.Array(Type.Object({ area: Type.Integer(), graver: Type.Number(), milder: Type.Number() }), {
    description: 'ms at a graver or milder level; at most 50,000',
  }),
  columnMs: Type.Integer(),
  times: Type.Array(Time),
  was: Columns,
  would: Columns,
  gaps: Type.Array(Type.Array(Time), { description: 'Times that are missing, as [after, to]' }),
  sentence: Type.Object({ zh: Type.String(), en: Type.String() }),
})

/** {@link View} of core/replay-wire. */
export const RehearsalView = Type.Unsafe<View>(
  Type.Object({
    id: Type.String(),
    name: Type.String(),
    by: Type.String({ description: 'Who asked; empty where nobody signs in' }),
    state: Type.Union(['queued', 'running', 'done', 'failed'].map((state) => Type.Literal(state))),
    why: Type.String(),
    progress: Type.Number({ minimum: 0, maximum: 1 }),
    from: Time,
    to: Time,
    asked: Time,
    bundle: Type.String(),
    was: Type.String({ description: 'Version of the rules in force where it begins' }),
    would: Type.String(),
    text: Type.Unknown({ description: 'The other rules' }),
    result: Type.Union([ResultSchema, Type.Null()]),
  }),
)

/** {@link Answer} of core/replay-wire. */
export const RehearsalsAnswer = Type.Unsafe<Answer>(
  Type.Object({
    rehearsals: Type.Array(RehearsalView),
    most: Type.Integer({ description: 'How many run at once' }),
    kept: Type.Integer({ description: 'How many are kept' }),
  }),
)
