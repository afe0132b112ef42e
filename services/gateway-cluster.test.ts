import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { applyDelta, decodeFrame } from './core/frame.ts'
import { ownersOf } from './core/ownership.ts'
import type { Summary, Welcome } from './core/wire.ts'
import { startSmallCluster, type SmallCluster } from './testdata/small-cluster.ts'
import { smallGrid, smallPlan } from './testdata/small-city.ts'
import { START, until } from './testdata/small-server.ts'

const plan = { ...smallPlan(smallGrid(4)), partitions: 3 }
const owners = ownersOf(plan)
/** The first street, whose partition is lost, and all streets of that partition. */
const STREET = 1
const lost = owners[STREET] ?? 0
const streets = [...owners.keys()].filter((area) => plan.grid.depths[area] === 1 && owners[area] === lost)
const codesOf = (areas: readonly number[]) => areas.map((area) => plan.grid.codes[area])
const since = new Date(START + 3_000).toISOString()

let cluster: SmallCluster
const open = async () => (cluster = await startSmallCluster(plan))
afterEach(() => cluster.stop())

type Json = Readonly<Record<string, unknown>>
const json = async (path: string, gateway = 0) =>
  (await (await fetch(cluster.gateways[gateway]?.url + path)).json()) as Json

const pictures = () => cluster.gateways.map(({ gateway }) => gateway.picture)

async function told(tick: number): Promise<void> {
  await until(() => cluster.faults.length > 0 || pictures().every((picture) => picture.tick >= START + tick))
  expect(cluster.faults).toEqual([])
}

/** A wall over a real socket that keeps its picture by the frames it gets. */
class ClusterWall {
  readonly ws: WebSocket
  readonly texts: { type: string }[] = []
  readonly kinds: string[] = []
  ranks: Uint8Array
  tick: number

  constructor(gateway: number, before?: ClusterWall) {
    const url = cluster.gateways[gateway]?.url ?? ''
    this.ranks = before?.ranks.slice() ?? new Uint8Array(0)
    this.tick = before?.tick ?? 0
    this.ws = new WebSocket(`${url.replace('http', 'ws')}/ws`, ['qingyu.v1'], {
      origin: cluster.gateways[0]?.url ?? '',
    })
    this.ws.on('message', (data, isBinary) => this.take(data as Buffer, isBinary))
    const resume = before && { epoch: '0123456789abcdef', tick: before.tick }
    this.ws.once('open', () => this.send({ type: 'subscribe', layer: 'levels', ...(resume && { resume }) }))
  }

  private send(message: object): void {
    this.ws.send(JSON.stringify(message))
  }

  private take(data: Buffer, isBinary: boolean): void {
    if (!isBinary) {
      const message = JSON.parse(data.toString()) as { type: string }
      this.texts.push(message)
      this.kinds.push(message.type)
      return
    }
    const frame = decodeFrame(data)
    this.kinds.push(frame.kind)
    if (frame.kind === 'snapshot') this.ranks = Uint8Array.from(frame.ranks)
    else if (frame.previous === this.tick) applyDelta(this.ranks, frame)
    else throw new Error(`delta from ${frame.previous} onto ${this.tick}`)
    this.tick = frame.tick
    this.send({ type: 'drawn', tick: this.tick })
  }

  last<T extends { type: string }>(type: T['type']): T {
    return this.texts.findLast((text) => text.type === type) as T
  }
}

async function warm(source: string, value: number, street = 0): Promise<void> {
  const time = cluster.clock.now()
  await cluster.observe(source, { indicator: 'pm25', value, time, lon: 118.005, lat: 32.005 + street / 100 })
}

/** A red cell in the first street; its partition is lost until it is missing, and meanwhile every street gets one. */
async function lose(): Promise<void> {
  await open()
  for (const source of ['a', 'b']) await warm(source, 300)
  await cluster.ticks(3)
  await told(3_000)
  await cluster.lose(lost)
  await cluster.ticks(1)
  for (let street = 0; street < 4; street++) for (const source of ['c', 'd']) await warm(source, 300, street)
  await cluster.ticks(6)
  await until(() => pictures().every((picture) => picture.behind.length > 0))
}

