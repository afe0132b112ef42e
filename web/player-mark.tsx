import { effect } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import type { Rate } from '../services/core/replay-wire.ts'
import { count } from './format.ts'
import { player } from './player.ts'
import { p } from './player-say.ts'
import { lang } from './store.ts'

/** What the session is called in both languages: from across a room whoever looks reads one of them. */
const NAMES = { replay: ['回放', 'REPLAY'], drill: ['演练', 'DRILL'] } as const

/** Tells style sheets from the first paint on that this page belongs to a session; once, for the page's life. */
export function markPage(): void {
  if (player === null) return
  const { view } = player
  effect(() => {
    document.documentElement.dataset['session'] = view.value?.kind ?? 'replay'
  })
}

/** A rate as it stands beside a time. */
export function rateText(rate: Rate): string {
  return rate === 'max' ? p('rateMax') : p('rate', { n: count(rate, lang.value) })
}

/** How a session moves: as fast as this, or not at all. */
export function motionText(): string {
  const { state = 'opening', rate = 1 } = player?.view.value ?? {}
  return state === 'playing' ? rateText(rate) : p(state)
}

/** The plate that says that nothing here is now; in one place on every page of a session, and nothing takes it away. */
export function SessionMark({ children }: { readonly children?: ComponentChildren }): JSX.Element | null {
  if (player === null) return null
  const { kind = 'replay', title = '' } = player.view.value ?? {}
  const [zh, en] = NAMES[kind]
  return (
    <div class="session-mark" role="note" aria-label={p(kind === 'drill' ? 'titleDrill' : 'titleReplay')}>
      <i />
      <b lang="zh-CN">{zh}</b>
      <b lang="en">{en}</b>
      <span class="clip">{[title, p('nobody')].filter(Boolean).join(' · ')}</span>
      {children}
      <i />
    </div>
  )
}

/** A broken edge all round the page. */
export function SessionFrame(): JSX.Element | null {
  if (player === null) return null
  return (
    <div class="session-frame" aria-hidden="true">
      <i />
      <i />
      <i />
      <i />
    </div>
  )
}
