import type { OnDuty } from './roster.ts'
import type { Cover, Shift } from './roster-shift.ts'

/** Who is on duty, the same for all times in [from, until). */
export interface Stretch {
  readonly from: number
  readonly until: number
  readonly onDuty: readonly OnDuty[]
}

/** Somebody on duty before their order is settled; `free`: they stand in for everybody. */
interface Standing {
  readonly person: string
  readonly until: number
  readonly source: OnDuty['source']
  readonly free: boolean
}

const during = ({ from, to }: Pick<Cover, 'from' | 'to'>, at: number) => from <= at && at < to

/** Everybody once, where they stand first, until the last of their shifts that follow each other here ends. */
function once(standing: readonly Standing[]): Standing[] {
  const people = new Map<string, Standing>()
  for (const one of standing) {
    const before = people.get(one.person)
    if (before === undefined) people.set(one.person, one)
    else if (one.until > before.until) people.set(one.person, { ...before, until: one.until })
  }
  return [...people.values()]
}

function covered(standing: readonly Standing[], cover: Cover): readonly Standing[] {
  const { person, instead, to, swap } = cover
  if (instead === '')
    return [...standing.filter(({ free }) => free), { person, until: to, source: 'cover', free: true }]
  const stands = (one: Standing, other: string): Standing => ({
    ...one,
    person: other,
    until: Math.min(one.until, to),
    source: 'cover',
  })
  return standing.map((one) => {
    if (one.person === instead) return stands(one, person)
    return swap && one.person === person ? stands(one, instead) : one
  })
}

/** Nobody's duty lasts longer here than until somebody else is to stand in for them. */
function cut(one: Standing, covers: readonly Cover[], at: number): Standing {
  const next = covers.filter(
    ({ from, person, instead, swap }) =>
      from > at && (instead === '' || instead === one.person || (swap && person === one.person)),
  )
  return { ...one, until: Math.min(one.until, ...next.map(({ from }) => from)) }
}

/**
 * Who is on duty at `at`: everybody with a shift, in the order of the shifts, once covers have been laid over them in their order.
 * `shifts` and `covers` are all that touch [first, last), in which `at` lies.
 */
export function stretchAt(
  at: number,
  shifts: readonly Shift[],
  covers: readonly Cover[],
  [first, last]: readonly [number, number],
): Stretch {
  let from = first
  let until = last
  for (const span of [...shifts, ...covers])
    for (const edge of [span.from, span.to]) {
      if (edge <= at) from = Math.max(from, edge)
      else until = Math.min(until, edge)
    }
  let standing: readonly Standing[] = once(
    shifts
      .filter((shift) => during(shift, at))
      .map(({ person, to }) => ({ person, until: to, source: 'shift', free: false })),
  )
  for (const cover of covers) if (during(cover, at)) standing = covered(standing, cover)
  const onDuty = once(standing.map((one) => cut(one, covers, at)))
  return {
    from,
    until,
    onDuty: onDuty.map(({ person, until: end, source }, order) => ({ person, order, until: end, source })),
  }
}
