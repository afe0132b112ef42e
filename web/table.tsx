import type { JSX } from 'preact'
import { HIDDEN } from '../services/core/frame.ts'
import { Chip } from './chip.tsx'
import { count } from './format.ts'
import { choose } from './keys.ts'
import { gravity } from './look.ts'
import { chosen, city, drawing, lang, named, picture, t, table, veil } from './store.ts'

/** Rows shown, gravest first; more would be scrolled past, not read. */
const ROWS = 400

/** All cells that are not normal, as a table: for browsers without WebGL and for those who read rather than look. */
export function CellTable(): JSX.Element | null {
  const known = city.value
  if (known === null || drawing.value === 0) return null
  const mask = veil.value?.mask
  const veiled = (i: number): boolean => mask?.[i] === 1
  const seen = known.cells.filter((i) => picture.ranks[i] !== HIDDEN)
  const warned = seen.filter((i) => (picture.ranks[i] ?? 0) > 0)
  const rows = warned
    .sort(
      (a, b) =>
        Number(veiled(a)) - Number(veiled(b)) ||
        gravity(picture.ranks[b] ?? 0) - gravity(picture.ranks[a] ?? 0) ||
        a - b,
    )
    .slice(0, ROWS)
  const calm = seen.filter((i) => picture.ranks[i] === 0 && !veiled(i)).length
  const away = veil.value?.cells ?? 0
  return (
    <div class="table">
      {table.value === 'forced' && <p class="note">{t('tableNote')}</p>}
      <ul>
        {rows.map((i) => (
          <li key={i}>
            <button
              type="button"
              class={`${chosen.value === i ? 'chosen' : ''} ${veiled(i) ? 'veiled' : ''}`}
              onClick={() => choose(i)}
            >
              <Chip rank={picture.ranks[i] ?? 0} size={26} />
              <b class="clip">{named(known.doc.names[i])}</b>
            </button>
          </li>
        ))}
      </ul>
      <p class="note">
        {t(calm === known.cells.length ? 'tableAll' : 'tableNormal', { n: count(calm, lang.value) })}
        {away > 0 && ` ${t('tableVeiled', { n: count(away, lang.value) })}`}
      </p>
    </div>
  )
}
