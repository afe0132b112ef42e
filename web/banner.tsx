import type { JSX } from 'preact'
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
  now,
  problem,
  t,
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
  if (welcome.value === null) return <p class="missing">{t('connecting')}</p>
  if (city.value === null) return <p class="missing">{t('loadingGrid')}</p>
  if (drawing.value === 0) return <p class="missing">{t('waitingPicture')}</p>
  return null
}
