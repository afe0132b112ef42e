import Type, { type Static } from 'typebox'

const text = (description: string) => Type.String({ description })
const number = (description: string) => Type.Number({ description })
const integer = (description: string) => Type.Integer({ description })
const nullable = <T>(type: 'string' | 'number', description: string) =>
  Type.Unsafe<T | null>({ type: [type, 'null'], description })
const Names = Type.Object({ zh: Type.String(), en: Type.String() })
const instant = (description: string) => Type.String({ description, maxLength: 40 })
const code = (description: string) => Type.String({ description, minLength: 1, maxLength: 64 })
const most = (preset: number, maximum: number) =>
  Type.Integer({ minimum: 1, maximum, default: preset, description: 'Rows at most' })

/** Problem details (RFC 9457) with our code, a hint, and each fault where there are several. */
export const ProblemDetails = Type.Object({
  type: text('urn:qingyu:error:CODE'),
  title: text('The sentence of the code'),
  status: integer('HTTP status'),
  detail: text('What was wrong, with the offending value'),
  instance: text('Path that was asked'),
  code: text('Code of the catalogue'),
  hint: text('What to do about it'),
  errors: Type.Optional(
    Type.Array(
      Type.Object({
        pointer: text('RFC 6901 pointer'),
        code: Type.String(),
        message: Type.String(),
        hint: Type.String(),
      }),
    ),
  ),
})
export type ProblemDetails = Static<typeof ProblemDetails>

/** A fold of an indicator over a window in one area. */
export const Reading = Type.Object({
  indicator: Type.String(),
  rule: nullable<string>('string', 'Rule that it was folded for; null: none watches it'),
  fold: Type.String(),
  window: integer('Length of the window, ms'),
  value: nullable<number>('number', 'In the unit; null: nothing to fold'),
  unit: Type.String(),
  limit: nullable<number>('number', 'The limit crossed, or the next one'),
  samples: integer('Observations in the window'),
  sources: integer('Distinct sources in the window'),
})
export type Reading = Static<typeof Reading>

const AreaNow = {
  code: text('Official code'),
  level: text('Warning level: an id of the scheme, or unknown'),
  since: nullable<string>('string', 'Since when, ISO 8601; null: never decided'),
  reason: text('Why, as a word of the catalogue of reasons'),
}

/** Stands in an answer only while parts of what it tells are missing: their figures are as old as they are. */
const Behind = {
  behind: Type.Optional(
    Type.Array(
      Type.Object({
        areas: Type.Array(Type.String(), {
          description: 'Codes, each for all below it; above the partition level for itself alone',
        }),
        since: nullable<string>('string', 'Nothing newer is known of them, ISO 8601; null: nothing at all'),
      }),
    ),
  ),
}
export type Behind = NonNullable<Static<typeof Behind.behind>>

/** `GET /api/v1/levels` */
export const LevelsQuery = Type.Object({
  area: Type.Optional(code('Top of the subtree; default the city')),
  depth: Type.Optional(code('Deepest level of the grid wanted; default the area alone')),
  at: Type.Optional(instant('ISO 8601 with offset, or ms since 1970; default now')),
  source: Type.Optional(
    Type.Union([Type.Literal('state'), Type.Literal('archive')], {
      description: 'What a time is asked of; default the state, and the archive for what it no longer keeps',
    }),
  ),
})
export type LevelsQuery = Static<typeof LevelsQuery>
export const LevelsAnswer = Type.Object({
  grid: text('Version of the grid'),
  epoch: text('Name of the log'),
  tick: integer('Tick that the answer is of, ms since 1970'),
  areas: Type.Array(Type.Object({ ...AreaNow, readings: Type.Array(Reading) })),
  ...Behind,
})
export type LevelsAnswer = Static<typeof LevelsAnswer>

export const CodeParams = Type.Object({ code: code('Official code of the area') })
export type CodeParams = Static<typeof CodeParams>

/** `GET /api/v1/areas/{code}` */
export const AreaAnswer = Type.Object({
  ...AreaNow,
  name: Names,
  kind: text('Level of the grid'),
  unit: text('Responsible unit'),
  parent: nullable<string>('string', 'Code of the area above'),
  children: Type.Array(Type.String()),
  centre: Type.Array(Type.Number(), { description: 'Lon, lat' }),
  grid: Type.String(),
  ...Behind,
})
export type AreaAnswer = Static<typeof AreaAnswer>

/** `GET /api/v1/areas/{code}/explanation` */
export const ExplanationAnswer = Type.Object({
  ...AreaNow,
  name: Names,
  grid: Type.String(),
  epoch: Type.String(),
  tick: integer('ms since 1970'),
  sentence: Names,
  clears: Names,
  rule: Type.Union([
    Type.Null(),
    Type.Object({
      id: Type.String(),
      version: Type.String(),
      ruleSet: text('Version of all rules together'),
      name: Names,
      direction: Type.String(),
      limits: Type.Record(Type.String(), Type.Number(), { description: 'Level to limit, as they hold here' }),
      deadband: number('In the unit of the indicator'),
      onDelay: integer('ms'),
      offDelay: integer('ms'),
      minSamples: Type.Integer(),
      minSources: Type.Integer(),
      schedule: nullable<string>('string', 'When it holds; null: always'),
    }),
  ]),
  reading: Type.Union([Type.Null(), Reading]),
  readings: Type.Array(Reading, { description: 'What every rule of this area sees now' }),
  children: Type.Array(Type.Object({ code: Type.String(), name: Names, level: Type.String() }), {
    description: 'The areas below that the level comes from',
  }),
  observations: Type.Array(
    Type.Object({
      source: text('vendor/source'),
      area: Type.String(),
      time: Type.String(),
      value: Type.Number(),
    }),
    { description: 'Contributing observations, newest first, at most 100' },
  ),
  complete: Type.Boolean({ description: 'False when the search was cut off at its bound' }),
  ...Behind,
})
export type ExplanationAnswer = Static<typeof ExplanationAnswer>

