import { useEffect, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { mute, muted, sound } from './desk-alarm.ts'
import { lookAtPush, push, pushFault, turnPushOff, turnPushOn } from './desk-push.ts'
import { signOut } from './desk-session.ts'
import { Sheet } from './desk-sheet.tsx'
import { d, may, me, sheet } from './desk-store.ts'
import type { DeskWord, Sheet as Kind } from './desk-store.ts'
import { ROLE } from './desk-terms.ts'
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

/** Who I am, and what is not about one alert. */
export function MenuSheet(): JSX.Element {
  const session = me.value
  const open = (kind: Exclude<Kind['kind'], 'act'>): void => void (sheet.value = { kind })
  return (
    <Sheet title={d('menu')}>
      {session !== null && (
        <p class="about">
          <b>{named(session.name)}</b>
          {[
            named(ROLE[session.role]),
            named(session.area.name),
            named(session.units[session.unit]) || session.unit,
          ]
            .filter(Boolean)
            .join(' · ')}
        </p>
      )}
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
        <li>
          <a href={`./?lang=${lang.value}&theme=${theme.value}`} target="_blank" rel="noopener">
            <b>{d('wall')}</b>
            <span>↗</span>
          </a>
        </li>
        <li>
          <a href={`./report?lang=${lang.value}&theme=${theme.value}`} target="_blank" rel="noopener">
            <b>{d('report')}</b>
            <span>↗</span>
          </a>
        </li>
      </ul>
      <ul class="items">
        <Push />
        <Notices />
        <Sound />
        <li class="setting">
          <b>{d('language')}</b>
          <span>{lang.value === 'zh' ? '中文' : 'English'}</span>
          <div>
            <button
              type="button"
              class="link"
              onClick={() => (lang.value = lang.value === 'zh' ? 'en' : 'zh')}
            >
              {lang.value === 'zh' ? 'English' : '中文'}
            </button>
          </div>
        </li>
        <li class="setting">
          <b>{d('theme')}</b>
          <span>{d(theme.value)}</span>
          <div>
            <button
              type="button"
              class="link"
              onClick={() => (theme.value = theme.value === 'dark' ? 'light' : 'dark')}
            >
              {d(theme.value === 'dark' ? 'light' : 'dark')}
            </button>
          </div>
        </li>
      </ul>
      <div class="submit">
        <button type="button" class="main" onClick={() => void signOut()}>
          {d('signOut')}
        </button>
      </div>
    </Sheet>
  )
}
