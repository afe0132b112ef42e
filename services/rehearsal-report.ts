import type { Damage } from './core/archive.ts'
import { levelId } from './core/level.ts'
import { UTC, zoneNamed } from './core/local-time.ts'
import type { Compared, RehearsalResult } from './core/replay-wire.ts'
import type { Rehearsed } from './rehearsal-run.ts'

/** Lines at most of each list. */
const MOST_LINES = 30
const HOUR = 3_600_000
const MINUTE = 60_000

type Cells = readonly string[]

/** Columns as wide as their widest cell; the first stands left, the others right. */
function table(rows: readonly Cells[]): string[] {
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((cell, i) => Math.max(most[i] ?? 0, cell.length)),
    [],
  )
  return rows.map((row) => {
    const cells = row.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0),
    )
    return `  ${cells.join('  ')}`.trimEnd()
  })
}

function lengthOf(ms: number): string {
  const size = Math.abs(ms)
  if (size < MINUTE) return `${size / 1000} s`
  if (size < 2 * HOUR) return `${Math.round(size / MINUTE)} min`
  return `${(size / HOUR).toFixed(1)} h`
}

const shift = (ms: number): string => (ms === 0 ? '' : `${lengthOf(ms)} ${ms > 0 ? 'earlier' : 'later'}`)
const hours = (ms: number): string => (ms / HOUR).toFixed(1)
const more = (was: number, would: number): string =>
  was === would ? '' : `${would > was ? '+' : '−'}${hours(Math.abs(would - was))}`

/** Tells what a rehearsal came to, side by side, in the city's time. */
export function rehearsalReport(
  { result, was, would, plan }: Pick<Rehearsed, 'result' | 'was' | 'would' | 'plan'>,
  damages: readonly Damage[] = [],
): string {
  const zone = zoneNamed(plan.grid.zone) ?? UTC
  const local = (at: number | null): string =>
    at === null ? 'never' : new Date(zone.toLocal(at)).toISOString().slice(0, 16).replace('T', ' ')
  const lines = [
    `${local(result.from)} to ${local(result.to)} ${plan.grid.zone}, rules ${was} → ${would}`,
    '',
    result.sentence.en,
    result.sentence.zh,
    ...section('City, first', firstRows(result, local)),
    ...section('City, hours', timeRows(result, result.city)),
    ...section('Cells, hours', timeRows(result, result.time)),
    ...section('Load of a shift', loadRows(result, local)),
    ...section(`Alerts: ${countsOf(result)}`, alertRows(result, plan, local)),
  ]
  for (const [after, to] of result.gaps)
    lines.push('', `Nothing is kept from ${local(after)} to ${local(to)}: compared on neither side.`)
  for (const { code, message } of damages) lines.push('', `${code}: ${message}`)
  return `${lines.join('\n')}\n`
}

function section(title: string, rows: readonly Cells[]): string[] {
  return ['', title, ...(rows.length === 0 ? ['  nothing'] : table(rows))]
}

const HEAD: Cells = ['', 'was', 'would', '']

function firstRows({ first, levels }: RehearsalResult, local: (at: number | null) => string): Cells[] {
  const city = first.find(({ area }) => area === 0)
  const rows = levels.flatMap((level, rank): Cells[] => {
    const [was, would] = [city?.was[rank] ?? null, city?.would[rank] ?? null]
    if (rank === 0 || (was === null && would === null)) return []
    return [[level, local(was), local(would), was === null || would === null ? '' : shift(was - would)]]
  })
  return rows.length === 0 ? [] : [HEAD, ...rows]
}

function timeRows({ levels }: RehearsalResult, { was, would }: RehearsalResult['time']): Cells[] {
  const rows = [...levels, 'unknown'].flatMap((level): Cells[] => {
    const [before, after] = [was[level] ?? 0, would[level] ?? 0]
    return before + after === 0 ? [] : [[level, hours(before), hours(after), more(before, after)]]
  })
  return rows.length === 0 ? [] : [HEAD, ...rows]
}

/** The mean, then the shifts that differ. */
function loadRows({ load }: RehearsalResult, local: (at: number | null) => string): Cells[] {
  if (load.length === 0) return []
  const mean = (side: 'was' | 'would', what: 'alerts' | 'notices') =>
    (load.reduce((sum, shiftOf) => sum + shiftOf[side][what], 0) / load.length).toFixed(1)
  const all = ['alerts', 'notices'] as const
  const differing = load.filter(({ was, would }) => all.some((what) => was[what] !== would[what]))
  return [
    ['', 'alerts', 'would', 'notices', 'would'],
    ['mean', ...all.flatMap((what) => [mean('was', what), mean('would', what)])],
    ...differing
      .slice(0, MOST_LINES)
      .map(({ from, was, would }) => [
        local(from),
        ...all.flatMap((what) => [String(was[what]), String(would[what])]),
      ]),
    ...rest(differing.length, 5),
  ]
}

function rest(count: number, columns: number): Cells[] {
  if (count <= MOST_LINES) return []
  const blank = Array.from({ length: columns - 1 }, () => '')
  return [[`and ${count - MOST_LINES} more`, ...blank]]
}

function countsOf({ counts }: RehearsalResult): string {
  const named = (['new', 'gone', 'earlier', 'later', 'same'] as const).map(
    (name) => `${counts[name]} ${name}`,
  )
  return named.join(', ')
}

/** Those that differ, by time. */
function alertRows(
  { alerts, levels }: RehearsalResult,
  { scheme }: Rehearsed['plan'],
  local: (at: number | null) => string,
): Cells[] {
  const differing = alerts.filter(({ verdict }) => verdict !== 'same')
  if (differing.length === 0) return []
  const from = (side: Compared['was']) => (side === null ? '–' : local(side.from))
  const row = ({ verdict, code, rule, peak, was, would, early }: Compared): Cells => [
    verdict,
    code,
    levels[peak] ?? levelId(scheme, peak),
    from(was),
    from(would),
    early === 0 ? '' : lengthOf(early),
    rule,
  ]
  return [
    ['', 'where', 'peak', 'was', 'would', '', 'rule'],
    ...differing.slice(0, MOST_LINES).map(row),
    ...rest(differing.length, 7),
  ]
}
