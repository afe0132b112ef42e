import type { JSX } from 'preact'
import { UNKNOWN } from '../services/core/level.ts'
import type { AlertView } from '../services/core/wire.ts'
import { Chip } from './chip.tsx'
import { count, countdown, duration } from './format.ts'
import { choose } from './keys.ts'
import { player } from './player.ts'
import { board, city, lang, named, cityNow, picture, t } from './store.ts'
import type { Word } from './words.ts'

/** Rows offered; the column shows as many as fit, whole. */
const ROWS = 8

const STATES = {
  raised: 'stateRaised',
  acknowledged: 'stateAcknowledged',
  dispatched: 'stateDispatched',
  handled: 'stateHandled',
  verified: 'stateVerified',
  closed: 'stateClosed',
} as const satisfies Readonly<Record<AlertView['state'], Word>>

/** What and where: the first line of a row. */
export function titleOf(alert: AlertView): string {
  if (alert.headline !== '') return alert.headline
  return t('alertPlace', { area: named(city.value?.doc.names[alert.area]), what: named(alert.name) })
}

/** In a session everything is one. */
function isExercise({ exercise }: AlertView): boolean {
  return exercise || player !== null
}

/** How far it has come: the second line of a row. */
function progressOf(alert: AlertView): string {
  const { whistle } = alert
  const state = alert.ended === null ? t(STATES[alert.state]) : t('alertEnded')
  const size = alert.count > 1 ? t('cells', { n: count(alert.count, lang.value) }) : ''
  return [
    isExercise(alert) ? '' : size,
    whistle === null ? state : t('alertCame', { n: whistle.came, m: whistle.called }),
    alert.muted ? t('alertMuted') : '',
  ]
    .filter(Boolean)
    .join(' · ')
}

function Left({ due }: Pick<AlertView, 'due'>): JSX.Element {
  if (due === null) return <span class="left">—</span>
  const left = due.at - cityNow.value
  const over = due.overdue || left < 0
  const text = countdown(left, lang.value)
  return <span class={over ? 'left over' : 'left'}>{over ? t('alertOver', { t: text }) : text}</span>
}

/** The gravest area of an alert's incident, to show why; the area that answers for it where it has none. */
function placeOf(alert: AlertView): number {
  const areas = board.value?.incidents.find(({ number }) => number === alert.number)?.areas ?? []
  const rank = (area: number): number => (picture.ranks[area] === UNKNOWN ? 0 : (picture.ranks[area] ?? 0))
  return areas.reduce((worst, area) => (rank(area) > rank(worst) ? area : worst), areas[0] ?? alert.area)
}

function Row({ alert }: { readonly alert: AlertView }): JSX.Element {
  return (
    <li>
      <button
        type="button"
        class={alert.muted ? 'alert muted' : 'alert'}
        onClick={() => choose(placeOf(alert))}
      >
        <Chip rank={alert.rank > 0 ? alert.rank : alert.peak} size={34} />
        <b class="clip">
          {alert.number > 0 && <i class="number">{alert.number}</i>}
          {titleOf(alert)}
        </b>
        <time>{duration(cityNow.value - alert.raised, lang.value)}</time>
        <span class="progress clip">
          {isExercise(alert) && <em class="exercise">{t('exercise')}</em>}
          {progressOf(alert)}
        </span>
        <Left due={alert.due} />
      </button>
    </li>
  )
}

/** Who is on it, and how much time is left; nothing where this server follows no alerts. */
export function Rail(): JSX.Element | null {
  const known = board.value
  if (known === null) return null
  const rest = known.open - Math.min(ROWS, known.alerts.length)
  return (
    <section class="rail" aria-live="polite">
      <h2>
        <span>
          {t('alerts')}
          {known.overdue > 0 && <em class="over">{t('alertsOverdue', { n: known.overdue })}</em>}
        </span>
        <span>{known.alerts.length > 0 ? t('alertsLeft') : ''}</span>
      </h2>
      {known.alerts.length === 0 && <p class="note">{t('alertsNone')}</p>}
      <ol>
        {known.alerts.slice(0, ROWS).map((alert) => (
          <Row key={alert.id} alert={alert} />
        ))}
      </ol>
      {rest > 0 && <p class="note">{t('alertsMore', { n: count(rest, lang.value) })}</p>}
    </section>
  )
}
