import type { JSX } from 'preact'
import type { Report } from '../services/core/report.ts'
import { DUTIES, type Response } from '../services/core/report-response.ts'
import { Chip } from './chip.tsx'
import { count, countdown, duration } from './format.ts'
import { area } from './report-store.ts'
import { tr } from './report-words.ts'
import { lang, named } from './store.ts'

/** Alerts by category: how many, the gravest, how long. */
export function Categories({ report }: { readonly report: Report }): JSX.Element {
  return (
    <section>
      <h2>{tr('incidents')}</h2>
      {report.alerts.categories.length === 0 && <p class="note">{tr('incidentsNone')}</p>}
      <ul class="rows">
        {report.alerts.categories.map((row) => (
          <li key={row.category}>
            <Chip rank={row.worst} size={26} />
            <b>{named(row.name)}</b>
            <span>{tr('lasted', { d: duration(row.lasted, lang.value) })}</span>
            <em>{count(row.count, lang.value)}</em>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Calls and events by kind. */
export function Calls({ report }: { readonly report: Report }): JSX.Element {
  const most = Math.max(1, ...report.calls.map((row) => row.count))
  return (
    <section>
      <h2>{tr('calls')}</h2>
      {report.calls.length === 0 && <p class="note">{tr('callsNone')}</p>}
      <ul class="rows bars">
        {report.calls.slice(0, 10).map((row) => (
          <li key={row.indicator}>
            <b>{named(row.name)}</b>
            <i>
              <s style={{ width: `${(row.count / most) * 100}%` }} />
            </i>
            <em>{count(row.count, lang.value)}</em>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Done({ row }: { readonly row: Response | undefined }): JSX.Element {
  if (row === undefined) return <td class="none">—</td>
  const late = row.count - row.inTime
  return (
    <td class={late + row.open > 0 ? 'late' : ''}>
      <b>
        {row.inTime} / {row.count}
      </b>
      <span>{row.median === null ? '' : countdown(row.median, lang.value)}</span>
      {row.open > 0 && <em>{tr('overdueOpen', { n: row.open })}</em>}
    </td>
  )
}

/** Who kept the limits, by area and by unit. */
export function Responses({ report }: { readonly report: Report }): JSX.Element {
  const keys = [...new Map(report.responses.map((row) => [`${row.of}/${row.key}`, row])).values()]
  return (
    <section class="wide">
      <h2>
        {tr('responses')} <small>{tr('responsesHint')}</small>
      </h2>
      {keys.length === 0 && <p class="note">{tr('responsesNone')}</p>}
      {keys.length > 0 && (
        <table>
          <thead>
            <tr>
              <th />
              {DUTIES.map((duty) => (
                <th key={duty}>{tr(duty)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {keys.map(({ of, key, name }) => (
              <tr key={`${of}/${key}`}>
                <th>
                  {named(name)} <small>{tr(of === 'area' ? 'place' : 'unit')}</small>
                </th>
                {DUTIES.map((duty) => (
                  <Done
                    key={duty}
                    row={report.responses.find(
                      (row) => row.of === of && row.key === key && row.duty === duty,
                    )}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

/** Places with repeated alerts or calls; each opens its own report. */
export function Repeats({ report }: { readonly report: Report }): JSX.Element {
  return (
    <section class="wide">
      <h2>{tr('repeats')}</h2>
      {report.repeats.length === 0 && <p class="note">{tr('repeatsNone')}</p>}
      <ol class="places">
        {report.repeats.map((row) => (
          <li key={row.code}>
            <button type="button" onClick={() => (area.value = row.code)}>
              <b>{named(row.name)}</b>
              <span>{tr('repeatRow', { a: row.alerts, c: row.calls })}</span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  )
}
