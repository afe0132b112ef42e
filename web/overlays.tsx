import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { JSX } from 'preact'
import { Chip, VeilChip } from './chip.tsx'
import { find } from './city.ts'
import { choose } from './keys.ts'
import { lookOf, warningRanks } from './look.ts'
import { home } from './player-api.ts'
import { p } from './player-say.ts'
import type { PlayerWord } from './player-say.ts'
import { player } from './player.ts'
import { city, lang, named, overlay, rankNow, scheme, t, theme, veil } from './store.ts'
import type { Word } from './words.ts'

const KEYS: readonly (readonly [string, Word])[] = [
  ['?', 'helpKeys'],
  ['F', 'helpFull'],
  ['L', 'helpLegend'],
  ['/', 'helpFind'],
  ['G', 'helpLang'],
  ['D', 'helpTheme'],
  ['H', 'helpHome'],
  ['T', 'helpTable'],
]
const LIVE_KEYS: readonly (readonly [string, PlayerWord])[] = [
  ['← ↑ → ↓', 'helpWalk'],
  ['R', 'helpReplay'],
]
const SESSION_KEYS: readonly (readonly [string, PlayerWord])[] = [
  ['', 'helpPlay'],
  ['← →', 'helpStep'],
  ['↓ ↑', 'helpStride'],
  ['[ ]', 'helpRate'],
  ['Home End', 'helpEnds'],
  ['O', 'helpLoop'],
  ['⇧ ← ↑ → ↓', 'helpWalk'],
]
/** Areas offered while searching. */
const OFFERED = 8
const typed = signal('')

function Help(): JSX.Element {
  const keys = [
    ...(player === null ? LIVE_KEYS : SESSION_KEYS).map(
      ([key, word]) => [key || p('space'), p(word)] as const,
    ),
    ...KEYS.map(([key, word]) => [key, t(word)] as const),
    ['Esc', player === null ? t('helpEsc') : p('helpLive')] as const,
  ]
  return (
    <div class="sheet" role="dialog" aria-label={t('help')}>
      <h2>{t('help')}</h2>
      <dl>
        {keys.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p class="ways-on">
        <a href={`${home}analyst?lang=${lang.value}&theme=${theme.value}`}>{t('analyst')}</a>
      </p>
    </div>
  )
}

function take(area: number): void {
  typed.value = ''
  overlay.value = ''
  choose(area)
}

function Find(): JSX.Element {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  const known = city.value
  const found = known === null ? [] : find(known, typed.value, OFFERED)
  const first = found[0]
  return (
    <form
      class="sheet find"
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        if (first !== undefined) take(first)
      }}
    >
      <input
        ref={field}
        type="search"
        placeholder={t('find')}
        aria-label={t('find')}
        value={typed.value}
        onInput={(event) => (typed.value = event.currentTarget.value)}
      />
      <ul>
        {found.map((area) => (
          <li key={area}>
            <button
              type="button"
              class={veil.value?.mask[area] === 1 ? 'veiled' : ''}
              onClick={() => take(area)}
            >
              <Chip rank={rankNow(area)} size={26} />
              <b class="clip">{named(known?.doc.names[area])}</b>
              <small>{known?.doc.codes[area]}</small>
            </button>
          </li>
        ))}
      </ul>
      {typed.value !== '' && found.length === 0 && <p class="note">{t('findNone')}</p>}
    </form>
  )
}

/** Help or search, over the map. */
export function Overlay(): JSX.Element | null {
  if (overlay.value === 'help') return <Help />
  return overlay.value === 'find' ? <Find /> : null
}

/** What each sign means. */
export function Legend(): JSX.Element {
  return (
    <div class="legend" role="note" aria-label={t('legend')}>
      {warningRanks(scheme.value).map((rank) => (
        <span key={rank}>
          <Chip rank={rank} size={24} />
          {named(lookOf(scheme.value, rank).name)}
        </span>
      ))}
      <span>
        <Chip rank={0} size={24} />
        {t('legendNormal')}
      </span>
      {veil.value !== null && (
        <span>
          <VeilChip size={24} />
          {t('missingMark')}
        </span>
      )}
    </div>
  )
}
