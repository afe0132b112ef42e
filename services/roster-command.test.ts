import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { rosterReader } from './adapters/roster.fetch.ts'
import { planOf } from './app-plan.ts'
import { readConfig } from './config.ts'
import { policyFrom } from './config-policy.ts'
import { rosterReport } from './roster-command.ts'
import { DutyRoom, ms } from './testdata/duty-room.ts'
import { PEOPLE } from './testdata/people.ts'

const room = new DutyRoom('Europe/London')
const setting = { file: '', url: '', refresh: 60_000, area: '' }
const people = Object.fromEntries([...PEOPLE].map(([id, { name }]) => [id, { name, reach: { mail: '' } }]))
const NIGHTS = `areas:
  '32': { shifts: [{ from: '20:00', to: '08:00', people: [sun, li] }] }
  '3201': { overrides: [{ from: 2026-03-29T00:00, to: 2026-03-29T06:00, person: chen }] }`

function report(
  text: string,
  at?: string,
  area?: string,
  rosters: Readonly<Record<string, typeof setting>> = { street: setting },
) {
  return rosterReport({
    config: { rosters, people },
    plan: room.plan,
    policy: room.policy,
    at,
    area,
    now: ms('2026-03-29T03:00Z'),
    read: () => (text === '' ? Promise.reject(new Error('it answers 503')) : Promise.resolve(text)),
  })
}

describe('qingyu roster', () => {
  it('[RO32] tells who is on duty now, by the clock of the city', async () => {
    expect((await report(NIGHTS)).split('\n').slice(0, 12)).toEqual([
      '2026-03-29 04:00 Europe/London',
      '',
      '32  32区  32',
      '  1. sun  sun某  sun  until 2026-03-29 08:00',
      '  2. li  li某  li  until 2026-03-29 08:00',
      '',
      '3201  3201区  3201',
      '  1. chen  chen某  chen  until 2026-03-29 06:00, as cover',
      '',
      'Where nobody is on duty up to the root: li  li某  li',
      '',
      'RO-gap: street: nobody is on duty for 32 from 2026-03-29T07:00:00.000Z to 2026-03-29T19:00:00.000Z',
    ])
  })

  it('[RO32] tells it for another time and for one area with all above it', async () => {
    const said = await report(NIGHTS, '2026-03-29T12:00:00+01:00', '3202001')
    expect(said).toContain('2026-03-29 12:00 Europe/London\n\n3202001  3202001区  3202001\n  no roster\n')
    expect(said).toContain('\n32  32区  32\n  nobody now\n')
    expect(await report(NIGHTS, undefined, undefined, {})).toContain('No rosters: name them under rosters')
  })

  it('[RO33] finds nothing odd in the rosters of the demo, and its officer on duty at any hour', async () => {
    const { config, file, folder } = readConfig(resolve(import.meta.dirname, '../config/qingyu.yaml'))
    const plan = planOf({ config, file, folder }, { warn: () => undefined })
    const policy = policyFrom(config, plan, file)
    for (const hour of ['03:00', '12:00', '19:00', '23:00']) {
      const at = `2026-11-22T${hour}:00Z`
      const question = {
        config,
        plan,
        policy,
        at,
        area: '32011301001',
        now: ms(at),
        read: rosterReader(folder),
      }
      const said = await rosterReport(question)
      expect(said.match(/1\. officer /g)).toHaveLength(2)
      expect(said).not.toContain('RO-')
    }
  })

  it('[RO32] names what it cannot answer', async () => {
    await expect(report(NIGHTS, 'tomorrow')).rejects.toThrow('--at tomorrow is not understood')
    await expect(report(NIGHTS, undefined, '77')).rejects.toThrow('Area 77 is not in grid 32')
    await expect(report('')).rejects.toThrow('street cannot be read: it answers 503')
    await expect(report('areas: { x: {} }')).rejects.toThrow('street, line 1: areas.x is x')
  })
})
