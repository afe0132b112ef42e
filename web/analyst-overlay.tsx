import type { JSX } from 'preact'
import { a, overlay } from './analyst-store.ts'
import type { AnalystWord } from './analyst-store.ts'
import { signOut } from './desk-session.ts'
import { SignIn } from './desk-signin.tsx'
import { d, me } from './desk-store.ts'
import { ROLE } from './desk-terms.ts'
import { named } from './store.ts'

const KEYS: readonly (readonly [string, AnalystWord])[] = [
  ['␣', 'keySpace'],
  ['← →', 'keySteps'],
  ['↓ ↑', 'keyStrides'],
  ['⇧← ⇧→', 'keyHops'],
  ['[ ]', 'keyRates'],
  ['+ −', 'keyZoom'],
  [', .', 'keyPan'],
  ['Home', 'keyHome'],
  ['0', 'keyAll'],
  ['H', 'keyMap'],
  ['O', 'keyLoop'],
  ['C', 'keyCompare'],
  ['N', 'keyLive'],
  ['K', 'keyCopy'],
  ['G', 'keyLang'],
  ['D', 'keyTheme'],
  ['?', 'keyHelp'],
]

function Help(): JSX.Element {
  return (
    <dl class="keys">
      {KEYS.map(([key, word]) => (
        <div key={key}>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{a(word)}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Who is signed in, or the way to be. */
function Person(): JSX.Element {
  const session = me.value
  if (session === null)
    return (
      <>
        <p class="note">{a('signInWhy')}</p>
        <SignIn />
      </>
    )
  return (
    <>
      <p>
        <b>{named(session.name)}</b> · {named(ROLE[session.role])}
      </p>
      <p class="deeds">
        <button type="button" onClick={() => void signOut()}>
          {d('signOut')}
        </button>
      </p>
    </>
  )
}

/** Keys or the door, over the page. */
export function Overlay(): JSX.Element | null {
  const kind = overlay.value
  if (kind === '') return null
  const title = a(kind === 'help' ? 'help' : 'signIn')
  return (
    <div class="veil" onClick={(event) => event.target === event.currentTarget && (overlay.value = '')}>
      <div class="sheet" role="dialog" aria-modal="true" aria-label={title} data-sheet={kind}>
        <h2>
          <span>{title}</span>
          <button type="button" aria-label={a('close')} onClick={() => (overlay.value = '')}>
            ✕
          </button>
        </h2>
        {kind === 'help' ? <Help /> : <Person />}
      </div>
    </div>
  )
}
