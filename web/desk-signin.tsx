import { signal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import type { DemoAnswer } from '../services/core/desk-wire.ts'
import { refusalOf } from './refusal.ts'
import { demoPeople, signIn } from './desk-session.ts'
import { d, door } from './desk-store.ts'
import { ROLE } from './desk-terms.ts'
import { duration } from './format.ts'
import { lang, named, theme } from './store.ts'

const offered = signal<DemoAnswer['people']>([])
const busy = signal(false)
/** Demo people shown before one asks for the others. */
const OFFERED = 6
const fault = signal('')

/** Why signing in failed, and what to do. */
function reasonOf(thrown: unknown): string {
  const refusal = refusalOf(thrown)
  if (refusal.status === 0) return d('signInOffline')
  if (refusal.code === 'SE-locked' || refusal.status === 429)
    return d('signInLocked', { d: duration(Math.max(1, refusal.after) * 1000, lang.value) })
  if (refusal.status === 401) return d('signInWrong')
  return d('signInFailed', { why: [refusal.message, refusal.hint].filter(Boolean).join('. ') })
}

async function enter(person: string, password: string | null): Promise<void> {
  if (busy.peek()) return
  busy.value = true
  fault.value = ''
  try {
    await signIn(person, password)
  } catch (thrown) {
    fault.value = reasonOf(thrown)
  } finally {
    busy.value = false
  }
}

function Form(): JSX.Element {
  return (
    <form
      class="sign-in"
      onSubmit={(event) => {
        event.preventDefault()
        const fields = new FormData(event.currentTarget)
        const [person, password] = [fields.get('person'), fields.get('password')]
        if (typeof person === 'string' && typeof password === 'string') void enter(person.trim(), password)
      }}
    >
      <label>
        <span>{d('person')}</span>
        <input name="person" autocomplete="username" autocapitalize="none" spellcheck={false} required />
      </label>
      <label>
        <span>{d('password')}</span>
        <input name="password" type="password" autocomplete="current-password" required />
      </label>
      <button type="submit" class="main" disabled={busy.value}>
        {d(busy.value ? 'signingIn' : 'signIn')}
      </button>
    </form>
  )
}

function Demo(): JSX.Element | null {
  const [all, setAll] = useState(false)
  useEffect(() => {
    // Nobody is offered where this is no demo, and nobody where the server cannot say.
    demoPeople().then(
      (people) => (offered.value = people),
      () => (offered.value = []),
    )
  }, [])
  if (offered.value.length === 0) return null
  return (
    <section class="demo-people">
      <h2>{d('demoPeople')}</h2>
      <ul>
        {offered.value.slice(0, all ? undefined : OFFERED).map((one) => (
          <li key={one.person}>
            <button
              type="button"
              disabled={busy.value}
              data-person={one.person}
              onClick={() => void enter(one.person, null)}
            >
              <b class="clip">{named(one.name)}</b>
              <span>{named(ROLE[one.role])}</span>
              <small class="clip">{named(one.area.name)}</small>
            </button>
          </li>
        ))}
      </ul>
      {!all && offered.value.length > OFFERED && (
        <button type="button" class="link" onClick={() => setAll(true)}>
          {d('demoMore', { n: offered.value.length - OFFERED })}
        </button>
      )}
    </section>
  )
}

/** The form with what was wrong with it, and demo people to choose from. */
export function SignIn(): JSX.Element {
  return (
    <>
      {fault.value !== '' && (
        <p class="fault" role="alert">
          {fault.value}
        </p>
      )}
      <Demo />
      <Form />
    </>
  )
}

const LEAD = { shut: 'signInLead', expired: 'signInExpired', open: 'signInLead' } as const

/** Where one signs in; says why one is here. */
export function Door(): JSX.Element {
  const state = door.value
  return (
    <main class="door">
      <header>
        <b>Qingyu 晴雨</b>
        <h1>{d('title')}</h1>
      </header>
      {state === 'asking' && <p class="empty">{d('asking')}</p>}
      {state === 'offline' && (
        <p class="lead" role="alert">
          {d('signInOffline')}
        </p>
      )}
      {state === 'absent' && (
        <p class="lead" role="alert">
          {d('signInAbsent')}
        </p>
      )}
      {(state === 'shut' || state === 'expired') && (
        <>
          <p class="lead" role={state === 'expired' ? 'alert' : undefined}>
            {d(LEAD[state])}
          </p>
          <SignIn />
        </>
      )}
      <p class="corner">
        <button type="button" onClick={() => (lang.value = lang.value === 'zh' ? 'en' : 'zh')}>
          {lang.value === 'zh' ? 'English' : '中文'}
        </button>
        <button type="button" onClick={() => (theme.value = theme.value === 'dark' ? 'light' : 'dark')}>
          {d(theme.value === 'dark' ? 'light' : 'dark')}
        </button>
      </p>
    </main>
  )
}
