import type { JSX } from 'preact'
import { LEGAL_SCHEME, UNKNOWN } from '../services/core/level.ts'
import type { Report } from '../services/core/report.ts'
import type { Per } from '../services/core/report-span.ts'
import { count, day, duration, since } from './format.ts'
import { lookOf } from './look.ts'
import { answer, area, fault, load, loading, names, on, pathOf, per, place } from './report-store.ts'
import { Strip } from './report-strip.tsx'
import { Calls, Categories, Repeats, Responses } from './report-tables.tsx'
import { tr } from './report-words.ts'
import type { Sky } from './sentence.ts'
import { SessionFrame, SessionMark } from './player-mark.tsx'
import { SkySign } from './sky.tsx'
import { lang, named, scheme } from './store.ts'

const PERS: readonly Per[] = ['day', 'week', 'month']
const SKIES: readonly Sky[] = ['clear', 'cloud', 'shower', 'rain', 'thunder']
const SKY_WORDS = ['calm', 'sky1', 'sky2', 'sky3', 'sky4'] as const
const DAY = 86_400_000

/** The local date of a time, as `2026-11-22`. */
function dateOf(ms: number, zone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(ms)
}

/** Rank as one of five weathers. */
function weatherOf(report: Report): number {
  const top = (scheme.value ?? LEGAL_SCHEME).levels.length - 1
  return report.worst === 0 ? 0 : Math.max(1, Math.round((report.worst / top) * 4))
}

function Sentence({ report }: { readonly report: Report }): JSX.Element {
  const known = report.until - report.from - (report.spent[UNKNOWN] ?? 0)
  const weather = weatherOf(report)
  const look = lookOf(scheme.value, report.worst)
  const text =
    known <= 0
      ? tr('blind')
      : weather === 0
        ? tr('calm')
        : tr('worst', {
            sky: tr(SKY_WORDS[weather] ?? 'sky4'),
            level: named(look.name),
            d: duration(report.spent[report.worst] ?? 0, lang.value),
          })
  const whole = (report.spent[UNKNOWN] ?? 0) === 0
  const share = Math.floor(((report.spent[0] ?? 0) / Math.max(1, known)) * 100)
  return (
    <div class="outlook">
      <SkySign sky={known <= 0 ? 'fog' : (SKIES[weather] ?? 'thunder')} flash={look.colour} />
      <b>{text}</b>
      {weather > 0 && known > 0 && <span>{tr(whole ? 'share' : 'shareKnown', { p: share })}</span>}
    </div>
  )
}

function Figures({ report }: { readonly report: Report }): JSX.Element {
  const { alerts } = report
  const calls = report.calls.reduce((sum, row) => sum + row.count, 0)
  const also = [
    alerts.byHand > 0 ? tr('byHand', { n: alerts.byHand }) : '',
    alerts.exercises > 0 ? tr('exercises', { n: alerts.exercises }) : '',
  ].filter(Boolean)
  return (
    <dl class="figures">
      {(
        [
          ['raised', alerts.raised, also.join(' · ')],
          ['closed', alerts.closed, ''],
          ['open', alerts.open, ''],
          ['calls', calls, ''],
        ] as const
      ).map(([word, value, hint]) => (
        <div key={word}>
          <dt>{tr(word)}</dt>
          <dd>{count(value, lang.value)}</dd>
          {hint !== '' && <dd class="hint">{hint}</dd>}
        </div>
      ))}
    </dl>
  )
}

function move(report: Report, zone: string, by: -1 | 1): void {
  on.value = dateOf(by < 0 ? report.from - DAY / 2 : report.to + DAY / 2, zone)
}

