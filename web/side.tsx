import type { JSX } from 'preact'
import { Chip } from './chip.tsx'
import { clockSeconds, count } from './format.ts'
import { Rail } from './rail.tsx'
import { Why } from './why.tsx'
import { choose } from './keys.ts'
import { board, chosen, city, lang, named, summary, t, tidings, zone } from './store.ts'

/** Rows offered; the column shows as many as fit, whole. */
const CHANGES = 12
const CALLS = 5

function Changes(): JSX.Element {
  const names = city.value?.doc.names
  return (
    <section class="changes">
      <h2>
        <span>{t('changes')}</span>
      </h2>
      {tidings.value.length === 0 && <p class="note">{t('changesNone')}</p>}
      <ol class="whole-rows">
        {tidings.value.slice(0, CHANGES).map((row) => (
          <li key={`${row.at}/${row.area}/${row.from}/${row.to}`}>
            <button type="button" onClick={() => choose(row.area)}>
              <time>{clockSeconds(row.at, zone.value, lang.value)}</time>
              <Chip rank={row.from} size={22} />
              <i aria-hidden="true">→</i>
              <Chip rank={row.to} size={22} />
              <span class="clip">
                {row.cells === 1
                  ? named(names?.[row.area])
                  : t('cellsAt', { area: named(names?.[row.area]), n: count(row.cells, lang.value) })}
              </span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  )
}

function Calls(): JSX.Element {
  const calls = summary.value?.calls ?? []
  const most = Math.max(1, ...calls.map((row) => row.count))
  const total = calls.reduce((sum, row) => sum + row.count, 0)
  return (
    <section class="calls">
      <h2>
        <span>{t('calls')}</span>
        <span>{total === 0 ? '' : count(total, lang.value)}</span>
      </h2>
      {calls.length === 0 && <p class="note">{t('callsNone')}</p>}
      <div class="bars">
        {calls.slice(0, CALLS).map((row) => (
          <div key={row.indicator} class="bar">
            <span class="clip">{named(row.name)}</span>
            <div>
              <i style={{ width: `${(row.count / most) * 100}%` }} />
            </div>
            <em>{count(row.count, lang.value)}</em>
          </div>
        ))}
      </div>
    </section>
  )
}

/** Who is on it, why it is so, what just changed, and what people report. Where there are alerts, the reason comes when it is asked for. */
export function Side(): JSX.Element {
  const busy = (board.value?.alerts.length ?? 0) > 0
  return (
    <aside class="r">
      <Rail />
      {(!busy || chosen.value >= 0) && <Why />}
      <Changes />
      <Calls />
    </aside>
  )
}
