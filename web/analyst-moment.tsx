import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { JSX } from 'preact'
import type { Knowledge } from '../services/core/history-wire.ts'
import type { AlertView } from '../services/core/wire.ts'
import { UNKNOWN } from '../services/core/level.ts'
import { ask } from './desk-api.ts'
import { exportIncident, keeping, whyOf } from './analyst-bundle-store.ts'
import { chosenCell } from './analyst-map.tsx'
import { areaName, incidentName, ruleName } from './analyst-names.ts'
import { goToIncident } from './analyst-replay.ts'
import type { Scene } from './analyst-scene.ts'
import {
  a,
  bounds,
  head,
  incident,
  incidentId,
  live,
  panel,
  past,
  timeline,
  whole,
  overlay,
} from './analyst-store.ts'
import type { AnalystWord } from './analyst-store.ts'
import { Chip } from './chip.tsx'
import { me } from './desk-store.ts'
import { CHANNEL, DONE, STATE } from './desk-terms.ts'
import { clock, clockSeconds, count, day, duration } from './format.ts'
import { lookOf, warningRanks } from './look.ts'
import { refusalOf } from './refusal.ts'
import { lang, named, scheme, t, zone } from './store.ts'

/** The scene that the panel speaks of: the replay where there is one. */
function sceneNow(): Scene {
  return head.value === null ? live : past
}

function Counts(): JSX.Element {
  const levels = sceneNow().summary.value?.levels
  return (
    <ul class="level-counts">
      {warningRanks(scheme.value).map((rank) => {
        const cells = levels?.[rank === UNKNOWN ? 'unknown' : lookOf(scheme.value, rank).id]
        return (
          <li key={rank} class={cells === undefined || cells === 0 ? 'none' : ''}>
            <Chip rank={rank} size={30} />
            <b>{cells === undefined ? '–' : count(cells, lang.value)}</b>
          </li>
        )
      })}
    </ul>
  )
}

function titleOf(alert: AlertView): string {
  return alert.headline || t('alertPlace', { area: areaName(alert.area), what: named(alert.name) })
}

