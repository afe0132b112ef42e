import { csvOf, type Cell } from './csv.ts'
import { levelId, type Scheme } from './level.ts'
import type { Report } from './report.ts'

const minutes = (ms: number | null): number | null => (ms === null ? null : Math.round(ms / 600) / 100)

/** A report as one flat table (RFC 4180, UTF-8 with a mark, for spreadsheets): section, key, names, measure, value, unit. */
export function reportCsv(report: Report, scheme: Scheme): string {
  const rows: Cell[][] = [['section', 'key', 'name_zh', 'name_en', 'measure', 'value', 'unit']]
  const { area, alerts } = report
  const add = (
    section: string,
    key: string,
    name: { readonly zh: string; readonly en: string },
    measure: string,
    value: Cell,
    unit: string,
  ): void => void rows.push([section, key, name.zh, name.en, measure, value, unit])
  add('span', area.code, area.name, 'from', new Date(report.from).toISOString(), '')
  add('span', area.code, area.name, 'to', new Date(report.to).toISOString(), '')
  for (const [rank, ms] of Object.entries(report.spent))
    add('colour', area.code, area.name, levelId(scheme, Number(rank)), minutes(ms), 'min')
  for (const column of report.columns)
    add('colours', new Date(column.at).toISOString(), area.name, 'worst', levelId(scheme, column.worst), '')
  for (const measure of ['raised', 'closed', 'open', 'byHand', 'exercises'] as const)
    add('alerts', area.code, area.name, measure, alerts[measure], 'alerts')
  for (const row of alerts.categories) {
    add('category', row.category, row.name, 'count', row.count, 'alerts')
    add('category', row.category, row.name, 'worst', levelId(scheme, row.worst), '')
    add('category', row.category, row.name, 'lasted', minutes(row.lasted), 'min')
  }
  for (const row of report.calls) add('calls', row.indicator, row.name, 'count', row.count, 'calls')
  for (const row of report.responses) {
    const say = (measure: string, value: Cell, unit: string): void =>
      add(`response by ${row.of}`, row.key, row.name, `${row.duty} ${measure}`, value, unit)
    say('done', row.count, 'alerts')
    say('in time', row.inTime, 'alerts')
    say('overdue and open', row.open, 'alerts')
    say('median', minutes(row.median), 'min')
    say('p90', minutes(row.p90), 'min')
  }
  for (const row of report.repeats) {
    add('repeat', row.code, row.name, 'alerts', row.alerts, 'alerts')
    add('repeat', row.code, row.name, 'calls', row.calls, 'calls')
  }
  return csvOf(rows)
}
