import type { JSX } from 'preact'
import { clockSeconds } from './format.ts'
import { opening, toLive } from './player-door.ts'
import { player } from './player.ts'
import type { Player } from './player.ts'
import { p } from './player-say.ts'
import { fresh, lang, link, t, zone } from './store.ts'

interface Sentence {
  readonly head: string
  readonly tail: string
}

function sentenceOf(own: Player): Sentence | null {
  const at = clockSeconds(own.at.value || Number.NaN, zone.value, lang.value)
  const view = own.view.value
  if (own.gone.value === 'closed') return { head: p('closedHead'), tail: p('closedTail') }
  if (view?.state === 'failed')
    return { head: p('failedHead', { why: view.why }), tail: p('failedTail', { t: at }) }
  if (fresh.value === 'cut')
    return {
      head: own.at.value === 0 ? t('cutNever') : p('cutHead', { t: at }),
      tail: t('cutNext', { n: Math.max(1, link.value.tries) }),
    }
  if (fresh.value === 'stopped') return { head: p('stoppedHead', { t: at }), tail: p('stoppedTail') }
  return null
}

/** Says what is wrong with the session, with the way out. */
export function SessionBanner(): JSX.Element | null {
  const said = player === null ? null : sentenceOf(player)
  if (said === null) return null
  return (
    <div class="banner" role="alert">
      <b>{said.head}</b>
      <span>{said.tail}</span>
      <button type="button" onClick={() => toLive()}>
        {p('live')} <kbd>Esc</kbd>
      </button>
    </div>
  )
}

/** On the live wall: that a replay is being opened, or why it was not. */
export function OpeningBanner(): JSX.Element | null {
  if (opening.value === null) return null
  const { fault } = opening.value
  return (
    <div class="banner mild" role="status">
      <b>{fault === '' ? p('openingLast') : p('openFailed', { why: fault })}</b>
      <span>{fault === '' ? p('openingCancel') : p('openOn')}</span>
    </div>
  )
}
