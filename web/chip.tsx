import type { JSX } from 'preact'
import type { Rank } from '../services/core/level.ts'
import { lookOf } from './look.ts'
import { STROKE, numeralOf } from './numeral.ts'
import { named, scheme, t } from './store.ts'

/** A level as colour, numeral and pattern at once. `size` in units. */
export function Chip({ rank, size }: { readonly rank: Rank; readonly size: number }): JSX.Element {
  const look = lookOf(scheme.value, rank)
  const drawn = numeralOf(look.numeral)
  const height = 0.44
  const colour = look.id === 'unknown' || rank === 0 ? {} : { '--level': look.colour, color: look.ink }
  return (
    <span
      class={`chip ${look.id === 'unknown' ? 'stripes' : look.pattern} ${rank === 0 ? 'calm' : ''}`}
      style={{ '--chip': size, ...colour }}
      role="img"
      aria-label={named(look.name)}
    >
      {drawn === null ? (
        <b>{look.numeral}</b>
      ) : (
        <svg
          viewBox={`-0.1 -0.1 ${drawn.width + 0.2} 1.2`}
          style={{ height: `${height * 120}%`, width: `${height * 100 * (drawn.width + 0.2)}%` }}
          aria-hidden="true"
        >
          <path d={drawn.path} class="rim" stroke-width={STROKE + 0.2} />
          <path d={drawn.path} stroke="currentColor" stroke-width={STROKE} />
        </svg>
      )}
    </span>
  )
}

/** The veil as a sign: nothing newer is known. `size` in units. */
export function VeilChip({ size }: { readonly size: number }): JSX.Element {
  return <span class="chip veiled" style={{ '--chip': size }} role="img" aria-label={t('missingMark')} />
}
