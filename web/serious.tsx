import type { JSX } from 'preact'
import type { Serious } from '../services/core/wire.ts'
import { Chip } from './chip.tsx'
import { duration, figure, onset } from './format.ts'
import { choose } from './keys.ts'
import { player } from './player.ts'
import { chosenCode, lang, named, cityNow, summary, t, told, veil, zone } from './store.ts'
import { Trend } from './trend.tsx'
import { Value } from './value.tsx'
import { REASON } from './words.ts'

/** Rows that fit the column above the chart; a session's controls take the place of one. */
const ROWS = player === null ? 7 : 6

/** What, and since when: the second line of a row. */
function whatOf(row: Serious): string {
  const known = veil.value?.since(row.index) ?? null
  if (known !== null)
    return [
      named(row.indicatorName),
      t('asOf', { t: onset(known, cityNow.value, zone.value, lang.value) }),
    ].join(' · ')
  const what = row.reason === 'no-data' || row.reason === 'no-source' ? told(REASON[row.reason]) : ''
  const parts = [
    named(row.indicatorName),
    what,
    t('sinceAt', { t: onset(row.since, cityNow.value, zone.value, lang.value) }),
  ]
  return parts.filter(Boolean).join(' · ')
}

/** The limit; of a silent place, for how long it has been silent. */
function limitOf(row: Serious): string {
  if (row.limit !== null) return t('limit', { v: figure(row.limit, lang.value) })
  const silent = row.reason === 'no-data' || row.reason === 'no-source'
  return silent ? duration(cityNow.value - row.since, lang.value) : t('noLimit')
}

function Row({ row }: { readonly row: Serious }): JSX.Element {
  const chosen = chosenCode.value === row.code
  const veiled = veil.value?.mask[row.index] === 1
  return (
    <li>
      <button
        type="button"
        class={`item ${chosen ? 'chosen' : ''} ${veiled ? 'veiled' : ''}`}
        aria-pressed={chosen}
        onClick={() => choose(chosen ? -1 : row.index)}
      >
        <Chip rank={row.rank} size={52} />
        <b class="clip">{named(row.name)}</b>
        <span class="val">
          <Value of={row.value} unit={row.unit} />
        </span>
        <span class="why clip">{whatOf(row)}</span>
        <span class="lim">{limitOf(row)}</span>
      </button>
    </li>
  )
}

/** What is worst, since when, against which limit. */
export function Grave(): JSX.Element {
  const rows = summary.value?.serious
  const rest = Math.max(0, (rows?.length ?? 0) - ROWS)
  return (
    <aside class="l">
      <h2>
        <span>{t('serious')}</span>
        <span>{rows !== undefined && rows.length > 0 ? t('seriousHint') : ''}</span>
      </h2>
      {rows === undefined && <p class="note">{t('loadingList')}</p>}
      {rows?.length === 0 && <p class="note">{t('calmList')}</p>}
      <ol class="grave">
        {rows?.slice(0, ROWS).map((row) => (
          <Row key={row.code + row.rule} row={row} />
        ))}
      </ol>
      {rest > 0 && <p class="note more">{t('more', { n: rest })}</p>}
      <Trend />
    </aside>
  )
}
