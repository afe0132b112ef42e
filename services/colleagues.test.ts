import { describe, expect, it } from 'vitest'
import { VirtualClock } from './adapters/clock.virtual.ts'
import { castOf, nextDeed, startColleagues, type Cast } from './colleagues.ts'
import type { AlertRow } from './core/desk-wire.ts'
import { MINUTE, RAISED, alertOf } from './testdata/sample-alert.ts'

const cast: Cast = {
  officer: 'night',
  commander: 'chen',
  supervisor: 'sun',
  crews: new Map([
    ['water', 'wang'],
    ['police', 'zhao'],
  ]),
}

function row(part: Partial<AlertRow> = {}): AlertRow {
  const names = { zh: '积水', en: 'Flooding' }
  const place = { code: '3201', name: names }
  const { area: _, areas: __, record: ___, done: ____, worst, ...alert } = alertOf()
  return {
    ...alert,
    category: 'water',
    name: names,
    area: place,
    count: 2,
    worst: { ...worst, area: place, ruleName: names, unit: 'm' },
    centre: [118, 32],
    mine: false,
    ...part,
  }
}

const verbAt = (alert: AlertRow, minutes: number) => nextDeed(alert, RAISED + minutes * MINUTE, cast)?.verb

describe('the demo’s colleagues', () => {
  it('[DM1] leave every other alert to a visitor for four minutes', () => {
    const [even, odd] = [row({ id: 'b' }), row({ id: 'a' })]
    expect([0.5, 1].map((at) => verbAt(even, at))).toEqual([undefined, 'acknowledge'])
    expect([0.5, 1, 3.9, 4.1].map((at) => verbAt(odd, at))).toEqual([
      undefined,
      undefined,
      undefined,
      'acknowledge',
    ])
  })

  it('[DM2] take an alert through to closed, each in their own office', () => {
    const acknowledged = row({ state: 'acknowledged', acknowledgedBy: 'night' })
    expect(nextDeed(acknowledged, RAISED + 2 * MINUTE, cast)).toEqual({
      person: 'chen',
      verb: 'dispatch',
      body: { unit: 'water' },
    })
    expect(verbAt({ ...acknowledged, acknowledgedBy: 'li' }, 2)).toBeUndefined()
    const sent = row({ state: 'dispatched', unit: 'water' })
    expect(verbAt(sent, 2)).toBeUndefined()
    for (const [over, at] of [
      [{ ...sent, ended: RAISED + MINUTE }, 2],
      [sent, 4.1],
    ] as const)
      expect(nextDeed(over, RAISED + at * MINUTE, cast)).toMatchObject({ person: 'wang', verb: 'handle' })
    expect(nextDeed(row({ state: 'handled', unit: 'water' }), RAISED + MINUTE, cast)).toMatchObject({
      person: 'sun',
      verb: 'verify',
    })
    expect(verbAt(row({ state: 'verified', unit: 'water' }), 1)).toBe('close')
    expect(verbAt(row({ ended: RAISED }), 2)).toBe('close')
    expect(verbAt(row({ state: 'closed', closed: RAISED }), 60)).toBeUndefined()
    expect(verbAt(row({ exercise: true }), 60)).toBeUndefined()
  })

  it('[DM2] are the people of the demo, but not the one as whom visitors come', () => {
    const person = (role: string, unit = '', demo = true) => ({ role, unit, demo })
    const people = {
      real: person('officer', 'water', false),
      li: person('officer', 'street'),
      night: person('officer', 'street'),
      wang: person('officer', 'water'),
      other: person('officer', 'water'),
      sun: person('supervisor'),
      chen: person('commander'),
    }
    expect(castOf(people)).toEqual({
      officer: 'night',
      commander: 'chen',
      supervisor: 'sun',
      crews: new Map([
        ['street', 'night'],
        ['water', 'wang'],
      ]),
    })
    expect(castOf({ ...people, sun: person('viewer') })).toBeNull()
    expect(castOf({})).toBeNull()
  })

  it('[DM2] come when they are whistled for, one after another', () => {
    const call = (unit: string, came: number | null) => ({ unit, came, person: '', due: RAISED })
    const whistle = { at: RAISED, by: 'chen', due: RAISED + 9 * MINUTE }
    const called = [call('water', null), call('police', null), call('nobody', null)]
    expect(nextDeed(row({ whistle: { ...whistle, called } }), RAISED + MINUTE / 2, cast)).toEqual({
      person: 'wang',
      verb: 'report-in',
      body: { unit: 'water' },
    })
    const later = row({ whistle: { ...whistle, called: [call('water', RAISED), ...called.slice(1)] } })
    expect(verbAt(later, 0.5)).toBeUndefined()
    expect(nextDeed(later, RAISED + MINUTE, cast)?.person).toBe('zhao')
  })

  it('[DM3] go on after a refusal, sign in again after a fault, and say once that they cannot work', async () => {
    const clock = new VirtualClock(RAISED + 10 * MINUTE)
    const said: string[] = []
    const did: string[] = []
    let up = false
    const colleagues = startColleagues({
      cast,
      clock,
      warn: (sentence) => said.push(sentence),
      open: (person) =>
        up
          ? Promise.resolve({
              alerts: () => Promise.resolve([row({ id: 'b' }), row({ id: 'd' })]),
              act: (alert, verb) => {
                did.push(`${person} ${verb} ${alert}`)
                return alert === 'b' ? Promise.reject(new Error('already done')) : Promise.resolve()
              },
            })
          : Promise.reject(new Error('no desk')),
    })
    const look = async () => {
      clock.advance(5000)
      for (let i = 0; i < 20; i++) await Promise.resolve()
    }
    await look()
    await look()
    up = true
    await look()
    colleagues.stop()
    await look()
    expect(said).toEqual(['The demo’s colleagues cannot reach the desk: no desk'.replace('’', "'")])
    expect(did).toEqual(['night acknowledge b', 'night acknowledge d'])
  })
})
