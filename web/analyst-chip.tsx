import type { JSX } from 'preact'
import type { Scheme } from '../services/core/level.ts'
import { lookOf } from './look.ts'

/** A rank of a scheme that is not the city's, as its chip: for shades of a map that shows no levels. */
export function SchemeChip(props: {
  readonly scheme: Scheme
  readonly rank: number
  readonly size: number
}): JSX.Element {
  const look = lookOf(props.scheme, props.rank)
  return (
    <span
      class={`chip ${look.pattern}`}
      style={{ '--chip': props.size, '--level': look.colour, color: look.ink }}
      aria-hidden="true"
    >
      <b>{look.numeral}</b>
    </span>
  )
}
