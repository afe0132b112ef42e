import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Alert, Entry } from '../core/alert.ts'
import { alertOf, entryOf, MINUTE, RAISED, simplePolicy } from '../testdata/sample-alert.ts'
import { HAS_CAP_SCHEMA, schemaFault } from '../testdata/cap-schema.ts'
import { smallGrid, smallPlan } from '../testdata/small-city.ts'
import { capPolygons } from './cap-area.ts'
import { capFaults } from './cap-check.ts'
import { capMessages, capTime } from './cap-chain.ts'
import { capXml, severityOf, type CapSettings } from './cap.ts'

const plan = smallPlan()
const policy = simplePolicy()
const SENDER = 'alerts@qingyu.example'
const settings: CapSettings = { sender: SENDER, contact: '12345', restriction: '', expiresMs: 86_400_000 }

const chainOf = (alert: Alert) => capMessages(alert, plan, SENDER)
const kinds = (alert: Alert) => chainOf(alert).map(({ msgType }) => msgType)
const xmlOf = (alert: Alert, nth = 0, how = policy) => {
  const message = chainOf(alert).at(nth)
  return message === undefined ? '' : capXml(message, plan, how, settings)
}
const min = (minutes: number) => RAISED + minutes * MINUTE
const scene = (...areas: number[]) => ({ areas, worst: alertOf().worst })
const record = (...entries: Entry[]) => alertOf({ record: [entryOf('raise', RAISED), ...entries] })

describe('chain of CAP messages', () => {
  it('[CA1] opens with an Alert that refers to nothing', () => {
    const [first, ...more] = chainOf(alertOf())
    expect(more).toEqual([])
    expect(first).toMatchObject({ msgType: 'Alert', references: [], sent: '2026-11-22T08:05:00+08:00' })
  })

  it('[CA2] updates on level, outline and state, once a tick', () => {
    const alert = record(
      entryOf('acknowledge', min(2), { person: 'li' }),
      entryOf('severity', min(2), { rank: 4 }),
      entryOf('note', min(3), { person: 'li' }),
      entryOf('moved', min(9), { rank: 4, scene: scene(4, 5) }),
    )
    const chain = chainOf(alert)
    expect(chain.map(({ msgType, at }) => [msgType, (at - RAISED) / MINUTE])).toEqual([
      ['Alert', 0],
      ['Update', 2],
      ['Update', 9],
    ])
    expect(chain.map(({ rank, state }) => [rank, state])).toEqual([
      [3, 'raised'],
      [4, 'acknowledged'],
      [4, 'acknowledged'],
    ])
    expect(chain[1]?.rising).toBe(true)
    expect(chain[2]?.scene.areas).toEqual([4, 5])
  })

  it('[CA3] names all messages that an Update or Cancel replaces', () => {
    const chain = chainOf(
      record(entryOf('severity', min(2), { rank: 4 }), entryOf('condition-ended', min(5), { rank: 0 })),
    )
    expect(chain.map(({ msgType }) => msgType)).toEqual(['Alert', 'Update', 'Cancel'])
    expect(chain[2]?.references).toEqual([
      `${SENDER},32-amia2-1-${RAISED.toString(36)},2026-11-22T08:05:00+08:00`,
      `${SENDER},32-amia2-1-${min(2).toString(36)},2026-11-22T08:07:00+08:00`,
    ])
  })

  it('[CA4] cancels once, when the condition ends or the alert is closed', () => {
    const ended = entryOf('condition-ended', min(5), { rank: 0 })
    expect(kinds(record(ended, entryOf('close', min(9), { person: 'sun' })))).toEqual(['Alert', 'Cancel'])
    expect(kinds(record(entryOf('close', min(9), { person: 'sun' })))).toEqual(['Alert', 'Cancel'])
    expect(kinds(record(entryOf('merged', min(4), { comment: 'into:a1-1' })))).toEqual(['Alert', 'Cancel'])
    expect(kinds(record(entryOf('merged', min(4), { comment: 'from:a1-1' })))).toEqual(['Alert'])
  })

  it('[CA4] cancels by the alert itself where its record lost the line', () => {
    expect(kinds(alertOf({ closed: min(30), state: 'closed' }))).toEqual(['Alert', 'Cancel'])
    expect(kinds(alertOf({ ended: min(30) }))).toEqual(['Alert', 'Cancel'])
  })

  it('[CA5] begins a new chain when the condition comes back or a closed alert is reopened', () => {
    const back = record(
      entryOf('condition-ended', min(5), { rank: 0 }),
      entryOf('condition-back', min(6)),
      entryOf('close', min(7)),
      entryOf('reopen', min(8)),
      entryOf('severity', min(9), { rank: 4 }),
    )
    expect(kinds(back)).toEqual(['Alert', 'Cancel', 'Alert', 'Cancel', 'Alert', 'Update'])
    expect(chainOf(back).map(({ references }) => references.length)).toEqual([0, 1, 0, 1, 0, 1])
    const merged = record(
      entryOf('merged', min(5), { comment: 'into:a1-1' }),
      entryOf('condition-back', min(7)),
      entryOf('condition-ended', min(8)),
      entryOf('close', min(9)),
      entryOf('reopen', min(10)),
    )
    expect(kinds(merged)).toEqual(['Alert', 'Cancel', 'Alert', 'Cancel', 'Alert'])
  })

  it('[CA6] writes times with the offset of the city in digits', () => {
    expect(capTime('Asia/Shanghai', RAISED)).toBe('2026-11-22T08:05:00+08:00')
    expect(capTime('UTC', RAISED)).toBe('2026-11-22T00:05:00+00:00')
    expect(capTime('America/St_Johns', RAISED)).toBe('2026-11-21T20:35:00-03:30')
  })

  it('[CA7] keeps what would break references out of sender and identifier', () => {
    const [message] = capMessages(
      alertOf(),
      { ...plan, grid: { ...plan.grid, city: 'New York, N<Y' } },
      'a b,c<d&e',
    )
    expect(message?.sender).toBe('a-b-c-d-e')
    expect(message?.identifier).not.toMatch(/[\s,<&]/)
  })
})

