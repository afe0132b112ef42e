import { useEffect, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import type { ReplayView } from '../services/core/replay-wire.ts'
import { whyOf } from './analyst-bundle-store.ts'
import {
  drills,
  endDrill,
  loadDrills,
  score,
  scoreFault,
  startDrill,
  watched,
} from './analyst-drill-store.ts'
import { Score } from './analyst-score.tsx'
import { incidentName } from './analyst-names.ts'
import { watch } from './analyst-replay.ts'
import { a, baseOf, incident, overlay } from './analyst-store.ts'
import { may, me } from './desk-store.ts'
import { clock, day } from './format.ts'
import { lang, zone } from './store.ts'

function Start(): JSX.Element {
  const one = incident.value
  const [title, setTitle] = useState('')
  const [people, setPeople] = useState(me.peek()?.person ?? '')
  const [busy, setBusy] = useState(false)
  if (one === null) return <p class="note">{a('drillPick')}</p>
  if (me.value === null)
    return (
      <p class="note">
        {a('drillSignIn')}{' '}
        <button type="button" class="link" onClick={() => (overlay.value = 'sign-in')}>
          {a('signIn')}
        </button>
      </p>
    )
  if (!may('drill')) return <p class="note">{a('mayNot')}</p>
  const named = title || incidentName(one)
  const ids = people.split(/[\s,，、]+/).filter(Boolean)
  return (
    <form
      class="drill-form"
      onSubmit={(event) => {
        event.preventDefault()
        setBusy(true)
        void startDrill({ incident: one.id, title: named, people: ids }).finally(() => setBusy(false))
      }}
    >
      <label class="text">
        <span>{a('drillTitle')}</span>
        <input value={named} maxLength={80} onInput={(event) => setTitle(event.currentTarget.value)} />
      </label>
      <label class="text">
        <span>{a('drillPeople')}</span>
        <input
          value={people}
          placeholder={a('drillPeopleHint')}
          onInput={(event) => setPeople(event.currentTarget.value)}
        />
      </label>
      <p class="deeds">
        <button type="submit" class="main" disabled={busy || ids.length === 0}>
          {a('drillStart')}
        </button>
      </p>
    </form>
  )
}

function Row({ one }: { readonly one: ReplayView }): JSX.Element {
  return (
    <li class={watched.value === one.id ? 'current' : ''} data-drill={one.id}>
      <p>
        <b class="clip">{one.title || a('drill')}</b>
        <span>{one.by}</span>
      </p>
      <small>{`${day(one.at, zone.value, lang.value)} ${clock(one.at, zone.value, lang.value)}`}</small>
      <div>
        <a href={new URL('desk', baseOf(one)).href} target="_blank" rel="noopener">
          {a('drillDesk')} ↗
        </a>
        <button
          type="button"
          onClick={() => {
            watched.value = one.id
            watch(one)
          }}
        >
          {a('drillWatch')}
        </button>
        <button type="button" onClick={() => (watched.value = one.id)}>
          {a('score')}
        </button>
        {may('drill') && (
          <button type="button" onClick={() => void endDrill(one.id)}>
            {a('drillEnd')}
          </button>
        )}
      </div>
    </li>
  )
}

/** An incident relived at the officers' desk, and how it went. */
export function DrillPanel(): JSX.Element {
  useEffect(() => loadDrills(), [])
  const known = score.value
  return (
    <div class="scroll">
      <p class="note">{a('drillLead')}</p>
      <Start />
      <section>
        <h2>{a('drillsOpen')}</h2>
        {drills.value.length === 0 && <p class="note">{a('drillsNone')}</p>}
        <ol class="versions">
          {drills.value.map((one) => (
            <Row key={one.id} one={one} />
          ))}
        </ol>
      </section>
      {scoreFault.value !== null && <p class="note fault">{whyOf(scoreFault.value)}</p>}
      {known !== null && <Score of={known} />}
    </div>
  )
}