describe('cluster of gateways', () => {
  it('[GW67] says what is missing, and until when', async () => {
    await lose()
    const wall = new ClusterWall(0)
    await until(() => wall.kinds.includes('summary'))
    expect(wall.last<Summary>('summary')).toMatchObject({
      behind: [
        { areas: streets, at: START + 3_000 },
        { areas: [0], at: START + 3_000 },
      ],
      parts: { told: 2, all: 3 },
    })
    const red = () =>
      [...wall.ranks.keys()].filter((area) => plan.grid.depths[area] === 2 && wall.ranks[area] === 4)
    const streetOf = (cell: number) => plan.grid.parents[cell] ?? 0
    const shown = [1, 2, 3, 4].filter((street) => street === STREET || owners[street] !== lost)
    expect(red().map(streetOf)).toEqual(shown)
    cluster.regain(lost)
    await cluster.ticks(2)
    await until(() => pictures().every((picture) => picture.behind.length === 0))
    await until(() => !('behind' in wall.last<Summary>('summary')))
    expect(wall.last<Summary>('summary')).not.toHaveProperty('parts')
    expect(wall.ranks).toEqual(pictures()[0]?.ranks)
    expect(red().map(streetOf)).toEqual([1, 2, 3, 4])
    wall.ws.close()
  })

  it('[GW68] says so in answers and metrics', async () => {
    await lose()
    const gap = { areas: codesOf(streets), since }
    const above = { areas: ['32'], since }
    expect((await json('/api/v1/levels'))['behind']).toEqual([above])
    expect((await json('/api/v1/levels?depth=cell'))['behind']).toEqual([gap, above])
    const street = plan.grid.codes[STREET] ?? ''
    expect((await json(`/api/v1/levels?area=${street}&depth=cell`))['behind']).toEqual([
      { ...gap, areas: [street] },
    ])
    expect(await json(`/api/v1/levels?area=${street}&at=${START + 3_000}`)).not.toHaveProperty('behind')
    const cell = `${street}001`
    expect(await json(`/api/v1/areas/${cell}`)).toMatchObject({
      level: 'red',
      behind: [{ areas: [cell], since }],
    })
    expect(await json(`/api/v1/areas/${cell}/explanation`)).toMatchObject({
      level: 'red',
      reading: { value: 300 },
      readings: [{ value: 300, samples: 2 }],
      observations: [{ value: 300 }, { value: 300 }],
      behind: [{ areas: [cell], since }],
    })
    const other = plan.grid.codes[[2, 3, 4].find((area) => !streets.includes(area)) ?? 0] ?? ''
    expect(await json(`/api/v1/areas/${other}001/explanation`)).not.toHaveProperty('behind')
    expect((await json('/api/v1/stats'))['behind']).toEqual([gap, above])
    const metrics = await (await fetch(`${cluster.gateways[0]?.url}/metrics`)).text()
    expect(metrics).toMatch(/^qingyu_partitions_behind 2$/m)
  })

  it('[GW71] goes on by delta on another gateway', async () => {
    await open()
    const wall = new ClusterWall(0)
    await cluster.ticks(2)
    await until(() => wall.tick === START + 2_000)
    expect(wall.last<Welcome>('welcome').gateways).toEqual(cluster.gateways.map(({ url }) => url))
    await cluster.gateways[0]?.kill()
    for (const source of ['a', 'b']) await warm(source, 300)
    await cluster.ticks(2)
    const again = new ClusterWall(1, wall)
    await until(() => again.tick === START + 4_000)
    expect(again.kinds.slice(0, 4)).toEqual(['welcome', 'history', 'delta', 'summary'])
    expect(again.ranks).toEqual(pictures()[1]?.ranks)
    again.ws.terminate()
    await once(again.ws, 'close')
  })
})
