import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { readConfig } from './config.ts'
import { planFrom } from './config-plan.ts'
import { QingyuError } from './core/errors.ts'
import { levelId } from './core/level.ts'
import { CityRun } from './testdata/city-run.ts'
import { smallGrid } from './testdata/small-city.ts'

const folder = mkdtempSync(join(tmpdir(), 'qingyu-plan-'))
afterAll(() => rmSync(folder, { recursive: true }))

const name = { zh: '名', en: 'Name' }
const measured = { name, unit: 'µg/m³', resolution: 0.1, range: [0, 2000], pane: '1m' }
const called = { name, unit: 'calls', kind: 'occurrence', range: [0, 1000], pane: '1m', fold: 'sum' }
const rule = {
  id: 'air',
  name,
  indicator: 'pm25',
  level: 'cell',
  window: '5m',
  limits: { blue: 75, yellow: 115, orange: 150, red: 250 },
}
const SOUND = {
  city: { grid: 'x.geojson' },
  indicators: { pm25: measured, 'call.noise': called },
  rules: [rule],
  parents: [
    { level: 'street', kind: 'worst' },
    { level: 'city', kind: 'share', share: { blue: 0.2, red: 0.5 } },
  ],
  hotline: { services: { noise: { name, indicator: 'call.noise' } } },
}

let files = 0
/** The plan of the sound settings with some of them replaced, by way of a file. */
function plan(over: object) {
  const file = join(folder, `${files++}.yaml`)
  writeFileSync(file, stringify({ ...SOUND, ...over }))
  return planFrom(readConfig(file).config, smallGrid(), 'city.yaml')
}

