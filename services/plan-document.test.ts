import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readPlan } from './app-plan.ts'
import { policyFrom } from './config-policy.ts'
import { readConfig } from './config.ts'
import type { AlertPolicy } from './core/alert-policy.ts'
import type { TickSlice } from './core/archive.ts'
import { CityMachine } from './core/city-machine.ts'
import { partitionOf } from './core/grid.ts'
import type { Plan } from './core/plan.ts'
import { encodeTick } from './core/record.ts'
import { RecordWriter } from './core/record-writer.ts'
import { planDocument, readPlanDocument } from './plan-document.ts'

const home = resolve(import.meta.dirname, '..')
const shapes = resolve(home, '../shared/data/new-york-311/community_districts.geojson.gz')
if (!existsSync(shapes)) process.stderr.write(`no districts at ${shapes}: a test on them is skipped\n`)
const encoder = new TextEncoder()
const quiet = { warn: () => undefined }
const START = 1_449_360_000_000
const TICKS = 20

function documentOf(name: string, flags: Parameters<typeof readConfig>[2] = {}) {
  const read = readConfig(join(home, 'config', `${name}.yaml`), {}, flags)
  const { plan, texts } = readPlan(read, quiet)
  const policy = policyFrom(read.config, plan, read.file)
  return { plan, policy, document: planDocument(read, plan, texts) }
}

/** Ticks in which every indicator runs through its range in some areas, the same for the same plan. */
function slicesOf(plan: Plan): TickSlice[] {
  const codes = plan.indicators.list.map(({ code }) => code)
  const cells = [...plan.grid.codes.keys()]
    .filter((area) => plan.grid.depths[area] === plan.grid.levels.length - 1)
    .slice(0, 40)
  const next = Array.from({ length: plan.partitions }, () => 0)
  return Array.from({ length: TICKS }, (_, tick) => {
    const at = START - (START % plan.tickMs) + tick * plan.tickMs
    const parts = next.map((first, partition) => {
      const writer = new RecordWriter(codes)
      const source = writer.source(encoder.encode(`vendor/sensor-${partition}`))
      for (const area of cells)
        for (const [i, { range, resolution }] of plan.indicators.list.entries()) {
          if (partitionOf(plan.grid, area, plan.partitions) !== partition) continue
          const value = Math.round((range[0] + ((range[1] - range[0]) * tick) / TICKS) / resolution)
          writer.add(at - plan.tickMs / 2, value, tick, area, area, source, i)
        }
      const records = [...(writer.rows > 0 ? [writer.finish()] : []), encodeTick({ at })]
      next[partition] = first + records.length
      return { partition, first, records }
    })
    return { at, parts }
  })
}

/** All that a machine says and keeps, as text. */
function playedBy(plan: Plan, policy: AlertPolicy, slices: readonly TickSlice[]): readonly string[] {
  const machine = new CityMachine(plan, { policy }, null)
  const said = slices.flatMap((slice) =>
    machine
      .play(slice)
      .map(({ commits, alert }) =>
        [...commits.map(({ commit }) => commit), ...(alert === null ? [] : [alert])]
          .map(({ record, entries }) => [
            Buffer.from(record).toString(),
            entries.map(({ key, value }) => [
              key,
              value === null ? null : Buffer.from(value).toString('hex'),
            ]),
          ])
          .join('\n'),
      ),
  )
  expect(machine.at).toBe(slices.at(-1)?.at)
  return said
}

describe('plan documents', () => {
  it.each([
    ['qingyu', true],
    ['aarhus', true],
    ['beijing', true],
    ['new-york', existsSync(shapes)],
  ])(
    '[AV1] rebuilds from its document what %s is judged by, to the byte',
    (name, isHere) => {
      if (!isHere) return
      const { plan, policy, document } = documentOf(name)
      const again = readPlanDocument(JSON.parse(JSON.stringify(document)))
      expect(again.policy.version).toBe(policy.version)
      expect(again.plan.rules).toEqual(plan.rules)
      expect(again.plan.registrations).toEqual(plan.registrations)
      expect({ ...again.plan.grid, indexOf: 0, locate: 0, polygon: 0 }).toEqual({
        ...plan.grid,
        indexOf: 0,
        locate: 0,
        polygon: 0,
      })
      const slices = slicesOf(plan)
      expect(playedBy(again.plan, again.policy, slices)).toEqual(playedBy(plan, policy, slices))
    },
    120_000,
  )

  it('[AV2] holds nothing secret, nobody by name, and no way to anybody', () => {
    const hash = `scrypt$${'s'.repeat(22)}$${'h'.repeat(43)}`
    const person = {
      name: { zh: '王小明', en: 'Wang Xiaoming' },
      role: 'vendor',
      unit: 'acme',
      password: hash,
      reach: { mail: 'wang@city.example' },
    }
    const { document, policy } = documentOf('qingyu', {
      http: { wallToken: 'wall-token-of-the-city' },
      redis: { password: 'redis-password' },
      vendors: { acme: { password: hash }, other: { password: hash } },
      people: { wang: person },
      channels: {
        webhookSecret: 'webhook-secret',
        mailUrl: 'smtp://u:p@mail.example',
        mailFrom: 'q@x.example',
      },
      alerts: { defaults: { officer: { channels: ['desk', 'mail'] } } },
    })
    const text = JSON.stringify(document)
    const secrets = ['scrypt', 'wang@', 'wall-token', 'redis-password', 'webhook-secret', 'smtp:', '"other"']
    const names = ['王小明', 'Xiaoming', 'Demo Drizzle', '小雨', home, 'qingyu.yaml']
    for (const secret of [...secrets, ...names]) expect(text).not.toContain(secret)
    const again = readPlanDocument(JSON.parse(text))
    expect(again.policy.version).toBe(policy.version)
    expect(again.policy.people.get('wang')).toMatchObject({
      role: 'vendor',
      unit: 'acme',
      name: { en: 'wang' },
    })
  })

  it('[AV3] has the same hash for the same city, however it is reached, and another for other rules', () => {
    const { document } = documentOf('beijing')
    expect(documentOf('beijing', { http: { port: 9 }, data: { dir: '/elsewhere' } }).document.hash).toBe(
      document.hash,
    )
    expect(documentOf('beijing', { alerts: { by: 'rule' } }).document.hash).not.toBe(document.hash)
  })

  it('[AV4] refuses a document that was altered, lacks a part or is none', () => {
    const { document } = documentOf('beijing')
    const { config, grid } = document
    for (const value of [
      null,
      [],
      { ...document, format: 2 },
      { ...document, config: { ...config, demo: { enabled: true } } },
      { ...document, grid: { ...grid, text: grid.text.replace('10', '11') } },
      { ...document, grid: { version: grid.version } },
    ])
      expect(() => readPlanDocument(value)).toThrow(expect.objectContaining({ code: 'AV-file' }))
  })
})