function Controls(): JSX.Element {
  const got = answer.value
  const code = got?.report.area.code ?? ''
  return (
    <nav class="controls" aria-label={tr('title')}>
      <div class="tabs" role="group">
        {PERS.map((one) => (
          <button key={one} type="button" aria-pressed={per.value === one} onClick={() => (per.value = one)}>
            {tr(one)}
          </button>
        ))}
      </div>
      {got !== null && (
        <>
          <button type="button" onClick={() => move(got.report, got.zone, -1)}>
            ← {tr('before')}
          </button>
          <input
            type="date"
            value={on.value === '' ? dateOf(got.report.until, got.zone) : on.value}
            onChange={(event) => (on.value = event.currentTarget.value)}
            aria-label={tr('day')}
          />
          <button type="button" onClick={() => move(got.report, got.zone, 1)}>
            {tr('after')} →
          </button>
          <span class="gap" />
          <a href={`api/v1/${pathOf(code, '.csv')}`} download>
            {tr('csv')}
          </a>
          <button type="button" onClick={() => print()}>
            {tr('print')}
          </button>
        </>
      )}
    </nav>
  )
}

function Around(): JSX.Element | null {
  const here = place.value
  if (here === null) return null
  const { parent } = here
  return (
    <nav class="around">
      {parent !== null && names.value.has(parent) && (
        <button type="button" onClick={() => (area.value = parent)}>
          {tr('up', { name: named(names.value.get(parent)) })}
        </button>
      )}
      {here.children.length > 0 && <span>{tr('below')}</span>}
      {here.children
        .filter((code) => names.value.has(code))
        .map((code) => (
          <button key={code} type="button" onClick={() => (area.value = code)}>
            {named(names.value.get(code))}
          </button>
        ))}
    </nav>
  )
}

function Trouble(): JSX.Element | null {
  if (fault.value === '') return null
  const theme = document.documentElement.dataset['theme'] ?? 'dark'
  const back = `desk.html?${new URLSearchParams({ lang: lang.value, theme, return: `report.html${location.search}` })}`
  return (
    <div class="trouble" role="alert">
      {fault.value === 'sign-in' ? (
        <>
          <p>{tr('signIn')}</p>
          <a href={back}>{tr('toSignIn')}</a>
        </>
      ) : (
        <>
          <p>{tr('failed', { why: fault.value })}</p>
          <button type="button" onClick={() => void load()}>
            {tr('again')}
          </button>
        </>
      )}
    </div>
  )
}

function Sheet(): JSX.Element | null {
  const got = answer.value
  if (got === null) return null
  const { report, zone } = got
  const last = day(report.to - DAY / 2, zone, lang.value)
  const first = day(report.from + DAY / 2, zone, lang.value)
  const year = dateOf(report.from + DAY / 2, zone).slice(0, 4)
  const so = report.until < report.to
  return (
    <article class={loading.value ? 'sheet stale' : 'sheet'}>
      <header>
        <h1>{named(report.area.name)}</h1>
        <p>
          {tr('title')} · {tr(per.value)} · {year} {first === last ? first : `${first} – ${last}`}
          {so &&
            report.until > report.from &&
            ` · ${tr('soFar', { t: since(report.until, report.until, zone, lang.value) })}`}
        </p>
      </header>
      {report.until <= report.from ? (
        <p class="note">{tr('future')}</p>
      ) : (
        <>
          <Sentence report={report} />
          <Figures report={report} />
          <section class="wide">
            <h2>{tr('colours')}</h2>
            <Strip report={report} zone={zone} />
          </section>
          <Categories report={report} />
          <Calls report={report} />
          <Responses report={report} />
          <Repeats report={report} />
        </>
      )}
    </article>
  )
}

/** Civic weather of a day, week or month: on the screen, as a table, on paper. */
export function ReportPage(): JSX.Element {
  document.title = `${named(answer.value?.report.area.name)} ${tr('title')} · Qingyu 晴雨`
  return (
    <main>
      <SessionMark />
      <SessionFrame />
      <Controls />
      <Trouble />
      {answer.value === null && fault.value === '' && <p class="note">{tr('loading')}</p>}
      <Sheet />
      <Around />
    </main>
  )
}