const Span = {
  from: Type.Optional(instant('Begin, ISO 8601 or ms; default a day before the end')),
  to: Type.Optional(instant('End, ISO 8601 or ms; default now')),
  most: most(1_000, 10_000),
}

/** `GET /api/v1/areas/{code}/levels` */
export const SpanQuery = Type.Object(Span)
export type SpanQuery = Static<typeof SpanQuery>
export const LevelHistoryAnswer = Type.Object({
  code: Type.String(),
  levels: Type.Array(
    Type.Object({
      at: Type.String(),
      level: Type.String(),
      since: Type.String(),
      reason: Type.String(),
      rule: Type.String(),
      value: nullable<number>('number', 'In the unit of the indicator'),
      limit: nullable<number>('number', 'In the unit of the indicator'),
    }),
  ),
})
export type LevelHistoryAnswer = Static<typeof LevelHistoryAnswer>

/** `GET /api/v1/areas/{code}/readings` */
export const ReadingsQuery = Type.Object({
  indicator: code('Code of the indicator'),
  ...Span,
  resolution: Type.Optional(
    Type.String({
      maxLength: 20,
      description:
        'Panes are folded to steps of this length, ms or as 5m, 1h, 1d: sums and counts add up, means weigh by samples, least, greatest and last as they say; of percentiles and distinct sources the largest pane stands',
    }),
  ),
})
export type ReadingsQuery = Static<typeof ReadingsQuery>
export const ReadingsAnswer = Type.Object({
  code: Type.String(),
  indicator: Type.String(),
  unit: Type.String(),
  fold: text('How observations of a pane, and panes of a step, became one number'),
  resolution: integer('Length of a step, ms; that of a pane where none was asked for'),
  areas: integer('Areas that they come from: 1, or those below where the area has none of its own'),
  cut: Type.Boolean({ description: 'Older ones were left out: too many, or no longer kept' }),
  readings: Type.Array(
    Type.Object({ pane: text('Start of the pane or step'), value: Type.Number(), samples: Type.Integer() }),
  ),
})
export type ReadingsAnswer = Static<typeof ReadingsAnswer>

/** `GET /api/v1/stats` */
export const StatsAnswer = Type.Object({
  epoch: Type.String(),
  tick: integer('ms since 1970; 0: no tick yet'),
  received: Type.Integer(),
  accepted: integer('The same as applied'),
  applied: Type.Integer(),
  duplicate: Type.Integer(),
  late: Type.Integer(),
  quarantined: Type.Integer(),
  refused: Type.Integer(),
  refusedBy: Type.Record(Type.String(), Type.Integer(), {
    description: 'Refused by code; the quarantined are apart',
  }),
  sources: Type.Object({ alive: Type.Integer(), known: Type.Integer() }),
  walls: Type.Integer(),
  newest: integer('Newest event time applied, ms; 0: none'),
  lag: Type.Union([Type.Null(), Type.Object({ p50: Type.Number(), p99: Type.Number() })]),
  latency: Type.Union([Type.Null(), Type.Object({ p50: Type.Number(), p99: Type.Number() })]),
  ingest: Type.Optional(
    Type.Object({ received: integer('Live, not yet in a tick; only where this process takes in') }),
  ),
  ...Behind,
})
export type StatsAnswer = Static<typeof StatsAnswer>

/** `GET /api/v1/vendors/{vendor}/dead-letters` */
export const VendorParams = Type.Object({ vendor: code('Name of the vendor') })
export type VendorParams = Static<typeof VendorParams>
export const LettersQuery = Type.Object({ most: most(100, 1_000) })
export type LettersQuery = Static<typeof LettersQuery>
export const LettersAnswer = Type.Object({
  vendor: Type.String(),
  letters: Type.Array(
    Type.Object({
      source: Type.String(),
      received: Type.String(),
      code: Type.String(),
      pointer: Type.String(),
      message: Type.String(),
      hint: Type.String(),
      bytes: text('What may be kept of the payload, at most 1 KiB'),
    }),
  ),
})
export type LettersAnswer = Static<typeof LettersAnswer>

/** `POST /api/v1/reports`: fields beyond these are dropped unread; they may hold personal data. */
export const ReportBody = Type.Object(
  {
    service: Type.Optional(code('Service of the hotline; or name the indicator')),
    indicator: Type.Optional(code('Occurrence indicator')),
    time: Type.Optional(
      Type.Unsafe<string | number>({
        type: ['string', 'number'],
        description: 'When it was called in, ISO 8601 with offset or ms; default now',
      }),
    ),
    lon: Type.Optional(Type.Number({ description: 'WGS 84 degrees' })),
    lat: Type.Optional(Type.Number({ description: 'WGS 84 degrees' })),
    area: Type.Optional(code('Official code')),
    address: Type.Optional(code('Unified address code')),
    id: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Makes it idempotent' })),
  },
  { additionalProperties: true },
)
export type ReportBody = Static<typeof ReportBody>
export const ReportAnswer = Type.Object({
  id: text('Service request id; see /open311/v2/requests'),
  area: text('Code of the deepest area that holds it'),
})
export type ReportAnswer = Static<typeof ReportAnswer>

/** `/readyz`: each thing we lean on and how it stands. */
export const ReadyAnswer = Type.Object({
  ready: Type.Boolean(),
  dependencies: Type.Record(Type.String(), Type.Object({ ready: Type.Boolean(), state: Type.String() })),
})
export type ReadyAnswer = Static<typeof ReadyAnswer>