function fault(over: object): string {
  try {
    plan(over)
  } catch (error) {
    if (error instanceof QingyuError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'taken'
}

const withRule = (over: object) => ({ rules: [{ ...rule, ...over }] })
const withAir = (over: object) => ({ indicators: { ...SOUND.indicators, pm25: { ...measured, ...over } } })
const colours = (...ids: string[]) =>
  ids.map((id, i) => ({ id, numeral: String(i), colour: `#00000${i}`, pattern: 'plain', name }))
const scheme = (...levels: unknown[]) => ({ scheme: { id: 'own', levels } })

const BAD: readonly [what: string, over: object, message: string][] = [
  [
    'an unknown indicator',
    withRule({ indicator: 'pm52' }),
    'rules.0 (air).indicator is pm52, expected a known indicator, perhaps pm25',
  ],
  ['an indicator near none', withRule({ indicator: 'weather' }), 'weather, expected an indicator of the'],
  [
    'a window that is no multiple of the pane',
    withRule({ window: '90s' }),
    'rules.0 (air).window is 90s, expected a multiple of the pane of pm25, 60s',
  ],
  ['a window of nothing', withRule({ window: '0s' }), 'rules.0 (air).window is 0s'],
  [
    'limits that fall while values grow graver',
    withRule({ limits: { blue: 75, red: 60 } }),
    'rules.0 (air).limits is {"blue":75,"red":60}, expected at least one limit, each graver one further up',
  ],
  [
    'limits that grow for a rule below',
    withRule({ direction: 'below', limits: { blue: 10, red: 20 } }),
    'each graver one further down',
  ],
  ['no limit', withRule({ limits: {} }), 'rules.0 (air).limits is {}, expected at least one limit'],
  [
    'a limit for an unknown level',
    withRule({ limits: { purple: 1 } }),
    'is purple, expected a level of blue, yellow, orange, red',
  ],
  ['a limit for the calm level', withRule({ limits: { normal: 1 } }), 'is normal, expected a level of blue'],
  ['a limit for unknown', withRule({ limits: { unknown: 1 } }), 'is unknown, expected a level of blue'],
  [
    'a level that the grid does not have',
    withRule({ level: 'village' }),
    'rules.0 (air).level is village, expected a level of the grid: city, street, cell',
  ],
  [
    'an override of an unknown area',
    withRule({ overrides: { 9999: { off: true } } }),
    'rules.0 (air).overrides is 9999, expected an area code of grid 32',
  ],
  [
    'limits of an override that do not grow',
    withRule({ overrides: { 3201001: { limits: { blue: 5, red: 1 } } } }),
    'rules.0 (air).overrides.3201001.limits',
  ],
  [
    'n above m',
    withRule({ panes: { n: 4, m: 3 } }),
    'rules.0 (air).panes is {"n":4,"m":3}, expected n at most m, and m panes inside the window',
  ],
  ['m beyond the window', withRule({ panes: { n: 1, m: 6 } }), 'm panes inside the window'],
  [
    'an unknown cap for one source',
    withRule({ singleSourceMax: 'pink' }),
    'rules.0 (air).singleSourceMax is pink, expected a level of the scheme',
  ],
  ['a rule that stands twice', { rules: [rule, rule] }, 'rules is air, expected to stand once'],
  [
    'a range upside down',
    withAir({ range: [5, 5] }),
    'indicators.pm25.range is [5,5], expected lower before upper',
  ],
  ['a pane of nothing', withAir({ pane: '0s' }), 'indicators.pm25.pane is 0, expected more than 0'],
  [
    'a resolution too fine to sum exactly',
    withAir({ resolution: 1e-10 }),
    'indicators.pm25.resolution is 1e-10, expected a range of at most 2^40 steps',
  ],
  [
    'a parent of an unknown level',
    { parents: [{ level: 'village', kind: 'worst' }] },
    'parents.0.level is village',
  ],
  [
    'a parent with nothing below',
    { parents: [{ level: 'cell', kind: 'worst' }] },
    'parents.0.level is cell, expected a level with areas below it',
  ],
  [
    'a parent that stands twice',
    {
      parents: [
        { level: 'street', kind: 'worst' },
        { level: 'street', kind: 'worst' },
      ],
    },
    'parents is street, expected to stand once',
  ],
  [
    'a share above one',
    { parents: [{ level: 'street', kind: 'share', share: { red: 30 } }] },
    'parents.0.share is red: 30, expected a level of the scheme with a share above 0 and at most 1',
  ],
  [
    'a share of an unknown level',
    { parents: [{ level: 'street', kind: 'share', share: { pink: 0.3 } }] },
    'parents.0.share is pink',
  ],
  [
    'a share of nothing',
    { parents: [{ level: 'street', kind: 'share', share: {} }] },
    'parents.0.share is {}, expected at least one level',
  ],
  [
    'a service of an unknown indicator',
    { hotline: { services: { noise: { name, indicator: 'call.noisy' } } } },
    'hotline.services.noise.indicator is call.noisy, expected a known indicator, perhaps call.noise',
  ],
  [
    'a service of a measurement',
    { hotline: { services: { noise: { name, indicator: 'pm25' } } } },
    'expected an indicator of the kind occurrence',
  ],
  ['a hotline that no topic can name', { hotline: { vendor: '热线' } }, 'hotline.vendor is 热线'],
  ['a tick of nothing', { clock: { tick: '0s' } }, 'clock.tick is 0, expected more than 0'],
  [
    'a password in the clear',
    { vendors: { acme: { password: 'hunter2' } } },
    'vendors.acme.password is no hash, expected what `qingyu password` prints',
  ],
  ['a gateway without an address', { http: { gateways: ['gw1:8080'] } }, 'http.gateways.0 is no such'],
  ['a broker without an address', { broker: { url: 'somewhere' } }, 'broker.url is no such address'],
  [
    'a source in an unknown area',
    { sources: { 'acme/s1': { area: '77' } } },
    'sources.acme/s1.area is 77, expected an area code of grid 32',
  ],
  ['a source with half a place', { sources: { 'acme/s1': { lon: 118 } } }, 'expected lon and lat together'],
  ['a scheme of nothing', { scheme: null }, 'scheme.id is missing, expected a text'],
  ['a scheme of one level', scheme(...colours('calm')), 'expected 2 to 14 levels, calm first'],
  [
    'a scheme with a level that stands twice',
    scheme(...colours('green', 'red', 'red')),
    'scheme.levels.2.id is red, expected an id that stands once',
  ],
  ['a scheme that names unknown', scheme(...colours('green', 'unknown')), 'scheme.levels.1 is'],
  ['a scheme without colours', scheme({ id: 'a' }, { id: 'b' }), 'colour as #1a2735'],
]

describe('planFrom', () => {
  it.each(BAD)('[CF7] refuses %s by name and value', (_what, over, message) => {
    expect(fault(over)).toContain('CF-value: city.yaml: ')
    expect(fault(over)).toContain(message)
  })

  it('[CF8] never quotes a password or an address with one', () => {
    const told = [
      fault({ vendors: { acme: { password: 'hunter2' } } }),
      fault({ http: { gateways: ['http://me:hunter2@gateway'] } }),
      fault({ broker: { url: 'me:hunter2@broker' } }),
      fault({ vendors: { acme: { password: 472914 } } }),
      fault({ http: { wallToken: 472914 } }),
    ]
    for (const sentence of told) expect(sentence).toMatch(/^CF-value/)
    expect(told.join()).not.toMatch(/hunter2|472914/)
  })

  it('[CF9] takes the sound settings these faults are made of', () => {
    const { rules, indicators, partitions } = plan({})
    expect(rules.rules[0]).toMatchObject({ id: 'air', windowMs: 300_000, fold: 'mean', singleSourceMax: 3 })
    expect(rules.parents[1]).toEqual({ level: 'city', kind: 'share', share: [null, 0.2, null, null, 0.5] })
    expect([indicators.list.length, partitions]).toEqual([2, 16])
  })

  it.each([
    ['blue/orange/red', ['calm', 'blue', 'orange', 'red']],
    ['green/yellow/red', ['green', 'yellow', 'red']],
  ])('[CF10] decides by a scheme of %s', (_name, ids) => {
    const limits = Object.fromEntries(ids.slice(1).map((id, i) => [id, 100 * (i + 1)]))
    const made = plan({
      ...scheme(...colours(...ids)),
      rules: [{ ...rule, limits, singleSourceMax: ids.at(-1) }],
      parents: [{ level: 'city', kind: 'share', share: { [ids[1] ?? '']: 0.1 } }],
    })
    const run = new CityRun(made)
    const [calm, grave] = [run.plan.grid.indexOf('3201001') ?? 0, run.plan.grid.indexOf('3202001') ?? 0]
    const at = 1_790_000_000_000
    run.observe(
      { area: calm, indicator: 'pm25', value: 1, time: at },
      { area: grave, indicator: 'pm25', value: 1999, time: at },
    )
    run.tick(at + 60_000)
    expect(levelId(made.scheme, run.level(calm).rank)).toBe(ids[0])
    expect(levelId(made.scheme, run.level(grave).rank)).toBe(ids.at(-1))
    expect(fault({ ...scheme(...colours('low', 'high')) })).toContain('expected a level of high')
  })

  it('[CF31] takes what is not set from what it depends on, not from a preset', () => {
    const reported = { ...SOUND.indicators, pm25: { ...measured, interval: '2m' } }
    const silence = (over: object) =>
      plan({ indicators: reported, rules: [{ ...rule, ...over }] }).rules.rules[0]?.noDataAfterMs
    expect(silence({})).toBe(240_000)
    expect(silence({ noDataAfter: '0s' })).toBe(0)
    expect(silence({ noDataAfter: '1h' })).toBe(3_600_000)
    const sources = { 'acme/one': { lon: 118.005, lat: 32.005 } }
    expect(plan({ sources }).registrations.get('acme/one')?.intervalMs).toBeUndefined()
  })

  it('[CF11] names a version by what the rules say', () => {
    const { version } = plan({}).rules
    expect(version).toMatch(/^[0-9a-f]{16}$/)
    expect(plan({}).rules.version).toBe(version)
    expect(plan(withRule({ deadband: 1 })).rules.version).not.toBe(version)
  })
})
