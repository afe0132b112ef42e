import type { JSX } from 'preact'
import { VeilChip } from './chip.tsx'
import { p } from './player-say.ts'
import { player } from './player.ts'
import { clockSeconds, duration } from './format.ts'
import {
  city,
  drawing,
  fresh,
  gridFault,
  heard,
  lang,
  link,
  mapFault,
  named,
  now,
  problem,
  summary,
  t,
  veil,
  welcome,
  zone,
} from './store.ts'

function parts(): { readonly head: string; readonly tail: string } | null {
  const at = clockSeconds(heard.value, zone.value, lang.value)
  const since = duration(now.value - heard.value, lang.value)
  if (fresh.value === 'cut') {
    const next = link.value.tries > 0 ? t('cutNext', { n: link.value.tries }) : ''
    if (heard.value === 0) return { head: t('cutNever'), tail: next }
    return { head: t('cutBanner', { t: at, d: since }), tail: next }
  }
  if (fresh.value === 'stopped')
    return { head: t('stoppedBanner', { t: at, d: since }), tail: t('stoppedNext') }
  return null
}

/** Areas named in one sentence. */
const NAMED = 2

function moment(ms: number): string {
  return clockSeconds(ms, zone.value, lang.value)
}

/** Which areas, in words: the largest by name, the others by number. */
function areasOf(parts: readonly number[]): string {
  const names = parts.slice(0, NAMED).map((area) => named(city.value?.doc.names[area]))
  if (parts.length <= NAMED) return names.join(t('missingAnd'))
  const rest = lang.value === 'zh' ? parts.length : parts.length - 1
  return t('missingAlso', { areas: names[0] ?? '', n: rest })
}

/** Names what is missing, and since when. */
export function Gap(): JSX.Element | null {
  const missing = veil.value
  if (missing === null) return null
  const { parts: areas, oldest, even, above } = missing
  const whole =
    above === null ? '' : above === 0 ? t('missingAboveYet') : t('missingAbove', { t: moment(above) })
  const word = oldest === 0 ? 'missingYet' : even ? 'missingAt' : 'missingFrom'
  const head = areas.length === 0 ? whole : t(word, { areas: areasOf(areas), t: moment(oldest) })
  const { told, all } = summary.value?.parts ?? { told: 0, all: 0 }
  const tail = [
    areas.length === 0 ? '' : t('missingRest'),
    areas.length === 0 ? '' : whole,
    all === 0 ? '' : t('missingParts', { m: told, n: all }),
  ]
  return (
    <div class="gap" role="status">
      <VeilChip size={40} />
      <b class="clip">{head}</b>
      <span class="clip">{tail.filter(Boolean).join(' · ')}</span>
    </div>
  )
}

/** Says at once, and since when, that what is seen is no longer now. */
export function Banner(): JSX.Element | null {
  const said = parts()
  if (said === null) return null
  const why = problem.value === '' || fresh.value !== 'cut' ? '' : t('refused', { why: problem.value })
  return (
    <div class="banner" role="alert">
      <b>{said.head}</b>
      <span>{[said.tail, why].filter(Boolean).join(' · ')}</span>
    </div>
  )
}

/** What is still missing before there is a picture; null once there is. */
export function Missing(): JSX.Element | null {
  if (mapFault.value) return <p class="missing">{t('mapLost')}</p>
  if (fresh.value === 'cut' && drawing.value === 0) return null
  if (gridFault.value !== '')
    return <p class="missing">{t('gridFailed', { why: gridFault.value, s: duration(5000, lang.value) })}</p>
  if (player?.view.value?.state === 'opening') return <p class="missing">{p('openingNow')}</p>
  if (welcome.value === null) return <p class="missing">{t('connecting')}</p>
  if (city.value === null) return <p class="missing">{t('loadingGrid')}</p>
  if (drawing.value === 0) return <p class="missing">{t('waitingPicture')}</p>
  return null
}
