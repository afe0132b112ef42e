import type { JSX } from 'preact'
import type { AlertAnswer } from '../services/core/desk-wire.ts'
import { Acts } from './desk-acts.tsx'
import { Chip } from './chip.tsx'
import { Duty } from './desk-duty.tsx'
import { TimeLeft } from './desk-list.tsx'
import { Near } from './desk-near.tsx'
import { clockOf, rankShown, spent } from './desk-order.ts'
import { Record } from './desk-record.tsx'
import { at, headlineOf, heldBy, isExercise, levelOf, listOf } from './desk-say.ts'
import { loadOpened } from './desk-session.ts'
import { chosenId, d, openAlert, opened, second, who } from './desk-store.ts'
import { DUTIES } from '../services/core/alert-text.ts'
import { STATE, TREND } from './desk-terms.ts'
import { ToldList } from './desk-told.tsx'
import { Where } from './desk-where.tsx'
import { WhistleTable } from './desk-whistle.tsx'
import { WhySo } from './desk-why.tsx'
import { count } from './format.ts'
import { lang, named } from './store.ts'

const LIFE = ['raised', 'acknowledged', 'dispatched', 'handled', 'verified', 'closed'] as const

/** How far along its life the alert is. */
function Life({ got }: { readonly got: AlertAnswer }): JSX.Element {
  const here = LIFE.indexOf(got.alert.state)
  return (
    <>
      <ol class="life" aria-label={named(STATE[got.alert.state])}>
        {LIFE.map((state, i) => (
          <li key={state} class={i < here ? 'done' : i === here ? 'here' : ''} aria-current={i === here}>
            <span>{named(STATE[state])}</span>
          </li>
        ))}
      </ol>
      <p class="life-now" aria-hidden="true">
        {named(STATE[got.alert.state])}
      </p>
    </>
  )
}

/** Clocks that run beside the first, and what was missed. */
function Clocks({ got }: { readonly got: AlertAnswer }): JSX.Element | null {
  const { deadlines, missed } = got.alert
  const first = clockOf(got.alert)
  const others = deadlines.filter((one) => one !== first)
  if (others.length + missed.length === 0) return null
  return (
    <section class="clocks">
      <p class="line">
        {[
          ...others.map((one) => `${named(DUTIES[one.duty])} ${at(one.due)}`),
          missed.length === 0
            ? ''
            : d('missedOnes', { list: listOf([...new Set(missed)].map((duty) => named(DUTIES[duty]))) }),
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
    </section>
  )
}

/** What stands apart: a drill, a condition that ended, what keeps notices back. */
function Strips({ got: { alert } }: { readonly got: AlertAnswer }): JSX.Element {
  const [how = '', which = ''] = alert.mutedBy.split(':', 2)
  return (
    <>
      {isExercise(alert) && <p class="strip drill-strip">{d('exerciseLong')}</p>}
      {alert.ended !== null && alert.closed === null && (
        <p class="strip">{d('endedLong', { t: at(alert.ended) })}</p>
      )}
      {alert.shelved !== null && (
        <p class="strip">
          {d('shelvedLong', {
            who: who(alert.shelved.by),
            t: at(alert.shelved.until),
            why: alert.shelved.reason,
          })}
        </p>
      )}
      {how !== '' && how !== 'shelved' && (
        <p class="strip">
          {d('mutedStrip', { why: heldBy({ by: alert.mutedBy }) })}
          {how === 'inhibited' && (
            <button type="button" class="link" onClick={() => openAlert(which)}>
              {d('openThat')}
            </button>
          )}
        </p>
      )}
      {alert.byDefault && <p class="strip">{d('byDefault')}</p>}
    </>
  )
}

function Head({ got }: { readonly got: AlertAnswer }): JSX.Element {
  const { alert, incident } = got
  const rank = rankShown(alert)
  const clock = alert.closed === null ? clockOf(alert) : null
  const about = [
    levelOf(rank),
    alert.peak === rank ? '' : d('peakWas', { level: levelOf(alert.peak) }),
    incident === null || alert.ended !== null ? '' : named(TREND[incident.trend]),
    d(alert.count === 1 ? 'areaOne' : 'areaCount', { n: count(alert.count, lang.value) }),
    d('raisedAt', { t: at(alert.raised) }),
  ]
  return (
    <div class="head">
      <button type="button" class="icon back" aria-label={d('back')} onClick={() => openAlert('')}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M14.5 5L8 12l6.5 7" />
        </svg>
      </button>
      <Chip rank={rank} size={48} />
      <div class="title">
        <h1>
          {alert.number > 0 && <i class="number">{alert.number}</i>}
          {headlineOf(alert)}
        </h1>
        <p>{about.filter(Boolean).join(' · ')}</p>
      </div>
      <TimeLeft row={alert} />
      {clock !== null && alert.shelved === null && (
        <div class="gone" role="presentation">
          <i style={{ width: `${spent(clock.due, alert.since, second.value) * 100}%` }} />
        </div>
      )}
    </div>
  )
}

/** The opened alert: where, why, who, how long, and what can be done. */
export function Incident(): JSX.Element {
  const id = chosenId.value
  const { got, fault } = opened.value.id === id ? opened.value : { got: null, fault: '' }
  if (id === '')
    return (
      <main class="incident none">
        <p class="empty">{d('pick')}</p>
      </main>
    )
  if (got === null)
    return (
      <main class="incident none">
        <div class="empty">
          <p>
            {fault === ''
              ? d('loadingAlert')
              : fault === 'gone'
                ? d('alertGone')
                : d('alertFailed', { why: fault })}
          </p>
          {fault !== '' && (
            <>
              <button type="button" class="link" onClick={() => void loadOpened()}>
                {d('tryAgain')}
              </button>
              <button type="button" class="link" onClick={() => openAlert('')}>
                {d('back')}
              </button>
            </>
          )}
        </div>
      </main>
    )
  return (
    <main class="incident" aria-label={headlineOf(got.alert)} key={id}>
      <Head got={got} />
      <div class="body" tabIndex={-1}>
        <div class="lead">
          <Life got={got} />
          <Clocks got={got} />
          <Strips got={got} />
        </div>
        <div class="ground">
          <Where got={got} />
          <WhySo got={got} />
          <Near got={got} />
        </div>
        <div class="people">
          <WhistleTable got={got} />
          <Record got={got} />
          <ToldList got={got} />
          <Duty area={got.alert.area.code} />
        </div>
      </div>
      <Acts got={got} />
    </main>
  )
}
