import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Manifest, Span } from './archive.ts'
import { LEGAL_SCHEME } from './level.ts'
import { columnsOf, MOST_COLUMNS, samplesOf, widthOf } from './timeline-columns.ts'
import { gapsIn, timelineOf, type TimelineSource } from './timeline.ts'
import {
  sampleAlertLine as alert,
  sampleIncidentLine as incident,
  sampleSegment as segment,
} from '../testdata/sample-segment.ts'
import '../testdata/properties.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

function timeline(manifests: readonly Manifest[], more: Partial<TimelineSource> = {}) {
  const spans = manifests.map(({ epoch, after, to }): Span => ({ epoch, after, to }))
  const [from, to] = [0, manifests.at(-1)?.to ?? 0]
  return timelineOf({ from, to, spans, manifests, live: null, scheme: LEGAL_SCHEME, ...more })
}

describe('columns of a timeline', () => {
  it('[HI1] takes the narrowest width of a clock face by which at most 2,000 columns fit', () => {
    expect(widthOf(HOUR, 1_000)).toBe(2_000)
    expect(widthOf(HOUR, MINUTE)).toBe(MINUTE)
    expect(widthOf(31 * 24 * HOUR, MINUTE)).toBe(30 * MINUTE)
    expect(widthOf(365 * 24 * HOUR, MINUTE)).toBe(6 * HOUR)
    fc.assert(
      fc.property(
        fc.nat(400 * 24 * HOUR),
        fc.nat(2e12),
        fc.constantFrom(1_000, 10_000, MINUTE),
        (span, from, stepMs) => {
          const samples = [{ at: from + 1, stepMs, counts: {} }]
          const { times, columnMs } = columnsOf({ from, to: from + span }, samples, LEGAL_SCHEME)
          expect(times.length).toBeLessThanOrEqual(MOST_COLUMNS)
          expect((times[0] ?? 0) - columnMs).toBeLessThanOrEqual(from)
          expect(times[0]).toBeGreaterThan(from)
          expect(times.at(-1)).toBeGreaterThanOrEqual(from + span)
        },
      ),
    )
  })

  it('[HI2] shows a column at its gravest moment, however short that was', () => {
    const samples = samplesOf(segment(0).digest, HOUR)
    const hour = columnsOf({ from: 0, to: HOUR }, samples, LEGAL_SCHEME)
    expect(hour.times).toEqual([15, 30, 45, 60].map((minutes) => minutes * MINUTE))
    expect(hour.levels).toMatchObject({ normal: [9, 8, 9, 9], red: [0, 1, 0, 0], unknown: [0, 0, 0, 4] })
    const month = columnsOf({ from: 0, to: 60 * 24 * HOUR }, samples, LEGAL_SCHEME)
    expect(month.columnMs).toBe(HOUR)
    expect(month.levels['red']?.slice(0, 3)).toEqual([1, 0, 0])
    expect(month.levels['unknown']?.slice(0, 3)).toEqual([0, 0, 0])
  })

  it('[HI3] goes on within a step, and shows nothing where nothing was told', () => {
    const samples = [
      { at: 10 * MINUTE, stepMs: MINUTE, counts: { normal: 3 } },
      { at: 60 * MINUTE, stepMs: 15 * MINUTE, counts: { normal: 2 } },
    ]
    const { times, levels } = columnsOf({ from: 0, to: HOUR }, samples, LEGAL_SCHEME)
    const shown = times.filter((_, column) => levels['normal']?.[column] !== 0).map((at) => at / MINUTE)
    expect(shown).toEqual([10, ...Array.from({ length: 15 }, (_, i) => 46 + i)])
  })
})

describe('samples of a digest', () => {
  it('[HI3] stand at multiples of their step, the last at the end of its segment', () => {
    const levels = [{ normal: 1 }, { normal: 2 }, { normal: 3 }]
    const times = (to: number) => samplesOf({ stepMs: 10, levels }, to).map(({ at }) => at)
    expect(times(125)).toEqual([110, 120, 125])
    expect(times(130)).toEqual([110, 120, 130])
  })
})

