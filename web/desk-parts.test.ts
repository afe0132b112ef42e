import { describe, expect, it } from 'vitest'
import type { AlertRow } from '../services/core/desk-wire.ts'
import { UNKNOWN } from '../services/core/level.ts'
import { cityOf } from './city.ts'
import { EventReader } from './desk-events.ts'
import { FORM_WORDS } from './desk-form-words.ts'
import { Glass, MOST_CORNERS, ringOf } from './desk-glass.ts'
import { ANY, alarming, byNeed, clockOf, isOverdue, passes, rankShown, spent } from './desk-order.ts'
import { barOf, thumbVerbs } from './desk-permit.ts'
import { cellsIn } from './desk-ring.ts'
import { DUTIES } from '../services/core/alert-text.ts'
import { CHANNEL, DELIVERY, DONE, OCCASION, ROLE, STATE, TREND, VERB } from './desk-terms.ts'
import { DESK_WORDS } from './desk-words.ts'
import { blobCity } from './testdata/blob-city.ts'

const T = Date.UTC(2026, 10, 22, 10)
const place = (code: string, zh: string, en: string) => ({ code, name: { zh, en } })

function row(over: Partial<AlertRow> = {}): AlertRow {
  return {
    id: 'a1-1',
    incident: 'i1-1',
    number: 1,
    category: 'water',
    name: { zh: '积水', en: 'Flooding' },
    headline: '',
    exercise: false,
    area: place('3201', '文澜路', 'Wenlan Road'),
    count: 4,
    rank: 3,
    peak: 3,
    worst: {
      area: place('320101', '仙境路口', 'Xianjing Crossing'),
      rule: 'flooding',
      ruleName: { zh: '道路积水', en: 'Flooded road' },
      value: 0.4,
      limit: 0.3,
      unit: 'm',
    },
    state: 'raised',
    raised: T,
    since: T,
    ended: null,
    closed: null,
    centre: [118.9, 32.1],
    unit: '',
    person: '',
    acknowledgedBy: '',
    handledBy: '',
    deadlines: [],
    missed: [],
    step: 0,
    stepDue: null,
    onDuty: [],
    byDefault: false,
    whistle: null,
    shelved: null,
    mutedBy: '',
    mine: true,
    ...over,
  }
}

const clock = (due: number, overdue = false) => ({
  duty: 'acknowledge' as const,
  due,
  warnAt: due - 1000,
  warned: false,
  overdue,
})

describe('order of the desk', () => {
  it('[OD2] puts closed alerts behind open ones, the newest first', () => {
    const rows = [
      row({ id: 'old', closed: T + 1 }),
      row({ id: 'new', closed: T + 2 }),
      row({ id: 'late', rank: 1, deadlines: [clock(T, true)] }),
      row({ id: 'red', rank: 4 }),
    ]
    expect(rows.sort(byNeed).map(({ id }) => id)).toEqual(['late', 'red', 'new', 'old'])
  })

  it('[OD2] leaves out what the filter does not want', () => {
    const rows = [
      row({ id: 'mine' }),
      row({ id: 'other', mine: false, rank: 4, number: 7 }),
      row({ id: 'blind', rank: UNKNOWN, category: 'noise' }),
      row({ id: 'past', closed: T, rank: 0, peak: 4 }),
    ]
    const left = (filter: Partial<typeof ANY>) =>
      rows.filter((one) => passes(one, { ...ANY, ...filter })).map(({ id }) => id)
    expect(left({})).toEqual(['mine', 'blind'])
    expect(left({ whose: 'all' })).toEqual(['mine', 'other', 'blind'])
    expect(left({ whose: 'all', rank: 4 })).toEqual(['other'])
    expect(left({ whose: 'closed', rank: 4 })).toEqual(['past'])
    expect(left({ whose: 'all', category: 'noise' })).toEqual(['blind'])
    expect(left({ whose: 'all', text: '#7' })).toEqual(['other'])
    expect(left({ whose: 'all', text: 'wenlan' })).toEqual(['mine', 'other', 'blind'])
    expect(left({ whose: 'all', text: '仙境' })).toEqual(['mine', 'other', 'blind'])
    expect(left({ whose: 'all', text: 'nowhere' })).toEqual([])
  })

  it('[OD3] shows the clock that ran out before those that run', () => {
    const over = clock(T + 9000, true)
    expect(clockOf({ deadlines: [clock(T + 5000), over] })).toBe(over)
    expect(clockOf({ deadlines: [] })).toBeNull()
    // Overdue by the clock at hand, without news of it.
    expect(isOverdue({ deadlines: [clock(T)] }, T)).toBe(true)
    expect(isOverdue({ deadlines: [clock(T)] }, T - 1)).toBe(false)
    expect([spent(T + 100, T, T + 25), spent(T, T, T), spent(T + 1, T, T + 9)]).toEqual([0.25, 1, 1])
  })

  it('[OD2] shows of what is over how grave it was', () => {
    expect([rankShown(row()), rankShown(row({ rank: 0 })), rankShown(row({ rank: 1, closed: T }))]).toEqual([
      3, 3, 3,
    ])
  })
})