function Alerts(): JSX.Element {
  const board = sceneNow().board.value
  if (board === null) return <p class="note">{a('momentWaiting')}</p>
  const codes = sceneNow().city.value?.doc.codes
  return (
    <section>
      <h2>
        <span>{a('momentIncidents')}</span>
        <span>{board.open > 0 ? count(board.open, lang.value) : ''}</span>
      </h2>
      {board.alerts.length === 0 && <p class="note">{a('momentNone')}</p>}
      <ol class="alerts">
        {board.alerts.map((alert) => (
          <li key={alert.id}>
            <button
              type="button"
              onClick={() => {
                chosenCell.value = codes?.[alert.area] ?? ''
                // Numbers are given again once they are free: the alert itself tells its incident.
                const all = [...(timeline.peek()?.alerts ?? []), ...(whole.peek()?.alerts ?? [])]
                const known = all.find(({ id }) => id === alert.id)
                if (known !== undefined) incidentId.value = known.incident
              }}
            >
              <Chip rank={alert.rank > 0 ? alert.rank : alert.peak} size={30} />
              <b class="clip">
                {alert.number > 0 && <i class="number">{alert.number}</i>}
                {titleOf(alert)}
              </b>
              <time>{clock(alert.raised, zone.value, lang.value)}</time>
              <span class="clip">{named(STATE[alert.state])}</span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  )
}

const known = signal<{ readonly alert: string; readonly got: Knowledge | null; readonly fault: string }>({
  alert: '',
  got: null,
  fault: '',
})

/** Stands for a fault that signing in mends. */
const SIGN_IN = 'sign-in'

async function loadKnowledge(alert: string): Promise<void> {
  known.value = { alert, got: null, fault: '' }
  try {
    const got = await ask<Knowledge>(`alerts/${encodeURIComponent(alert)}/knowledge`)
    if (known.peek().alert === alert) known.value = { alert, got, fault: '' }
  } catch (thrown) {
    const fault = refusalOf(thrown).status === 401 ? SIGN_IN : whyOf(thrown)
    if (known.peek().alert === alert) known.value = { alert, got: null, fault }
  }
}

const KNEW: Readonly<Record<string, AnalystWord>> = {
  raised: 'knewRaised',
  told: 'knewTold',
  delivered: 'knewDelivered',
  failed: 'knewFailed',
  seen: 'knewSeen',
}

function whatOf(what: string): string {
  const word = KNEW[what]
  if (word !== undefined) return a(word)
  const pair = Object.entries(DONE).find(([name]) => name === what)?.[1]
  return pair === undefined ? what : named(pair).replace(/\{\w+\}/g, '')
}

function channelOf(channel: string): string {
  const pair = Object.entries(CHANNEL).find(([name]) => name === channel)?.[1]
  return pair === undefined ? channel : named(pair)
}

/** Who knew what when, of the alert that an incident raised. */
function Knew({ alert }: { readonly alert: string }): JSX.Element {
  const person = me.value?.person
  useEffect(() => void loadKnowledge(alert), [alert, person])
  const { got, fault } = known.value
  return (
    <section>
      <h2>{a('knowledge')}</h2>
      {fault === SIGN_IN && (
        <p class="note">
          {a('knowledgeSignIn')}{' '}
          <button type="button" class="link" onClick={() => (overlay.value = 'sign-in')}>
            {a('signIn')}
          </button>
        </p>
      )}
      {fault !== '' && fault !== SIGN_IN && <p class="note">{a('knowledgeFailed', { why: fault })}</p>}
      {got?.lines.length === 0 && <p class="note">{a('knowledgeNone')}</p>}
      <ol class="knew">
        {got?.lines.map((line, i) => (
          <li key={i}>
            <time>{clockSeconds(line.at, zone.value, lang.value)}</time>
            <Chip rank={line.rank} size={20} />
            <b class="clip">{line.person === '' ? a('system') : line.person}</b>
            <span class="clip">
              {[whatOf(line.what), channelOf(line.channel), line.detail].filter(Boolean).join(' · ')}
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}

function Fact(props: { readonly label: string; readonly value: string }): JSX.Element {
  return (
    <div>
      <dt>{props.label}</dt>
      <dd>{props.value}</dd>
    </div>
  )
}

function IncidentCard(): JSX.Element {
  const one = incident.value
  if (one === null)
    return (
      <p class="note">
        {a(incidentId.value === '' || whole.value === null ? 'incidentNone' : 'incidentGone')}
      </p>
    )
  const moment = (at: number): string =>
    `${day(at, zone.value, lang.value)} ${clock(at, zone.value, lang.value)}`
  const alerts = [...(timeline.value?.alerts ?? []), ...(whole.value?.alerts ?? [])]
  const alert = alerts.find((row) => row.incident === one.id)
  const lasted = duration((one.over ?? bounds.value?.to ?? one.born) - one.born, lang.value)
  return (
    <section class="incident-card">
      <h3>
        <Chip rank={one.peak} size={44} />
        <span>
          <b class="clip">{incidentName(one)}</b>
          <small>
            <i class="number">{one.number}</i>
            {named(lookOf(scheme.value, one.peak).name)} · {a('byRule')} {ruleName(one.rule)}
          </small>
        </span>
      </h3>
      <dl>
        <Fact label={a('born')} value={moment(one.born)} />
        <Fact label={a('over')} value={one.over === null ? a('tipLives') : moment(one.over)} />
        <Fact label={a('lasted')} value={lasted} />
        <Fact label={a('atMost')} value={count(one.count, lang.value)} />
      </dl>
      <p class="deeds">
        <button type="button" class="main" onClick={() => goToIncident(one.id)}>
          {a('replayIt')}
        </button>
        <button type="button" disabled={keeping.value} onClick={() => void exportIncident(one.id)}>
          {a(keeping.value ? 'keeping' : 'exportIt')}
        </button>
        <button type="button" onClick={() => (panel.value = 'drill')}>
          {a('drillIt')}
        </button>
      </p>
      {alert !== undefined && <Knew alert={alert.id} />}
    </section>
  )
}

/** What was known at the moment that is shown. */
export function MomentPanel(): JSX.Element {
  return (
    <>
      <Counts />
      <IncidentCard />
      <Alerts />
    </>
  )
}