describe('CAP message', () => {
  it('[CA10] says the alert in Chinese and English', () => {
    const xml = xmlOf(alertOf())
    for (const text of [
      '<status>Actual</status>',
      '<scope>Public</scope>',
      '<language>zh-CN</language>',
      '<language>en-US</language>',
      '<category>Env</category>',
      '<urgency>Immediate</urgency>',
      '<severity>Severe</severity>',
      '<certainty>Observed</certainty>',
      '<responseType>Avoid</responseType>',
      '<headline>Ⅱ级橙色 空气 3201区</headline>',
      '<headline>Ⅱ Orange Air 3201</headline>',
      '<description>3201区，2个网格；起始 08:05；细颗粒物 161.3 µg/m³，限值 150 µg/m³；待确认</description>',
      '<expires>2026-11-23T08:05:00+08:00</expires>',
      '<contact>12345</contact>',
      '<valueName>CELL</valueName>',
      '<value>3201001</value>',
    ])
      expect(xml).toContain(text)
    expect(capFaults(xml)).toEqual([])
  })

  it('[CA11] draws the outline as lat,lon, closed', () => {
    const [, polygon = ''] = /<polygon>([^<]*)</.exec(xmlOf(alertOf())) ?? []
    const points = polygon.split(' ').map((pair) => pair.split(',').map(Number))
    expect(points[0]).toEqual(points.at(-1))
    expect(new Set(points.map(([lat]) => lat))).toEqual(new Set([32, 32.01]))
    expect(new Set(points.map(([, lon]) => lon))).toEqual(new Set([118, 118.02]))
  })

  it('[CA12] draws an outline of too many corners as the hull around it, and codes of the areas above', () => {
    const grid = smallGrid(40, 40)
    const wide = { ...smallPlan(grid), grid }
    const even = Array.from({ length: 1600 }, (_, n) => 41 + n).filter(
      (_, n) => (n + Math.floor(n / 40)) % 2 === 0,
    )
    const [message] = capMessages(alertOf({ areas: even }), wide, SENDER)
    const xml = message === undefined ? '' : capXml(message, wide, policy, settings)
    expect(xml.match(/<polygon>/g)?.length).toBeLessThanOrEqual(40)
    expect(xml.match(/<geocode>/g)?.length).toBeLessThanOrEqual(200)
    expect(Math.max(...xml.split('\n').map((line) => line.split(' ').length))).toBeLessThanOrEqual(220)
    expect(capFaults(xml)).toEqual([])
  })

  it('[CA12] draws areas of too fine a border as their hulls', () => {
    const circle = (lon: number) =>
      Array.from({ length: 6_001 }, (_, n): [number, number] => {
        const turn = ((n % 6_000) / 6_000) * 2 * Math.PI
        return [lon + Math.cos(turn) / 100, 32 + Math.sin(turn) / 100]
      })
    const fine = { ...plan, grid: { ...plan.grid, polygon: (area: number) => [[circle(118 + area / 10)]] } }
    const hulls = capPolygons(fine.grid, [3, 4])
    expect(hulls).toHaveLength(2)
    for (const hull of hulls) expect(hull.split(' ').length).toBeLessThanOrEqual(200)
  })

  it('[CA13] marks a drill as Exercise with a note, in every message', () => {
    const drill = alertOf({ exercise: true, closed: min(3), state: 'closed' })
    for (const nth of [0, 1]) {
      const xml = xmlOf(drill, nth)
      expect(xml).toContain('<status>Exercise</status>')
      expect(xml).toContain('<note>【演练 Exercise】 amia2-1</note>')
      expect(xml).toContain('<headline>【演练 Exercise】')
    }
    expect(xmlOf(alertOf(), 0, simplePolicy({ exercise: true }))).toContain('<status>Exercise</status>')
  })

  it('[CA14] lifts what it cancels', () => {
    const xml = xmlOf(alertOf({ ended: min(30) }), 1)
    for (const text of [
      '<msgType>Cancel</msgType>',
      '<urgency>Past</urgency>',
      '<responseType>AllClear</responseType>',
      '<headline>解除：Ⅱ级橙色 空气 3201区</headline>',
    ])
      expect(xml).toContain(text)
    expect(capFaults(xml)).toEqual([])
  })

  it('[CA15] counts severity from the gravest level of the scheme', () => {
    const severities = (levels: number) =>
      Array.from({ length: levels - 1 }, (_, n) =>
        severityOf({ id: 's', levels: plan.scheme.levels.slice(0, levels) }, n + 1),
      )
    expect(severities(5)).toEqual(['Minor', 'Moderate', 'Severe', 'Extreme'])
    expect(severities(3)).toEqual(['Severe', 'Extreme'])
  })

  it('[CA16] escapes what people wrote and drops what XML cannot hold', () => {
    const alert = alertOf({ headline: 'a <b> & "c" \u0000\u001b\ud800]]>', incident: null })
    expect(xmlOf(alert)).toContain('a &lt;b&gt; &amp; "c" ]]&gt;')
    expect(xmlOf(alert)).toContain('<certainty>Likely</certainty>')
    expect(capFaults(xmlOf(alert))).toEqual([])
  })

  it('[CA17] says for whom it is where it is not for everybody', () => {
    const [message] = chainOf(alertOf())
    const xml =
      message === undefined ? '' : capXml(message, plan, policy, { ...settings, restriction: 'city staff' })
    expect(xml).toMatch(/<scope>Restricted<\/scope>\s*<restriction>city staff<\/restriction>/)
    expect(capFaults(xml)).toEqual([])
  })
})

