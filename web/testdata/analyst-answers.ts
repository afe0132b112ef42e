import type { Compared, RehearsalResult, RehearsalView, Timeline } from '../../services/core/replay-wire.ts'
import {
  actions,
  alerts,
  BEGIN,
  columnsOf,
  doc,
  GAP,
  incidents,
  LIVE,
  ranksAt,
  VERSION_AT,
} from './analyst-days.ts'
import { RULES } from './analyst-rules.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** `GET /api/v1/timeline`. `empty`: nothing is held yet; `writing`: an archive is kept. */
export function timelineOf(from: number, to: number, empty: boolean, writing: boolean): Timeline {
  const nothing = { incidents: 0, alerts: 0, actions: 0 }
  const base = { from, to, live: LIVE, damages: [], more: nothing, writing }
  if (empty)
    return {
      ...base,
      held: [],
      gaps: [],
      columnMs: MINUTE,
      times: [],
      levels: {},
      incidents: [],
      alerts: [],
      actions: [],
      versions: [],
    }
  return {
    ...base,
    held: [
      { from: BEGIN, to: GAP[0] },
      { from: GAP[1], to: LIVE },
    ],
    gaps: [GAP],
    ...columnsOf(from, to, 400),
    incidents: incidents.filter(({ born, over }) => born <= to && (over ?? LIVE) >= from),
    alerts: alerts.filter(({ raised }) => raised >= from && raised <= to),
    actions: actions.filter(({ at }) => at >= from && at <= to),
    versions: [
      { at: Math.max(from, BEGIN), rules: '0011223344556677' },
      ...(VERSION_AT > from && VERSION_AT < to ? [{ at: VERSION_AT, rules: 'c0ffee0011223344' }] : []),
    ],
  }
}

function comparedOf(from: number, to: number): Compared[] {
  const verdicts = ['earlier', 'same', 'earlier', 'later', 'earlier', 'new', 'gone'] as const
  return incidents
    .filter(({ born }) => born >= from && born <= to)
    .map((one, i) => {
      const verdict = verdicts[i % verdicts.length] ?? 'same'
      const early =
        verdict === 'earlier' ? (2 + (i % 9) * 3.5) * MINUTE : verdict === 'later' ? -4 * MINUTE : 0
      const side = { id: one.id, from: one.born, to: one.over, peak: one.peak }
      const area = doc.depths.findIndex((depth, at) => depth === 3 && at > i * 23 + 60)
      return {
        rule: one.rule,
        category: one.category,
        peak: one.peak,
        area,
        code: doc.codes[area] ?? '',
        centre: one.centre,
        was: verdict === 'new' ? null : side,
        would: verdict === 'gone' ? null : { ...side, from: one.born - early },
        verdict,
        early,
        joined: false,
        wasAt: [null, one.born, one.born, one.born, null],
        wouldAt: [null, one.born - early, one.born - early, one.born - early, null],
      }
    })
}

/** What a rehearsal with limits a fifth lower came to. */
export function resultOf(from: number, to: number): RehearsalResult {
  const rows = comparedOf(from, to)
  const counts = { same: 0, earlier: 0, later: 0, new: 0, gone: 0 }
  for (const { verdict } of rows) counts[verdict]++
  const map = new Map<number, { graver: number; milder: number }>()
  for (let at = from; at < to; at += 10 * MINUTE) {
    const [was, would] = [ranksAt(at), ranksAt(at, 0.2)]
    for (let i = 0; i < was.length; i++) {
      if (doc.depths[i] !== 3 || was[i] === would[i]) continue
      const known = map.get(i) ?? { graver: 0, milder: 0 }
      // One corner of the city is tried with higher limits.
      const isMilder = (doc.centres[i]?.[0] ?? 0) > 118.934
      known[isMilder ? 'milder' : 'graver'] += 10 * MINUTE
      map.set(i, known)
    }
  }
  const [was, would] = [columnsOf(from, to, 300), columnsOf(from, to, 300, 0.2)]
  const spent = (columns: typeof was): Record<string, number> =>
    Object.fromEntries(
      Object.entries(columns.levels).map(([id, column]) => [
        id,
        column.reduce((sum, n) => sum + n * columns.columnMs, 0),
      ]),
    )
  const shifts = Math.max(1, Math.ceil((to - from) / (8 * HOUR)))
  return {
    from,
    to,
    levels: ['normal', 'blue', 'yellow', 'orange', 'red'],
    alerts: rows,
    counts,
    unlisted: 0,
    load: Array.from({ length: shifts }, (_, i) => {
      const [start, end] = [from + i * 8 * HOUR, Math.min(to, from + (i + 1) * 8 * HOUR)]
      const n = rows.filter(({ was: side }) => (side?.from ?? 0) >= start && (side?.from ?? 0) < end).length
      return {
        from: start,
        to: end,
        was: { alerts: n, notices: 3 * n },
        would: { alerts: n + (i % 3), notices: 3 * n + 2 * (i % 3) },
      }
    }),
    time: { was: spent(was), would: spent(would) },
    city: { was: {}, would: {} },
    sentence: {
      zh: `${counts.earlier} 条告警提前，${counts.later} 条推迟，新增 ${counts.new} 条，消失 ${counts.gone} 条；全市橙色提前 1 小时 30 分。`,
      en: `${counts.earlier} alerts earlier, ${counts.later} later, ${counts.new} new, ${counts.gone} gone; orange of the city 1 h 30 min earlier.`,
    },
    first: [
      {
        area: 0,
        code: doc.codes[0] ?? '',
        was: [null, from + HOUR, from + 2 * HOUR, from + 5 * HOUR, null],
        would: [null, from + HOUR, from + HOUR, from + 3.5 * HOUR, from + 7 * HOUR],
      },
      {
        area: 2,
        code: doc.codes[2] ?? '',
        was: [null, null, null, null, null],
        would: [null, from, from, from + 6 * HOUR, null],
      },
    ],
    map: [...map]
      .map(([area, spans]) => ({ area, ...spans }))
      .sort((p, q) => q.graver + q.milder - p.graver - p.milder),
    columnMs: was.columnMs,
    times: was.times,
    was: was.levels,
    would: would.levels,
    gaps: [GAP],
  }
}

/** A rehearsal as it is told. */
export function rehearsalOf(id: string, from: number, to: number, done: boolean): RehearsalView {
  return {
    id,
    name: id === 'r0' ? '' : '积水限值下调两成',
    by: 'jinglei',
    asked: LIVE,
    bundle: '',
    state: done ? 'done' : 'running',
    why: '',
    progress: done ? 1 : 0.4,
    from,
    to,
    was: 'c0ffee0011223344',
    would: 'badcafe011223344',
    text: RULES,
    result: done ? resultOf(from, to) : null,
  }
}
