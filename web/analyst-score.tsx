import type { JSX } from 'preact'
import type { DrillScore } from '../services/core/replay-wire.ts'
import { a } from './analyst-store.ts'
import { Chip } from './chip.tsx'
import { STATE } from './desk-terms.ts'
import { countdown, duration } from './format.ts'
import { lang, named } from './store.ts'

const DUTIES = {
  acknowledge: 'dutyAcknowledge',
  dispatch: 'dutyDispatch',
  handle: 'dutyHandle',
  verify: 'dutyVerify',
} as const

const took = (ms: number | null): string => (ms === null ? '—' : countdown(ms, lang.value))

function Step({ step }: { readonly step: DrillScore['alerts'][number]['steps'][number] }): JSX.Element {
  const verdict = step.inTime === null ? '' : step.inTime ? 'kept' : 'missed'
  return (
    <td class={verdict}>
      <b>{step.took === null ? a('scoreNotDone') : took(step.took)}</b>
      <small>{step.limit === null ? '' : a('scoreLimit', { d: took(step.limit) })}</small>
      <small>{step.life === null ? '' : a('scoreLife', { d: took(step.life) })}</small>
    </td>
  )
}

/** How a drill went: response times against their limits and against what happened in life. */
export function Score({ of }: { readonly of: DrillScore }): JSX.Element {
  const percent = of.inTime === null ? '—' : `${Math.round(of.inTime * 100)}%`
  return (
    <section class="score">
      <h2>
        <span>{a('score')}</span>
        <span>{of.state === 'running' ? a('scoreRunning') : ''}</span>
      </h2>
      <p class="grade">
        <b>{percent}</b> {a('scoreInTime')}
        <b>{of.overdue}</b> {a('scoreOverdue')}
      </p>
      {of.hastened > 0 && <p class="note">{a('scoreHastened', { d: duration(of.hastened, lang.value) })}</p>}
      {of.alerts.length === 0 && <p class="note">{a('scoreNone')}</p>}
      {of.alerts.length > 0 && (
        <table>
          <thead>
            <tr>
              <th />
              {Object.values(DUTIES).map((word) => (
                <th key={word}>{a(word)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {of.alerts.map((alert) => (
              <tr key={alert.id}>
                <td>
                  <Chip rank={alert.rank} size={26} />
                  <i class="number">{alert.number}</i>
                  <small>{named(STATE[alert.state])}</small>
                </td>
                {(Object.keys(DUTIES) as (keyof typeof DUTIES)[]).map((duty) => {
                  const step = alert.steps.find((one) => one.duty === duty)
                  return step === undefined ? <td key={duty}>—</td> : <Step key={duty} step={step} />
                })}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {of.people.length > 0 && (
        <table class="people">
          <thead>
            <tr>
              <th>{a('scorePerson')}</th>
              <th>{a('scoreActs')}</th>
              <th>{a('scoreRefused')}</th>
              <th>{a('scoreAck')}</th>
            </tr>
          </thead>
          <tbody>
            {of.people.map((one) => (
              <tr key={one.person}>
                <td>{one.person}</td>
                <td>{one.acts}</td>
                <td>{one.refused}</td>
                <td>{took(one.acknowledge)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
