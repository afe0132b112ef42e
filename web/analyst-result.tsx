import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { JSX } from 'preact'
import type { Compared, RehearsalResult, RehearsalView } from '../services/core/replay-wire.ts'
import { chosenCell } from './analyst-map.tsx'
import { areaByCode, ruleName } from './analyst-names.ts'
import { gone, loadRehearsals, rehearsals } from './analyst-rehearsal.ts'
import { Firsts, Load, Times } from './analyst-result-figures.tsx'
import { momentsOf } from './analyst-result-moment.ts'
import { LEAD } from './analyst-replay.ts'
import { look } from './analyst-history.ts'
import { a, against, againstId, rehearsal, rehearsalId } from './analyst-store.ts'
import { Chip } from './chip.tsx'
import { apiUrl } from './desk-api.ts'
import { clock, count, day, duration } from './format.ts'
import { lang, named, zone } from './store.ts'

const VERDICTS = ['earlier', 'later', 'new', 'gone', 'same'] as const
type Verdict = Compared['verdict']

/** Verdicts whose alerts are listed; at first all that differ. */
const shown = signal<ReadonlySet<Verdict>>(new Set(['earlier', 'later', 'new', 'gone']))
/** Rows drawn; beyond, filters find better than scrolling. */
const MOST = 200

/** By how much an alert comes earlier (+) or later (−). */
function byOf({ verdict, early }: Compared): string {
  if (verdict === 'new' || verdict === 'gone') return a(verdict)
  if (Math.abs(early) < 1000) return '—'
  return `${early > 0 ? '+' : '−'}${duration(Math.abs(early), lang.value)}`
}

/** Map and timeline go where an alert began, on whichever side it did first. */
function goSee(one: Compared): void {
  const began = Math.min(one.was?.from ?? Infinity, one.would?.from ?? Infinity)
  const over = Math.max(one.was?.to ?? began, one.would?.to ?? began)
  chosenCell.value = one.code
  look({ from: began - 2 * LEAD, to: over + 2 * LEAD })
}

function Row({ one, from }: { readonly one: Compared; readonly from: number }): JSX.Element {
  const [was, would] = momentsOf(one.was?.from, one.would?.from, from, '—')
  return (
    <tr data-verdict={one.verdict}>
      <td>
        <button type="button" onClick={() => goSee(one)}>
          <Chip rank={one.peak} size={28} />
          <span>
            <b class="clip">{areaByCode(one.code)}</b>
            <small class="clip">{ruleName(one.rule)}</small>
          </span>
        </button>
      </td>
      <td>{was}</td>
      <td>{would}</td>
      <td class="by">{byOf(one)}</td>
    </tr>
  )
}

function Filters({ counts }: Pick<RehearsalResult, 'counts'>): JSX.Element {
  return (
    <div class="verdicts" role="group">
      {VERDICTS.map((verdict) => (
        <button
          key={verdict}
          type="button"
          data-verdict={verdict}
          aria-pressed={shown.value.has(verdict)}
          onClick={() => {
            const next = new Set(shown.value)
            if (!next.delete(verdict)) next.add(verdict)
            shown.value = next
          }}
        >
          <b>{count(counts[verdict], lang.value)}</b>
          <span>{a(verdict)}</span>
        </button>
      ))}
    </div>
  )
}

function Alerts({ result }: { readonly result: RehearsalResult }): JSX.Element {
  const rows = result.alerts
    .filter(({ verdict }) => shown.value.has(verdict))
    .sort((p, q) => (p.was?.from ?? p.would?.from ?? 0) - (q.was?.from ?? q.would?.from ?? 0))
  const rest = Math.max(0, rows.length - MOST) + result.unlisted
  if (rows.length === 0) return <p class="note">{a('rowsNone')}</p>
  return (
    <>
      <table class="compared">
        <thead>
          <tr>
            <th>{a('colWhat')}</th>
            <th>{a('colWas')}</th>
            <th>{a('colWould')}</th>
            <th>{a('colBy')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MOST).map((one, i) => (
            <Row key={i} one={one} from={result.from} />
          ))}
        </tbody>
      </table>
      {rest > 0 && <p class="note">{a('rowsMore', { n: count(rest, lang.value) })}</p>}
    </>
  )
}

function Head({ view }: { readonly view: RehearsalView }): JSX.Element | null {
  return view.result === null ? null : (
    <p class="verdict-head">
      {view.name !== '' && <small>{view.name}</small>}
      {named(view.result.sentence)}
    </p>
  )
}

/** Another rehearsal of the same city, beside this one. */
function Beside({ view }: { readonly view: RehearsalView }): JSX.Element | null {
  const others = rehearsals.value.filter(({ id, state }) => id !== view.id && state === 'done')
  if (others.length === 0) return null
  const label = (one: RehearsalView): string =>
    `${one.name || one.would.slice(0, 6)} · ${day(one.from, zone.value, lang.value)} ${clock(one.from, zone.value, lang.value)}`
  return (
    <label class="beside">
      <span>{a('compareWith')}</span>
      <select value={againstId.value} onChange={(event) => (againstId.value = event.currentTarget.value)}>
        <option value="">{a('noOther')}</option>
        {others.map((one) => (
          <option key={one.id} value={one.id}>
            {label(one)}
          </option>
        ))}
      </select>
    </label>
  )
}

function Waiting({ view }: { readonly view: RehearsalView }): JSX.Element {
  if (view.state === 'failed') return <p class="note fault">{a('runFailed', { why: view.why })}</p>
  const percent = Math.floor(view.progress * 100)
  return (
    <div class="progress" role="progressbar" aria-valuenow={percent}>
      <p>{view.state === 'queued' ? a('queued') : a('running', { p: percent })}</p>
      <i>
        <b style={{ width: `${percent}%` }} />
      </i>
    </div>
  )
}

/** What would have been otherwise: a sentence, then the alerts, then the load. */
export function ResultPanel(): JSX.Element {
  useEffect(() => void loadRehearsals(), [])
  const view = rehearsal.value
  if (view === null) {
    const word = rehearsalId.value === '' ? 'resultNone' : gone.value ? 'resultGone' : 'resultLoading'
    return <p class="note">{a(word)}</p>
  }
  const { result } = view
  if (result === null) return <Waiting view={view} />
  const other = against.value
  return (
    <div class="scroll">
      <Head view={view} />
      <Beside view={view} />
      {other !== null && <Head view={other} />}
      <Filters counts={result.counts} />
      {other?.result && <Filters counts={other.result.counts} />}
      <Alerts result={result} />
      <p>
        <a class="link" href={apiUrl(`rehearsals/${encodeURIComponent(view.id)}/result.csv`).href} download>
          {a('csv')}
        </a>
      </p>
      <Firsts result={result} />
      <Load result={result} />
      <Times result={result} />
    </div>
  )
}
