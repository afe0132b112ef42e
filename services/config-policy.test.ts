import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { readConfig, SECRET_SETTING } from './config.ts'
import { planFrom } from './config-plan.ts'
import { policyFrom } from './config-policy.ts'
import type { AlertPolicy } from './core/alert-policy.ts'
import { QingyuError } from './core/errors.ts'
import { readGrid } from './core/grid-file.ts'
import { smallGrid } from './testdata/small-city.ts'

const folder = mkdtempSync(join(tmpdir(), 'qingyu-policy-'))
afterAll(() => rmSync(folder, { recursive: true }))

const name = { zh: '名', en: 'Name' }
const called = { name, unit: 'calls', kind: 'occurrence', range: [0, 1000], pane: '1m', fold: 'sum' }
const SOUND = {
  city: { grid: 'x.geojson' },
  indicators: { 'call.noise': { ...called, category: 'noise' }, 'call.water': called },
  rules: [
    { id: 'noise', name, indicator: 'call.noise', limits: { blue: 2, red: 4 } },
    { id: 'flood', name: { zh: '积水', en: 'Flood' }, indicator: 'call.water', limits: { blue: 2 } },
  ],
  categories: { noise: { zh: '噪声', en: 'Noise' }, festival: { zh: '节庆', en: 'Festival' } },
  units: { water: { zh: '水务', en: 'Water' } },
  people: {
    li: { name, role: 'officer', area: '3201', unit: 'water' },
    wang: { name, role: 'commander' },
    eye: { name, role: 'viewer' },
  },
}
const FALLBACK = { fallback: 'wang' }

let files = 0
function policy(over: object, alerts: object = FALLBACK): AlertPolicy {
  const file = join(folder, `${files++}.yaml`)
  writeFileSync(file, stringify({ ...SOUND, alerts, ...over }))
  const { config } = readConfig(file)
  return policyFrom(config, planFrom(config, smallGrid(), 'city.yaml'), 'city.yaml')
}

function fault(over: object, alerts: object = FALLBACK): string {
  try {
    policy(over, { ...FALLBACK, ...alerts })
  } catch (error) {
    return error instanceof QingyuError ? `${error.code} ${error.message}` : String(error)
  }
  return 'none'
}

