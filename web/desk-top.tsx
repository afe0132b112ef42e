import type { JSX } from 'preact'
import { muted, mute, unlocked, untouched } from './desk-alarm.ts'
import { POLL } from './desk-live.ts'
import { counts, d, fresh, join, lostAt, me, sheet, tick } from './desk-store.ts'
import { clockSeconds, date, duration } from './format.ts'
import { toLive } from './player-door.ts'
import { motionText, SessionMark } from './player-mark.tsx'
import { player } from './player.ts'
import { p } from './player-say.ts'
import { lang, named, now, welcome, zone } from './store.ts'

const MARK = { waiting: 'waiting', live: 'live', polling: 'polling', stopped: 'stopped', cut: 'cut' } as const

/** Says at once, and since when, that what is seen is no longer now. */
export function Banner(): JSX.Element | null {
  const state = fresh.value
  const at = tick.value || lostAt.value
  const t = clockSeconds(at, zone.value, lang.value)
  if (player?.gone.value === 'closed')
    return (
      <div class="banner" role="alert">
        <b>{p('closedHead')}</b>
        <button type="button" class="link" onClick={() => toLive('desk')}>
          {p('live')}
        </button>
      </div>
    )
  if (state === 'cut')
    return (
      <div class="banner" role="alert">
        <b>{d('cutBanner', { t, d: duration(now.value - at, lang.value) })}</b>
        <span>{d('cutNext', { n: Math.max(1, join.value.tries) })}</span>
      </div>
    )
  if (state === 'stopped')
    return (
      <div class="banner" role="alert">
        <b>{d('stoppedBanner', { t })}</b>
      </div>
    )
  if (state === 'polling') return <div class="banner mild">{d('pollingBanner', { s: POLL / 1000 })}</div>
  return null
}

function SoundButton(): JSX.Element {
  const off = muted.value
  const label = off ? d('soundOff') : unlocked.value ? d('soundOn') : d('soundLocked')
  return (
    <button
      type="button"
      class="icon"
      aria-pressed={!off}
      aria-label={label}
      title={label}
      onClick={() => mute(!off)}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z" />
        {off ? (
          <path d="M16 9.5l5 5m0-5l-5 5" />
        ) : (
          <path d="M15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11" />
        )}
      </svg>
      {!off && !unlocked.value && <i class="dot" />}
    </button>
  )
}

/** Of a session: which day it is there, and how it moves. */
function movedText(): string {
  return `${date(now.value, zone.value, lang.value)} · ${motionText()}`
}

/** Who I am, whether this is live, and the city's time. */
export function Top(): JSX.Element {
  const state = fresh.value
  const session = me.value
  return (
    <header class="top">
      <SessionMark>
        {player?.view.value?.kind === 'drill' && (
          <button type="button" onClick={() => (sheet.value = { kind: 'score' })}>
            {p('score')}
          </button>
        )}
      </SessionMark>
      <div class="bar">
        <div class="self">
          <b class="clip">{session === null ? '' : named(session.area.name)}</b>
          <span class="clip">{session === null ? '' : named(session.name)}</span>
        </div>
        {welcome.value?.demo === true && <span class="demo">{d('demo')}</span>}
        <div class="pulse" data-state={state}>
          <time>{clockSeconds(now.value, zone.value, lang.value)}</time>
          <span>{player !== null && state === 'live' ? movedText() : d(MARK[state])}</span>
        </div>
        <SoundButton />
        <button
          type="button"
          class="icon"
          aria-label={d('menu')}
          title={d('menu')}
          onClick={() => (sheet.value = { kind: 'menu' })}
        >
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M4 7h16M4 12h16M4 17h16" />
          </svg>
        </button>
      </div>
      <Banner />
      {untouched.value && !muted.value && <p class="hint">{d('untouched')}</p>}
      <p class="unseen" role="status">
        {`${d('mine')} ${counts.value.mine}`}
      </p>
    </header>
  )
}
