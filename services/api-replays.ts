import Type, { type Static } from 'typebox'
import {
  MOST_RATE,
  type DrillScore as Score,
  type ReplaysAnswer as Answer,
  type ReplayView as View,
} from './core/replay-wire.ts'

const closed = { additionalProperties: false }
const Time = Type.Integer({ description: 'ms since 1970' })
const Instant = Type.Union([Time, Type.String()], {
  description: 'ms since 1970, or ISO 8601 with an offset',
})
const RateSchema = Type.Union([Type.Number({ minimum: 1, maximum: MOST_RATE }), Type.Literal('max')], {
  description: 'Times real time; max: as fast as it can',
})
const Kind = Type.Union([Type.Literal('replay'), Type.Literal('drill')])

/** Body of POST /api/v1/replays, for the description; it is read by services/replay-wanted. */
export const ReplayBody = Type.Object(
  {
    kind: Type.Optional(Kind),
    at: Type.Optional(Instant),
    incident: Type.Optional(Type.String({ description: 'Opens five minutes before it was born' })),
    alert: Type.Optional(Type.String({ description: 'Opens five minutes before it was raised' })),
    to: Type.Optional(Instant),
    rate: Type.Optional(RateSchema),
    playing: Type.Optional(Type.Boolean()),
    bundle: Type.Optional(Type.String()),
    title: Type.Optional(Type.String({ maxLength: 80 })),
    people: Type.Optional(Type.Array(Type.String(), { description: 'Of a drill: who takes part' })),
  },
  closed,
)

export const ReplayParams = Type.Object({ id: Type.String({ maxLength: 64 }) })
export type ReplayParams = Static<typeof ReplayParams>

export const ReplayVerbParams = Type.Object({
  id: Type.String({ maxLength: 64 }),
  verb: Type.String({ maxLength: 40 }),
})
export type ReplayVerbParams = Static<typeof ReplayVerbParams>

/** {@link View} of core/replay-wire. */
export const ReplayView = Type.Unsafe<View>(
  Type.Object({
    id: Type.String(),
    kind: Kind,
    title: Type.String(),
    path: Type.String({ description: 'Where its pages and its API lie' }),
    bundle: Type.String(),
    by: Type.String({ description: 'Who opened it; empty where nobody signs in' }),
    state: Type.Union(
      ['opening', 'playing', 'paused', 'ended', 'failed'].map((state) => Type.Literal(state)),
    ),
    why: Type.String(),
    at: Time,
    from: Time,
    to: Time,
    rate: RateSchema,
    loop: Type.Union([Type.Object({ from: Time, to: Time }), Type.Null()]),
    gaps: Type.Array(Type.Array(Time), { description: 'Ticks that are missing, as [after, to]' }),
    grid: Type.String(),
    rules: Type.String({ description: 'Version of the rules in force at the tick shown' }),
  }),
)

/** {@link Answer} of core/replay-wire. */
export const ReplaysAnswer = Type.Unsafe<Answer>(
  Type.Object({ replays: Type.Array(ReplayView), most: Type.Integer() }),
)

const Length = Type.Union([Type.Number(), Type.Null()], { description: 'ms; null: not done, or no limit' })

/** {@link Score} of core/replay-wire. */
export const DrillScore = Type.Unsafe<Score>(
  Type.Object({
    state: Type.Union([Type.Literal('running'), Type.Literal('over')]),
    from: Time,
    at: Time,
    hastened: Type.Number({ description: 'ms of it that went by otherwise than at ×1' }),
    alerts: Type.Array(
      Type.Object({
        id: Type.String(),
        number: Type.Integer(),
        headline: Type.String(),
        rank: Type.Integer(),
        raised: Time,
        state: Type.String(),
        steps: Type.Array(
          Type.Object({
            duty: Type.String(),
            took: Length,
            limit: Length,
            by: Type.String(),
            life: Length,
            inTime: Type.Union([Type.Boolean(), Type.Null()]),
          }),
        ),
      }),
    ),
    people: Type.Array(
      Type.Object({
        person: Type.String(),
        acts: Type.Integer(),
        refused: Type.Integer(),
        acknowledge: Length,
      }),
    ),
    inTime: Type.Union([Type.Number(), Type.Null()], {
      description: 'Share of duties done in time; null: none fell due',
    }),
    overdue: Type.Integer(),
  }),
)
