import { useEffect, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { mute, muted, sound } from './desk-alarm.ts'
import { lookAtPush, push, pushFault, turnPushOff, turnPushOn } from './desk-push.ts'
import { signOut } from './desk-session.ts'
import { Sheet } from './desk-sheet.tsx'
import { d, may, me, sheet } from './desk-store.ts'
import type { DeskWord, Sheet as Kind } from './desk-store.ts'
import { ROLE } from './desk-terms.ts'
import { player } from './player.ts'
import { lang, named, theme } from './store.ts'

const PUSH = {
  asking: 'loading',
  absent: 'pushAbsent',
  none: 'pushNone',
  denied: 'pushDenied',
  off: 'pushOff',
  on: 'pushOn',
} as const satisfies Readonly<Record<typeof push.value, DeskWord>>

function Push(): JSX.Element {
  useEffect(() => void lookAtPush(), [])
  const state = push.value
  return (
    <li class="setting">
      <b>{d('push')}</b>
      <span>{pushFault.value === '' ? d(PUSH[state]) : d('pushFailed', { why: pushFault.value })}</span>
      <div>
        {(state === 'off' || state === 'on') && (
          <button
            type="button"
            class="link"
            onClick={() => void (state === 'on' ? turnPushOff() : turnPushOn())}
          >
            {d(state === 'on' ? 'pushTurnOff' : 'pushTurnOn')}
          </button>
        )}
      </div>
    </li>
  )
}

/** Notices of the system while the page is open but not seen; without push they are the only ones. */
function Notices(): JSX.Element {
  const [state, setState] = useState('Notification' in window ? Notification.permission : 'absent')
  const words: Readonly<Record<string, DeskWord>> = {
    granted: 'noticesOn',
    denied: 'pushDenied',
    absent: 'noticesAbsent',
  }
  return (
    <li class="setting">
      <b>{d('notices')}</b>
      <span>{d(words[state] ?? 'noticesOff')}</span>
      <div>
        {state === 'default' && (
          <button
            type="button"
            class="link"
            onClick={() => void Notification.requestPermission().then((said) => setState(said))}
          >
            {d('pushTurnOn')}
          </button>
        )}
      </div>
    </li>
  )
}

function Sound(): JSX.Element {
  return (
    <li class="setting">
      <b>{d('sound')}</b>
      <span>{d(muted.value ? 'soundOff' : 'soundOn')}</span>
      <div>
        <button type="button" class="link" onClick={() => mute(!muted.value)}>
          {d(muted.value ? 'pushTurnOn' : 'pushTurnOff')}
        </button>
        <button type="button" class="link" disabled={muted.value} onClick={sound}>
          {d('soundTry')}
        </button>
      </div>
    </li>
  )
}

const ROWS: readonly (readonly [Kind['kind'] & DeskWord, true | 'raise' | 'audit'])[] = [
  ['handover', true],
  ['silences', true],
  ['raise', 'raise'],
  ['roster', true],
  ['subscriptions', true],
  ['audit', 'audit'],
  ['help', true],
]

/** The analyst's page is the installation's, not a session's. */
const PAGES = player === null ? (['wall', 'report', 'analyst'] as const) : (['wall', 'report'] as const)

/** A setting of two states, with the button that leads to the other. */
function Setting(props: {
  readonly name: string
  readonly is: string
  readonly other: string
  readonly onSwitch: () => void
}): JSX.Element {
  return (
    <li class="setting">
      <b>{props.name}</b>
      <span>{props.is}</span>
      <div>
        <button type="button" class="link" onClick={props.onSwitch}>
          {props.other}
        </button>
      </div>
    </li>
  )
}

/** Where one can go from here. */
function Ways(): JSX.Element {
  const open = (kind: Exclude<Kind['kind'], 'act'>): void => void (sheet.value = { kind })
  const query = `?lang=${lang.value}&theme=${theme.value}`
  return (
    <ul class="verbs">
      {ROWS.map(([kind, needs]) => {
        const permitted = needs === true || may(needs)
        return (
          <li key={kind}>
            <button
              type="button"
              aria-disabled={!permitted}
              data-sheet={kind}
              onClick={() => permitted && open(kind)}
            >
              <b>{d(kind)}</b>
              <span>{permitted ? '' : d('mayNot')}</span>
            </button>
          </li>
        )
      })}
      {PAGES.map((page) => (
        <li key={page}>
          <a href={`./${page}${query}`} target="_blank" rel="noopener">
            <b>{d(page)}</b>
            <span>↗</span>
          </a>
        </li>
      ))}
    </ul>
  )
}

/** Who I am, and what is not about one alert. */
export function MenuSheet(): JSX.Element {
  const session = me.value
  const unit = session === null ? '' : named(session.units[session.unit]) || session.unit
  return (
    <Sheet title={d('menu')}>
      {session !== null && (
        <p class="about">
          <b>{named(session.name)}</b>
          {[named(ROLE[session.role]), named(session.area.name), unit].filter(Boolean).join(' · ')}
        </p>
      )}
      <Ways />
      <ul class="items">
        {player === null && <Push />}
        <Notices />
        <Sound />
        <Setting
          name={d('language')}
          is={lang.value === 'zh' ? '中文' : 'English'}
          other={lang.value === 'zh' ? 'English' : '中文'}
          onSwitch={() => (lang.value = lang.value === 'zh' ? 'en' : 'zh')}
        />
        <Setting
          name={d('theme')}
          is={d(theme.value)}
          other={d(theme.value === 'dark' ? 'light' : 'dark')}
          onSwitch={() => (theme.value = theme.value === 'dark' ? 'light' : 'dark')}
        />
      </ul>
      <div class="submit">
        <button type="button" class="main" onClick={() => void signOut()}>
          {d('signOut')}
        </button>
      </div>
    </Sheet>
  )
}
