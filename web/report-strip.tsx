import type { JSX } from 'preact'
import { UNKNOWN } from '../services/core/level.ts'
import type { Report } from '../services/core/report.ts'
import { Chip } from './chip.tsx'
import { clock, day, duration } from './format.ts'
import { gravity, lookOf } from './look.ts'
import { lang, named, scheme } from './store.ts'

const WIDTH = 1000
const HEIGHT = 120
/** Behind this share of the width no mark finds room. */
const ROOM = 0.93
/** Hours between marks under the strip, by its length in days. */
const MARKS = [
  [2, 4],
  [8, 24],
  [40, 24 * 5],
] as const

function ranksOf(spent: Readonly<Record<number, number>>): number[] {
  return Object.keys(spent)
    .map(Number)
    .sort((a, b) => gravity(b) - gravity(a))
}

const colourOf = (rank: number): string => {
  if (rank === 0) return 'var(--normal)'
  return rank === UNKNOWN ? 'url(#unknown)' : lookOf(scheme.value, rank).colour
}

function Columns({ report }: { readonly report: Report }): JSX.Element {
  const span = report.to - report.from
  const x = (at: number): number => ((at - report.from) / span) * WIDTH
  return (
    <g>
      {report.columns.flatMap((column, i) => {
        const end = report.columns[i + 1]?.at ?? report.until
        const width = Math.max(0.5, x(end) - x(column.at) - 0.6)
        const total = Math.max(1, end - column.at)
        let y = HEIGHT
        return ranksOf(column.spent)
          .reverse()
          .map((rank) => {
            const height = ((column.spent[rank] ?? 0) / total) * HEIGHT
            y -= height
            return (
              <rect
                key={`${i}/${rank}`}
                x={x(column.at)}
                y={y}
                width={width}
                height={height}
                style={{ fill: colourOf(rank) }}
              />
            )
          })
      })}
    </g>
  )
}

/** The colours of an area over the span: how much of each column it spent at which level, the gravest on top. */
export function Strip({ report, zone }: { readonly report: Report; readonly zone: string }): JSX.Element {
  const days = (report.to - report.from) / 86_400_000
  const hours = MARKS.find(([most]) => days <= most)?.[1] ?? 24
  const marks: number[] = []
  const last = report.from + (report.to - report.from) * ROOM
  for (let at = report.from; at <= last; at += hours * 3_600_000) marks.push(at)
  const write = (at: number): string => (days <= 2 ? clock(at, zone, lang.value) : day(at, zone, lang.value))
  return (
    <div class="strip">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img">
        <defs>
          <pattern
            id="unknown"
            width="6"
            height="6"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <rect width="6" height="6" style={{ fill: 'var(--blind-ground)' }} />
            <rect width="3" height="6" style={{ fill: 'var(--blind-stripe)' }} />
          </pattern>
        </defs>
        <Columns report={report} />
      </svg>
      <div class="marks">
        {marks.map((at) => (
          <time key={at} style={{ left: `${((at - report.from) / (report.to - report.from)) * 100}%` }}>
            {write(at)}
          </time>
        ))}
      </div>
      <ul class="levels">
        {ranksOf(report.spent).map((rank) => (
          <li key={rank}>
            <Chip rank={rank} size={26} />
            <b>{duration(report.spent[rank] ?? 0, lang.value)}</b>
            <span>
              {named(lookOf(scheme.value, rank).name)} ·{' '}
              {Math.round(((report.spent[rank] ?? 0) / Math.max(1, report.until - report.from)) * 100)}%
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}