describe('alarm of the desk', () => {
  const before = (rows: readonly AlertRow[]) => new Map(rows.map((one) => [one.id, one]))
  const heard = (was: readonly AlertRow[], is: readonly AlertRow[]) =>
    alarming(before(was), is, 4, 'li').map(({ id }) => id)

  it('[OD4] sounds for what turns gravest and for what comes to me', () => {
    const other = row({ mine: false })
    expect(heard([], [other])).toEqual([])
    expect(heard([], [row({ mine: false, rank: 4 })])).toEqual(['a1-1'])
    expect(heard([other], [row({ mine: false, rank: 4 })])).toEqual(['a1-1'])
    expect(heard([row({ rank: 4 })], [row({ rank: 4 })])).toEqual([])
    expect(heard([other], [row()])).toEqual(['a1-1'])
    expect(heard([row({ step: 0 })], [row({ step: 1, onDuty: ['li'] })])).toEqual(['a1-1'])
    expect(heard([row({ step: 0, onDuty: ['li'] })], [row({ step: 1, onDuty: ['li', 'wu'] })])).toEqual([])
  })

  it('[OD4] keeps quiet about what is muted, shelved or closed', () => {
    const shelved = { at: T, until: T + 1, by: 'li', reason: 'known' }
    for (const over of [{ mutedBy: 'q1-1' }, { closed: T }, { shelved }])
      expect(heard([], [row({ rank: 4, ...over })])).toEqual([])
  })
})

describe('verbs of the desk', () => {
  const me = { person: 'li', role: 'officer', unit: 'water' } as const

  it('[OD7] says why something cannot be done', () => {
    expect(barOf('whistle', row(), me)).toEqual({ why: 'notRole', role: 'commander' })
    expect(barOf('acknowledge', row({ state: 'handled' }), me)).toEqual({ why: 'notDone' })
    expect(barOf('handle', row(), me)).toEqual({ why: 'notNow' })
    expect(barOf('report-in', row(), me)).toEqual({ why: 'notCalled' })
    expect(barOf('acknowledge', row(), me)).toEqual({ why: 'notArea' })
    const judge = { person: 'li', role: 'supervisor', unit: '' } as const
    expect(barOf('verify', row({ state: 'handled', handledBy: 'li' }), judge)).toEqual({ why: 'notOwn' })
  })

  it('[OD7] keeps dispatch and whistle in their places', () => {
    expect(thumbVerbs(row(), ['acknowledge', 'dispatch'], '')).toEqual(['acknowledge', 'dispatch', 'whistle'])
    expect(thumbVerbs(row({ state: 'handled' }), ['verify', 'reject'], '')[0]).toBe('verify')
    expect(thumbVerbs(row({ state: 'handled' }), ['note'], '')[0]).toBe('verify')
    const called = [{ unit: 'water', due: T, came: null, person: '' }]
    const whistle = { at: T, by: 'wu', due: T, called }
    expect(thumbVerbs(row({ whistle }), ['acknowledge', 'report-in'], 'water')[0]).toBe('report-in')
    expect(thumbVerbs(row({ whistle }), ['acknowledge', 'report-in'], 'police')[0]).toBe('acknowledge')
  })
})

