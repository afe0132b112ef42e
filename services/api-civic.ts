import Type, { type Static } from 'typebox'

/** `GET /api/v1/areas/{code}/report` */
export const CivicQuery = Type.Object({
  per: Type.Unsafe<'day' | 'week' | 'month'>({
    type: 'string',
    enum: ['day', 'week', 'month'],
    default: 'day',
    description: 'Weeks begin on Monday',
  }),
  on: Type.Optional(
    Type.String({ maxLength: 10, description: 'A local date in it, as 2026-11-22; default today' }),
  ),
})
export type CivicQuery = Static<typeof CivicQuery>
