import { describe, expect, it } from 'vitest'
import { AlertFigures } from './alert-figures.ts'
import { quietRecord } from './core/alert-record.ts'
import { jsonEntry } from './core/json-entry.ts'
import { alertOf, noticeOf } from './testdata/sample-alert.ts'

/** Samples of a metric as `value labels`. */
function shown(figures: AlertFigures, name: string): readonly string[] {
  const metric = figures
    .metrics(() => 60_000)()
    .find((each) => each.name === name)
  return (metric?.samples ?? []).map(
    ({ value, labels }) => `${value} ${Object.values(labels ?? {}).join(' ')}`,
  )
}

describe('figures of the alert stage', () => {
  it('[AS13] count what this process takes over and commits, and nothing once another has it', () => {
    const figures = new AlertFigures()
    const lost = new AbortController()
    const stored = [jsonEntry('a/a1', alertOf({ id: 'a1' })), jsonEntry('i/i1', {})]
    const entries = new Map(stored.map(({ key, value }) => [key, value ?? new Uint8Array()]))
    figures.begin({ offset: 0, at: 0, entries }, lost.signal)
    const overdue = [{ duty: 'acknowledge', due: 1, warnAt: 0, warned: true, overdue: true }] as const
    figures.add({
      ...quietRecord(1),
      alerts: [alertOf({ id: 'a2', state: 'acknowledged', deadlines: overdue })],
      notices: [noticeOf({ at: 1, channel: 'mail', state: 'queued', settled: null })],
    })
    expect(shown(figures, 'alert_active')).toEqual(['1 '])
    expect(shown(figures, 'alerts_open').slice(0, 2)).toEqual(['1 raised', '1 acknowledged'])
    expect(shown(figures, 'alerts_overdue')).toEqual(['1 '])
    expect(shown(figures, 'incidents_living')).toEqual(['1 '])
    expect(shown(figures, 'notices_total')).toEqual(['1 mail queued'])
    lost.abort()
    expect(shown(figures, 'alert_active')).toEqual(['0 '])
    expect(shown(figures, 'alerts_open').slice(0, 2)).toEqual(['0 raised', '0 acknowledged'])
  })

  it('[IC14] tell how many areas wait for an incident, while this process finds them', () => {
    const figures = new AlertFigures()
    const lost = new AbortController()
    const watch = figures.watching({ waiting: 7 })
    expect(shown(figures, 'incident_areas_waiting')).toEqual(['0 '])
    figures.begin({ offset: 0, at: 0, entries: new Map<string, Uint8Array>() }, lost.signal)
    expect(shown(figures, 'incident_areas_waiting')).toEqual(['7 '])
    watch.waiting = 0
    expect(shown(figures, 'incident_areas_waiting')).toEqual(['0 '])
  })
})