describe('timeline', () => {
  it('[HI4] tells each incident and alert once, as it was told of last, in the order of time', () => {
    const told = timeline([
      segment(0, {
        incidents: [incident('i2', { born: 9 }), incident('i1', { born: 5 })],
        alerts: [alert('a1')],
      }),
      segment(1, {
        incidents: [incident('i1', { born: 5, over: 7, peak: 4 })],
        alerts: [alert('a1', { state: 'closed', closed: 2 * HOUR })],
      }),
    ])
    expect(told.incidents.map(({ id, over, peak }) => [id, over, peak])).toEqual([
      ['i1', 7, 4],
      ['i2', null, 2],
    ])
    expect(told.alerts).toMatchObject([{ id: 'a1', state: 'closed', closed: 2 * HOUR }])
  })

  it('[HI5] tells what began before and goes on, and nothing that was over by then', () => {
    const before = segment(0, {
      incidents: [incident('i1', { born: 1 }), incident('i2', { born: 1, over: HOUR - 1 })],
      alerts: [alert('a1', { raised: 1 }), alert('a2', { raised: 1, closed: HOUR - 1 })],
      actions: [{ at: 5, verb: 'acknowledge', subject: 'a1', person: 'li' }],
    })
    const told = timeline([before, segment(1)], { from: HOUR, to: 2 * HOUR })
    expect(told.incidents.map(({ id }) => id)).toEqual(['i1'])
    expect(told.alerts.map(({ id }) => id)).toEqual(['a1'])
    expect(told.actions).toEqual([])
    expect(told.levels['red']?.filter((count) => count > 0)).toHaveLength(1)
  })

  it('[HI6] says what is held and what is missing between', () => {
    const told = timeline([segment(0), segment(3), segment(4)])
    expect(told.gaps).toEqual([[HOUR, 3 * HOUR]])
    expect(told.held.map(({ from, to }) => [(from - 1) / HOUR, to / HOUR])).toEqual([
      [0, 1],
      [3, 4],
      [4, 5],
    ])
    const inGap = told.times.findIndex((at) => at === 2 * HOUR)
    expect(Object.values(told.levels).map((counts) => counts[inGap])).toEqual([0, 0, 0, 0, 0, 0])
    expect(
      gapsIn(
        [
          { epoch: 'e', after: 0, to: 10 },
          { epoch: 'e', after: 20, to: 30 },
        ],
        12,
        15,
      ),
    ).toEqual([[12, 15]])
    expect(gapsIn([], 0, 10)).toEqual([])
  })

  it('[HI7] shows the newest tick of live behind what is archived, and what lives and is open now', () => {
    const live = {
      epoch: 'e',
      tick: HOUR + 30_000,
      levels: { normal: 5, orange: 4 },
      incidents: [incident('i1', { rank: 3 })],
      alerts: [alert('a1', { raised: HOUR })],
    }
    const manifests = [segment(0, { incidents: [incident('i1')] })]
    const told = timeline(manifests, { live, to: HOUR + 30_000 })
    expect(told.incidents).toEqual([incident('i1', { rank: 3 })])
    expect(told.alerts.map(({ id }) => id)).toEqual(['a1'])
    expect(told.levels['orange']?.at(-1)).toBe(4)
    expect(told.live).toBe(live.tick)
    expect(timeline(manifests, { live, to: HOUR }).levels['orange']?.some((count) => count > 0)).toBe(false)
  })

  it('[HI8] ends with its log what lived when a new log began', () => {
    const old = segment(0, { incidents: [incident('i1', { born: 1 })], alerts: [alert('a1', { raised: 1 })] })
    const told = timeline([old, segment(1, {}, { epoch: 'f' })])
    expect(told.incidents).toMatchObject([{ id: 'i1', over: HOUR }])
    expect(told.alerts).toMatchObject([{ id: 'a1', closed: HOUR }])
  })

  it('[HI9] leaves out the mildest incidents and the oldest alerts and actions, and says how many', () => {
    const [incidents, alerts, actions] = [2_100, 5_100, 5_200].map((count) =>
      Array.from({ length: count }, (_, i) => i),
    )
    const told = timeline([
      segment(0, {
        incidents:
          incidents?.map((i) => incident(`i${i}`, { born: i, peak: i < 100 ? 4 : i < 200 ? 1 : 2 })) ?? [],
        alerts: alerts?.map((i) => alert(`a${i}`, { raised: i })) ?? [],
        actions: actions?.map((at) => ({ at: at + 1, verb: 'note', subject: 'a', person: 'li' })) ?? [],
      }),
    ])
    expect([told.incidents.length, told.alerts.length, told.actions.length]).toEqual([2_000, 5_000, 5_000])
    expect(told.more).toEqual({ incidents: 100, alerts: 100, actions: 200 })
    expect(told.incidents.some(({ peak }) => peak === 1)).toBe(false)
    expect(told.incidents.filter(({ peak }) => peak === 4)).toHaveLength(100)
    expect(told.alerts[0]?.raised).toBe(100)
  })

  it('[HI10] names the version at its beginning and each that came after', () => {
    const told = timeline([segment(0), segment(1), segment(2, {}, { rules: 'v2' })], {
      from: 10,
      to: 3 * HOUR,
    })
    expect(told.versions).toEqual([
      { at: 10, rules: 'v1' },
      { at: 3 * HOUR, rules: 'v2' },
    ])
  })

  it('[HI10] tells of each change within a segment, and of none twice', () => {
    const versions = [
      { at: HOUR + 5, rules: 'v2' },
      { at: HOUR + 9, rules: 'v1' },
    ]
    const told = timeline([segment(0), segment(1, { versions }), segment(2)], { from: 10, to: 3 * HOUR })
    expect(told.versions).toEqual([{ at: 10, rules: 'v1' }, ...versions])
  })
})
