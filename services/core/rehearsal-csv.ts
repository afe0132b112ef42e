import { csvOf, type Cell } from './csv.ts'
import { levelId } from './level.ts'
import type { Plan } from './plan.ts'
import type { Compared, RehearsalResult } from './replay-wire.ts'
import { isoOf } from './time.ts'

const minutes = (ms: number): number => Math.round(ms / 600) / 100
const timeOf = (at: number | null): Cell => (at === null ? null : isoOf(at))

type Add = (
  section: string,
  key: string,
  area: number,
  measure: string,
  was: Cell,
  would: Cell,
  unit: string,
) => void

/**
 * What a rehearsal came to as one flat table: section, key, names, measure, then what is, what would be, and unit. Alerts are
 * named by number in the order of the result.
 */
export function rehearsalCsv(
  result: RehearsalResult,
  { grid, scheme }: Pick<Plan, 'grid' | 'scheme'>,
): string {
  const rows: Cell[][] = [['section', 'key', 'name_zh', 'name_en', 'measure', 'was', 'would', 'unit']]
  const add: Add = (section, key, area, measure, was, would, unit) => {
    const { zh, en } = grid.names[area] ?? { zh: '', en: '' }
    rows.push([section, key, zh, en, measure, was, would, unit])
  }
  add('span', grid.codes[0] ?? '', 0, 'from', isoOf(result.from), isoOf(result.from), '')
  add('span', grid.codes[0] ?? '', 0, 'to', isoOf(result.to), isoOf(result.to), '')
  for (const [verdict, count] of Object.entries(result.counts))
    add('count', verdict, 0, 'alerts', null, count, 'alerts')
  for (const { area, code, was, would } of result.first)
    for (const [rank, at] of was.entries())
      if (rank > 0 && (at !== null || (would[rank] ?? null) !== null))
        add('first', code, area, levelId(scheme, rank), timeOf(at), timeOf(would[rank] ?? null), '')
  for (const [level, ms] of Object.entries(result.city.was))
    add('city', grid.codes[0] ?? '', 0, level, minutes(ms), minutes(result.city.would[level] ?? 0), 'min')
  for (const [level, ms] of Object.entries(result.time.was))
    add('cells', '', -1, level, minutes(ms), minutes(result.time.would[level] ?? 0), 'min')
  for (const { from, was, would } of result.load)
    for (const measure of ['alerts', 'notices'] as const)
      add('load', isoOf(from), -1, measure, was[measure], would[measure], measure)
  for (const [i, alert] of result.alerts.entries()) addAlert(add, String(i + 1), alert, scheme)
  for (const { area, graver, milder } of result.map) {
    add('map', grid.codes[area] ?? '', area, 'graver', null, minutes(graver), 'min')
    add('map', grid.codes[area] ?? '', area, 'milder', null, minutes(milder), 'min')
  }
  for (const [after, to] of result.gaps) add('gap', isoOf(after), -1, 'to', isoOf(to), isoOf(to), '')
  return csvOf(rows)
}

function addAlert(add: Add, key: string, alert: Compared, scheme: Plan['scheme']): void {
  const { area, was, would, verdict, early, joined, wasAt, wouldAt, rule } = alert
  add('alert', key, area, 'rule', rule, rule, '')
  add('alert', key, area, 'verdict', null, joined ? 'joined' : verdict, '')
  add('alert', key, area, 'earlier', null, minutes(early), 'min')
  add('alert', key, area, 'id', was?.id ?? null, would?.id ?? null, '')
  add('alert', key, area, 'from', timeOf(was?.from ?? null), timeOf(would?.from ?? null), '')
  add('alert', key, area, 'to', timeOf(was?.to ?? null), timeOf(would?.to ?? null), '')
  for (const [rank, at] of wasAt.entries())
    if (at !== null || (wouldAt[rank] ?? null) !== null)
      add('alert', key, area, levelId(scheme, rank), timeOf(at), timeOf(wouldAt[rank] ?? null), '')
}
