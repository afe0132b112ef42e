import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { planFrom } from './config-plan.ts'
import { readConfig } from './config.ts'
import { readGrid } from './core/grid-file.ts'
import type { Grid } from './core/grid.ts'
import { loadMapping } from './import-options.ts'

const root = resolve(import.meta.dirname, '..')
const shapes = resolve(root, '../shared/data/new-york-311/community_districts.geojson.gz')
if (!existsSync(shapes)) process.stderr.write(`no districts at ${shapes}: tests on them are skipped\n`)

function gridOf(file: string): Grid {
  const load = (name: string) => {
    const bytes = readFileSync(join(dirname(file), name))
    return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  }
  const { grid, findings } = readGrid(readFileSync(file, 'utf8'), file, load)
  if (!grid) throw new Error(JSON.stringify(findings))
  return grid
}

function planOf(name: string) {
  const file = join(root, 'config', `${name}.yaml`)
  const { config, folder } = readConfig(file)
  const grid = gridOf(join(folder, config.city.grid))
  return { config, plan: planFrom(config, grid, file) }
}

const CITIES = [
  ['beijing', 'beijing-air', 116.41, 39.93],
  ['aarhus', 'aarhus-traffic', 10.2, 56.15],
  ['los-angeles', 'los-angeles-traffic', -118.3, 34.1],
  ['melbourne', 'melbourne-pedestrians', 144.96, -37.81],
] as const

describe('configurations of recorded cities', () => {
  it.each(CITIES)('[IM30] fits grid, rules and format of %s', (city, format, lon, lat) => {
    const { plan, config } = planOf(city)
    const area = plan.grid.locate(lon, lat)
    expect(plan.grid.depths[area]).toBe(plan.grid.levels.length - 1)
    const { mapping } = loadMapping(format, join(root, 'services/formats'))
    const wanted = mapping.wide
      ? [mapping.wide.indicator]
      : (mapping.values ?? []).map((value) => value.indicator)
    expect(wanted.filter((indicator) => !plan.indicators.index.has(indicator))).toEqual([])
    expect(plan.rules.rules.length).toBeGreaterThan(0)
    // Strangers may publish on loopback only; that is what an import from the same machine is.
    expect([config.mqtt.anonymous, config.mqtt.host]).toEqual([true, '127.0.0.1'])
  })

  it.skipIf(!existsSync(shapes))('[IM30] fits grid, rules and format of new-york', () => {
    const { plan, config } = planOf('new-york')
    const { grid } = plan
    expect(
      grid.levels.map(
        ({ id }) => grid.depths.filter((d) => d === grid.levels.findIndex((l) => l.id === id)).length,
      ),
    ).toEqual([1, 5, 71])
    expect(grid.codes[grid.locate(-73.92308231033165, 40.83065331987539)]).toBe('204')
    const { mapping } = loadMapping('new-york-311', join(root, 'services/formats'))
    const services = new Set([...Object.values(mapping.call?.services ?? {}), mapping.call?.otherwise ?? ''])
    expect(new Set(Object.keys(config.hotline.services))).toEqual(services)
  })

  it('[IM31] states the city limits of Beijing once, without dates', () => {
    const { plan } = planOf('beijing')
    const city = plan.rules.rules.filter((rule) => rule.level === 'city')
    expect(city).toHaveLength(1)
    expect(city[0]).toMatchObject({
      indicator: 'pm25',
      fold: 'mean',
      schedule: null,
      limits: [null, 75, 115, 150, 200],
    })
    expect(city[0]?.overrides.size).toBe(0)
  })
})