describe('events of the desk', () => {
  const bytes = (text: string) => new TextEncoder().encode(text)

  it('[OD11] reads events however the bytes are cut', () => {
    const text =
      ': hello\r\nid: 7\r\nevent: news\r\ndata: {"a":\r\ndata: 1}\r\n\r\ndata: 晴雨\n\nevent: none\n\nid: 9\rdata\r\r'
    const wanted = [
      { event: 'news', data: '{"a":\n1}', id: '7' },
      { event: 'message', data: '晴雨', id: '7' },
    ]
    const whole = bytes(text)
    for (let size = 1; size <= whole.length; size++) {
      const reader = new EventReader()
      const events = []
      for (let at = 0; at < whole.length; at += size)
        events.push(...reader.feed(whole.subarray(at, at + size)))
      expect(events.slice(0, 2), `in pieces of ${size}`).toEqual(wanted)
    }
  })

  it('[OD11] gives a line without end up', () => {
    const reader = new EventReader()
    expect(() => {
      for (let i = 0; i < 40; i++) reader.feed(bytes('x'.repeat(65_536)))
    }).toThrow(RangeError)
  })
})

describe('map of the desk', () => {
  const glass = Glass.around([118.9, 32.1, 118.92, 32.11], 390, 250, 20)

  it('[OD12] shows all of a place, and finds back where a pixel lies', () => {
    const [x, y] = glass.project(118.9, 32.11)
    const [x2, y2] = glass.project(118.92, 32.1)
    expect([x >= 19.9, y >= 19.9, x2 <= 370.1, y2 <= 230.1]).toEqual([true, true, true, true])
    const [lon, lat] = glass.place(...glass.project(118.913, 32.104))
    expect([lon, lat].map((n) => n.toFixed(6))).toEqual(['118.913000', '32.104000'])
  })

  it('[OD12] keeps what is under the finger there while it zooms', () => {
    const [lon, lat] = glass.place(300, 40)
    const [x, y] = glass.zoomed(3, 300, 40).project(lon, lat)
    expect([x, y].map(Math.round)).toEqual([300, 40])
    expect(glass.zoomed(1e9).look.scale).toBeLessThanOrEqual(4e6)
  })

  it('[OD8] makes a closed ring of few corners out of a drawn way', () => {
    const turn = Array.from({ length: 900 }, (_, i): [number, number] => {
      const angle = (i / 900) * 2 * Math.PI
      return [200 + 90 * Math.cos(angle), 120 + 70 * Math.sin(angle)]
    })
    const ring = ringOf(turn) ?? []
    expect(ring.length).toBeLessThan(60)
    expect(ring.at(-1)).toEqual(ring[0])
    const jagged = turn.map(([x, y], i): [number, number] => [x + (i % 2) * 30, y])
    expect(ringOf(jagged)?.length).toBeLessThanOrEqual(MOST_CORNERS)
    expect(ringOf([[5, 5]])).toBeNull()
    expect(
      ringOf([
        [5, 5],
        [90, 90],
        [5, 5],
      ]),
    ).toBeNull()
  })

  it('[OD8] counts the cells whose centre lies in a ring', () => {
    const city = cityOf(blobCity())
    const [west, south, east, north] = city.bounds
    const all = [
      [west, south],
      [east, south],
      [east, north],
      [west, north],
      [west, south],
    ] as const
    expect(cellsIn(city, all).length).toBe(city.cells.length)
    expect(cellsIn(city, all.slice(0, 3))).toEqual([])
  })
})

describe('words of the desk', () => {
  const placeholders = (text: string): string => (text.match(/\{\w+\}/g) ?? []).sort().join()
  const sets = [DESK_WORDS, FORM_WORDS, CHANNEL, DELIVERY, DONE, DUTIES, OCCASION, ROLE, STATE, TREND, VERB]

  it('[OD13] has every sentence in both languages alike', () => {
    const all = sets.flatMap((set) => Object.entries<{ readonly zh: string; readonly en: string }>(set))
    expect(all.length).toBeGreaterThan(250)
    const bad = all.filter(
      ([, { zh, en }]) =>
        zh.trim() === '' ||
        en.trim() === '' ||
        placeholders(en) !== placeholders(zh) ||
        /[\u4e00-\u9fff]/.test(en.replace('演示', '')),
    )
    expect(bad).toEqual([])
    const [screen, forms] = [Object.keys(DESK_WORDS), Object.keys(FORM_WORDS)]
    expect(screen.filter((key) => forms.includes(key))).toEqual([])
  })
})