describe('the policy', () => {
  it('[PO1] takes the most particular deadline that is said', () => {
    const made = policy(
      {},
      {
        ...FALLBACK,
        deadlines: {
          acknowledge: '10m',
          levels: { red: { acknowledge: '1m', dispatch: '2m' } },
          categories: { noise: { dispatch: '7m', levels: { red: { handle: '0s' } } } },
        },
      },
    )
    const minutes = (category: string, rank: number) =>
      Object.values(made.limits(category, rank)).map((ms) => ms / 60_000)
    expect(minutes('other', 2)).toEqual([10, 20, 240, 1440])
    expect(minutes('other', 4)).toEqual([1, 2, 240, 1440])
    expect(minutes('noise', 2)).toEqual([10, 7, 240, 1440])
    expect(minutes('noise', 4)).toEqual([1, 7, 0, 1440])
    expect(minutes('nowhere', 4)).toEqual([1, 2, 240, 1440])
  })

  it('[PO2] gives every rule its category with a name', () => {
    const { categoryOf, categories } = policy({})
    expect([...categoryOf]).toEqual([
      ['noise', 'noise'],
      ['flood', 'other'],
    ])
    expect([...categories.values()].map(({ id, name: { en } }) => [id, en])).toEqual([
      ['noise', 'Noise'],
      ['other', 'other'],
      ['festival', 'Festival'],
    ])
    const byRule = policy({}, { ...FALLBACK, by: 'rule' })
    expect(byRule.categoryOf.get('flood')).toBe('flood')
    expect(byRule.categories.get('flood')?.name.en).toBe('Flood')
  })

  it('[PO3] knows people by id, role, area and unit, not by where they are reached', () => {
    const people = { li: { ...SOUND.people.li, reach: { mail: 'li@city.example' } }, wang: SOUND.people.wang }
    const { people: known } = policy({ people })
    expect(known.get('li')).toEqual({ id: 'li', name, role: 'officer', area: '3201', unit: 'water' })
    expect(known.get('wang')?.area).toBe('32')
    expect(JSON.stringify([...known])).not.toContain('city.example')
  })

  it('[PO4] works without people: nobody is told, alerts stand', () => {
    const alone = policy({ people: {} }, {})
    expect([alone.fallback, alone.people.size, alone.incidents.rank]).toEqual(['', 0, 2])
    expect(Object.isFrozen(alone)).toBe(true)
  })

  it('[PO5] has one version for one meaning', () => {
    const { version } = policy({})
    expect(version).toMatch(/^[0-9a-f]{16}$/)
    expect(policy({}).version).toBe(version)
    expect(policy({}, { ...FALLBACK, step: '6m' }).version).not.toBe(version)
    expect(policy({ people: { wang: SOUND.people.wang } }).version).not.toBe(version)
    const reach = { wang: { ...SOUND.people.wang, reach: { mail: 'w@city.example' } } }
    expect(policy({ people: { ...SOUND.people, ...reach } }).version).toBe(version)
  })

  it.each([
    [
      'people.li.area is 99, expected an area code of grid 32',
      { people: { ...SOUND.people, li: { name, area: '99' } } },
    ],
    [
      'people.li.unit is watre, expected one of units, perhaps water',
      { people: { ...SOUND.people, li: { name, unit: 'watre' } } },
    ],
    ['people.Li Wei is Li Wei, expected an id of a-z', { people: { ...SOUND.people, 'Li Wei': { name } } }],
    ['people.qingyu is qingyu, expected an id', { people: { ...SOUND.people, qingyu: { name } } }],
    [
      'people.li.unit is acme, expected one of vendors',
      { people: { ...SOUND.people, li: { name, role: 'vendor', unit: 'acme' } } },
    ],
    [
      'people.li.password is no hash, expected what `qingyu person` prints',
      { people: { ...SOUND.people, li: { name, password: 'secret' } } },
    ],
    [
      'people.li.reach.mail is no such address',
      { people: { ...SOUND.people, li: { name, reach: { mail: 'li' } } } },
    ],
    [
      'people.li.reach.webhook is no such address',
      { people: { ...SOUND.people, li: { name, reach: { webhook: 'ftp://x' } } } },
    ],
    [
      'people.li.reach.mqtt is no topic',
      { people: { ...SOUND.people, li: { name, reach: { mqtt: 'a/#' } } } },
    ],
    ['rosters.day is empty, expected either file or url', { rosters: { day: {} } }],
    ['rosters.day is file and url, expected either', { rosters: { day: { file: 'a', url: 'https://x' } } }],
    ['rosters.day.url is no such address', { rosters: { day: { url: 'file:///etc/passwd' } } }],
    ['rosters.day.area is 99, expected an area code', { rosters: { day: { file: 'a', area: '99' } } }],
    ['channels.capSender is a b, expected a name without spaces', { channels: { capSender: 'a b' } }],
    ['channels.mailUrl is no such address', { channels: { mailUrl: 'http://u:secret@h' } }],
    ['channels.mqttTopic is a/#, expected a topic', { channels: { mqttTopic: 'a/#' } }],
    ['channels.pushSubject is duty@x, expected mailto: or https:', { channels: { pushSubject: 'duty@x' } }],
  ])('[PO6] refuses what nobody could act on: %s', (sentence, over) => {
    expect(fault(over)).toContain(`CF-value city.yaml: ${sentence}`)
  })

  it.each([
    ['alerts.fallback is wnag, expected one of people, perhaps wang', { fallback: 'wnag' }],
    ['alerts.fallback is empty, expected one of people: told when nobody is on duty', { fallback: '' }],
    ['alerts.fallback is eye, a viewer, expected somebody who may act', { fallback: 'eye' }],
    ['alerts.level is yelow, expected a warning level, perhaps yellow', { level: 'yelow' }],
    ['alerts.step is 0ms, expected more than 0', { step: '0s' }],
    [
      'alerts.deadlines.levels.pink is pink, expected a warning level',
      { deadlines: { levels: { pink: {} } } },
    ],
    [
      'alerts.deadlines.categories.niose is niose, expected a category, perhaps noise',
      { deadlines: { categories: { niose: {} } } },
    ],
    [
      'alerts.defaults.officer.channels is mail, expected channels.mailUrl to be set',
      { defaults: { officer: { channels: ['mail'] } } },
    ],
    [
      'alerts.defaults.officer.channels is cap, expected a way to people',
      { defaults: { officer: { channels: ['cap'] } } },
    ],
    [
      'alerts.defaults.officer.level is pink, expected a warning level',
      { defaults: { officer: { level: 'pink' } } },
    ],
    [
      'alerts.maintenance.0 (works).area is 77, expected an area code of grid 32',
      {
        maintenance: [{ name: 'works', area: '77', schedule: { days: ['sun'], from: '01:00', to: '05:00' } }],
      },
    ],
  ])('[PO7] refuses alerts that contradict the rest: %s', (sentence, alerts) => {
    expect(fault({}, alerts)).toContain(`CF-value city.yaml: ${sentence}`)
  })

  it('[PO11] takes secrets of channels from files named by the environment, and hides them', () => {
    const secret = join(folder, 'secret')
    writeFileSync(secret, 'k3y\n')
    const file = join(folder, 'city.yaml')
    writeFileSync(file, stringify(SOUND))
    const { config } = readConfig(file, { QINGYU_CHANNELS__WEBHOOK_SECRET__FILE: secret })
    expect(config.channels.webhookSecret).toBe('k3y')
    for (const setting of ['webhookSecret', 'mqttPassword', 'password', 'reach'])
      expect(SECRET_SETTING.test(setting)).toBe(true)
    for (const setting of ['role', 'mail', 'capSender', 'unreachable'])
      expect(SECRET_SETTING.test(setting)).toBe(false)
  })

  it('[PO8] makes maintenance windows in the time of the city', () => {
    const window = { name: 'works', area: '3201', schedule: { days: ['sun'], from: '01:00', to: '05:00' } }
    expect(policy({}, { ...FALLBACK, maintenance: [window] }).maintenance).toEqual([
      {
        name: 'works',
        area: '3201',
        category: '',
        schedule: { days: [0], from: 60, to: 300, zone: 'Asia/Shanghai' },
      },
    ])
  })

  it.each(['qingyu', 'cluster', 'beijing', 'new-york', 'aarhus', 'los-angeles', 'melbourne'])(
    '[PO9] reads config/%s.yaml as it ships',
    (city) => {
      const {
        config,
        file,
        folder: home,
      } = readConfig(resolve(import.meta.dirname, `../config/${city}.yaml`))
      const text = (path: string) => {
        const bytes = readFileSync(path)
        return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
      }
      const path = resolve(home, config.city.grid)
      const { grid } = readGrid(text(path), path, (other) => text(resolve(dirname(path), other)))
      if (grid === null) throw new Error('no grid')
      const shipped = policyFrom(config, planFrom(config, grid, file), file)
      expect(shipped.people.has('officer')).toBe(['qingyu', 'cluster'].includes(city))
      expect([...shipped.categories.keys()]).not.toContain('hotline')
    },
  )
})
