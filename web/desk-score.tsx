import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { JSX } from 'preact'
import { DUTIES } from '../services/core/alert-text.ts'
import type { DrillScore } from '../services/core/replay-wire.ts'
import { Chip } from './chip.tsx'
import { headlineOf } from './desk-say.ts'
import { Sheet } from './desk-sheet.tsx'
import { rows, who } from './desk-store.ts'
import { STATE } from './desk-terms.ts'
import { countdown, duration } from './format.ts'
import { fetchScore, scoreTable } from './player-api.ts'
import { player } from './player.ts'
import { p } from './player-say.ts'
import { refusalOf } from './refusal.ts'
import { lang, named } from './store.ts'

/** The score is asked for this often while it is seen, ms. */
const EVERY = 3000

const known = signal<{ readonly got: DrillScore | null; readonly fault: string }>({ got: null, fault: '' })

async function load(id: string): Promise<void> {
  try {
    known.value = { got: await fetchScore(id), fault: '' }
  } catch (thrown) {
    // Of a drill that was closed the last score stays.
    known.value = { got: known.peek().got, fault: refusalOf(thrown).message }
  }
}

const time = (ms: number): string => countdown(ms, lang.value)

function Duty({ of }: { readonly of: DrillScore['alerts'][number]['steps'][number] }): JSX.Element {
  const { duty, took, limit, life, by, inTime } = of
  return (
    <div class={inTime === false ? 'missed' : ''}>
      <dt>{named(DUTIES[duty])}</dt>
      <dd>
        <b class={inTime === false ? 'missed' : ''}>{took === null ? p('scoreNot') : time(took)}</b>{' '}
        {by !== '' && who(by)}
        <small>
          {[
            limit === null ? '' : p('scoreLimit', { d: time(limit) }),
            life === null ? '' : p('scoreLife', { d: time(life) }),
          ]
            .filter(Boolean)
            .join(' · ')}
        </small>
      </dd>
    </div>
  )
}

function Result({ of }: { readonly of: DrillScore }): JSX.Element {
  const share = of.inTime === null ? '—' : `${Math.round(of.inTime * 100)} %`
  return (
    <div class="drill-score">
      <p class="grade">{p('scoreGrade', { p: share, n: of.overdue })}</p>
      <p class="note">{p(of.state === 'over' ? 'scoreOver' : 'scoreRunning')}</p>
      {of.hastened > 0 && <p class="note">{p('scoreHastened', { d: duration(of.hastened, lang.value) })}</p>}
      {of.alerts.length === 0 && <p class="note">{p('scoreNone')}</p>}
      <ol>
        {of.alerts.map((alert) => {
          const row = rows.value.get(alert.id)
          return (
            <li key={alert.id}>
              <Chip rank={alert.rank} size={28} />{' '}
              <b>
                {alert.number > 0 && <i class="number">{alert.number}</i>}
                {row === undefined ? alert.headline : headlineOf(row)}
              </b>{' '}
              {named(STATE[alert.state])}
              <dl>
                {alert.steps.map((step) => (
                  <Duty key={step.duty} of={step} />
                ))}
              </dl>
            </li>
          )
        })}
      </ol>
      <ul>
        {of.people.map(({ person, acts, refused, acknowledge }) => (
          <li key={person}>
            <b>{who(person)}</b> {p('scoreActs', { n: acts, m: refused })}
            {acknowledge !== null && ` · ${p('scoreAck', { d: time(acknowledge) })}`}
          </li>
        ))}
      </ul>
    </div>
  )
}

/** How people did in the drill that this desk belongs to. */
export function ScoreSheet(): JSX.Element {
  const id = player?.id ?? ''
  useEffect(() => {
    void load(id)
    const timer = setInterval(() => void load(id), EVERY)
    return () => clearInterval(timer)
  }, [id])
  const { got, fault } = known.value
  return (
    <Sheet title={p('score')} wide>
      {fault !== '' && <p class="note">{p('scoreFailed', { why: fault })}</p>}
      {got !== null && <Result of={got} />}
      <div class="submit">
        <a class="link" href={scoreTable(id)} download>
          {p('scoreTable')}
        </a>
      </div>
    </Sheet>
  )
}