const WHATS: readonly Entry['what'][] = [
  'acknowledge',
  'dispatch',
  'handle',
  'reject',
  'verify',
  'close',
  'reopen',
  'severity',
  'moved',
  'condition-ended',
  'condition-back',
  'note',
  'warn',
  'escalate',
]

/** Any life of an alert, also one that no book would write. */
const anyAlert = fc
  .array(
    fc.record({
      what: fc.constantFrom(...WHATS),
      after: fc.integer({ min: 1, max: 7_200 }),
      rank: fc.integer({ min: 0, max: 4 }),
      areas: fc.uniqueArray(fc.integer({ min: 3, max: 10 }), { minLength: 1 }),
      comment: fc.string(),
    }),
    { maxLength: 30 },
  )
  .chain((steps) => {
    let at = RAISED
    const entries = steps.map(({ what, after, rank, areas, comment }) => {
      at += after * 1_000
      const seen = what === 'moved' || what === 'severity'
      return entryOf(what, at, {
        rank,
        comment,
        ...(seen && { scene: scene(...areas.toSorted((a, b) => a - b)) }),
      })
    })
    return fc
      .record({ headline: fc.string({ unit: 'binary' }), exercise: fc.boolean() })
      .map((part) =>
        alertOf({ ...part, record: [entryOf('raise', RAISED, { scene: scene(3, 4) }), ...entries] }),
      )
  })

describe('any life of an alert', () => {
  it('[CA18] gives messages that keep every rule in prose', () => {
    fc.assert(
      fc.property(anyAlert, (alert) => {
        for (const message of chainOf(alert))
          expect(capFaults(capXml(message, plan, policy, settings))).toEqual([])
      }),
      { numRuns: 50 },
    )
  })

  it.skipIf(!HAS_CAP_SCHEMA)('[CA19] gives messages that the schema of CAP 1.2 takes', () => {
    fc.assert(
      fc.property(anyAlert, (alert) => {
        for (const message of chainOf(alert))
          expect(schemaFault(capXml(message, plan, policy, settings))).toBe('')
      }),
      { numRuns: 50 },
    )
  })

  it('[CA8] never changes a message that was given out', () => {
    fc.assert(
      fc.property(anyAlert, fc.nat(30), (alert, cut) => {
        const earlier = { ...alert, areas: [9], record: alert.record.slice(0, cut + 1) }
        const before = chainOf(earlier).map((message) => capXml(message, plan, policy, settings))
        const later = chainOf(alert).map((message) => capXml(message, plan, policy, settings))
        expect(later.slice(0, before.length)).toEqual(before)
      }),
      { numRuns: 50 },
    )
  })

  it('[CA3] refers in order to the messages since the last Alert, and to no other', () => {
    fc.assert(
      fc.property(anyAlert, (alert) => {
        const chain = chainOf(alert)
        expect(new Set(chain.map(({ identifier }) => identifier)).size).toBe(chain.length)
        for (const [i, { msgType, references }] of chain.entries()) {
          const begin = chain.slice(0, i).findLastIndex((each) => each.msgType === 'Alert')
          const since = msgType === 'Alert' ? [] : chain.slice(begin, i)
          expect(references).toEqual(since.map(({ identifier, sent }) => `${SENDER},${identifier},${sent}`))
        }
      }),
    )
  })
})
