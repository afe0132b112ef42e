import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { StatsAnswer } from './api-schema.ts'
import type { ReplayView, Timeline } from './core/replay-wire.ts'
import { Vendor } from './faults/vendor.ts'
import { inCommon, Wall } from './faults/wall.ts'
import { settled } from './testdata/app-process.ts'
import { ClusterRun } from './testdata/cluster-run.ts'
import { HAS_KAFKA } from './testdata/kafka.ts'
import { PLACE } from './testdata/live-city.ts'
import { HAS_MOSQUITTO } from './testdata/mosquitto.ts'
import { HAS_REDIS } from './testdata/redis.ts'

const HERE = HAS_KAFKA && HAS_MOSQUITTO && HAS_REDIS
const SLOW = { timeout: 50_000 }

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Publishes so many observations, each of its own source, and waits until the broker has them. */
async function publish(run: ClusterRun, vendor: string, count: number): Promise<void> {
  let acknowledged = 0
  const sender = new Vendor(vendor, run.rows('MQTT')[0] ?? '', (observations) => {
    acknowledged += observations
  })
  for (let i = 0; i < count; i++) {
    const observation = { id: '1', indicator: 'people.count', value: 40 * i, time: Date.now(), ...PLACE }
    sender.send({ source: `s${i}`, payload: JSON.stringify(observation), count: 1 })
  }
  await expect.poll(() => acknowledged, SLOW).toBe(count)
  await sender.close()
}

const stats = (address: string | undefined, isWanted: (answer: StatsAnswer) => boolean) =>
  settled(address ?? '', isWanted)

const pidOf = (run: ClusterRun, name: string) =>
  Number(new RegExp(`^  ${name} +(\\d+) `, 'm').exec(run.said)?.[1])

async function ask<Answer>(url: string, body?: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json' }
  const posted = body && { method: 'POST', headers, body: JSON.stringify(body) }
  const response = await fetch(url, posted)
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Answer
}

/** A wall on a replay that a gateway keeps, stepped from one tick to another. */
async function replayed(gateway: string, from: number, to: number): Promise<Wall> {
  const api = `${gateway}/api/v1`
  const isHeld = ({ held }: Timeline) => held.some((span) => span.to >= to)
  await expect.poll(async () => isHeld(await ask(`${api}/timeline`)), SLOW).toBe(true)
  const { id, path } = await ask<ReplayView>(`${api}/replays`, { at: from })
  await expect.poll(async () => (await ask<ReplayView>(`${api}/replays/${id}`)).state, SLOW).toBe('paused')
  const wall = new Wall(id, [`${gateway}${path.replace(/\/$/, '')}`], Date.now)
  onTestFinished(() => wall.close())
  await expect.poll(() => wall.tick, SLOW).toBe(from)
  while (wall.tick < to) {
    const { at } = await ask<ReplayView>(`${api}/replays/${id}/step`, { ticks: 1 })
    await expect.poll(() => wall.tick, SLOW).toBe(at)
  }
  return wall
}

/** The aggregate process that does not hold partition 0: whoever holds it tells the score, and nothing is told without it. */
async function onlooker(run: ClusterRun): Promise<string> {
  for (;;)
    for (const name of ['aggregate-1', 'aggregate-2']) {
      const address = new RegExp(`^  ${name} +\\d+ +(http\\S+)`, 'm').exec(run.said)?.[1] ?? ''
      const said = await (await fetch(`${address}/readyz`)).text()
      if (/holds partitions [1-9]/.test(said)) return name
    }
}

describe.skipIf(!HERE)('npm run cluster', { shuffle: false, timeout: 120_000 }, () => {
  let run: ClusterRun
  const walls: Wall[] = []
  beforeAll(async () => {
    run = new ClusterRun(['--no-demo'], { QINGYU_ARCHIVE__EVERY: '1s' })
    await run.started()
    for (const gateway of run.rows('Wall')) walls.push(new Wall(gateway, [gateway], Date.now))
  }, 120_000)
  afterAll(async () => {
    for (const wall of walls) wall.close()
    await run.close()
  })

  it('[CL11] tells where everything is, walls first', () => {
    expect(run.rows('Wall')).toHaveLength(2)
    expect(run.said.indexOf('Wall ')).toBeLessThan(run.said.indexOf('MQTT '))
    const names = ['redis', 'mosquitto', 'kafka', 'aggregate-1', 'aggregate-2', 'alert-1', 'alert-2']
    for (const name of [...names, 'ingest-1', 'ingest-2', 'gateway-1', 'gateway-2'])
      expect(run.rows(name)).toHaveLength(1)
    expect(run.pids().filter(isAlive)).toHaveLength(13)
  })

  it('[CL12] gives the same bytes for the same tick from every gateway', async () => {
    await publish(run, 'acme', 100)
    for (const gateway of run.rows('Wall')) await stats(gateway, ({ applied }) => applied >= 100)
    const [one, two] = walls
    if (one === undefined || two === undefined) throw new Error('there are not two gateways')
    await expect.poll(() => inCommon(one.frames, two.frames).common, SLOW).toBeGreaterThan(3)
    expect(inCommon(one.frames, two.frames).differing).toEqual([])
    expect(one.summary?.levels).toEqual(two.summary?.levels)
  })

  it('[RY1] plays on every gateway what live told', async () => {
    const [live] = walls
    const ticks = [...(live?.frames.keys() ?? [])].map((name) => Number(name.split('>')[1]))
    const [from = 0, to = 0] = [ticks[1], ticks.at(-1)]
    expect(to).toBeGreaterThan(from)
    for (const gateway of run.rows('Wall')) {
      const wall = await replayed(gateway, from, to)
      const told = inCommon(wall.frames, live?.frames ?? new Map())
      expect(told.common).toBe(ticks.filter((tick) => tick > from && tick <= to).length)
      expect(told.differing).toEqual([])
    }
  })

  it('[CL13] shows what is missing when an aggregate process dies, and is whole again', async () => {
    const name = await onlooker(run)
    process.kill(pidOf(run, name), 'SIGKILL')
    for (const wall of walls) await expect.poll(() => wall.summary?.behind, SLOW).toBeDefined()
    await publish(run, 'other', 100)
    const isWhole = ({ summary }: Wall) =>
      summary !== null && summary.behind === undefined && summary.counts.applied >= 200
    await expect.poll(() => walls.every(isWhole), SLOW).toBe(true)
    expect(run.said).toContain(`${name}  ended with SIGKILL; it is started again in 1 s`)
    await expect.poll(() => run.said, SLOW).toContain(`${name}  is back`)
  })

  it('[CL14] ends all of it in reverse when it is asked to', async () => {
    const pids = run.pids()
    run.signal('SIGTERM')
    expect(await run.ended).toBe('0')
    expect(pids.filter(isAlive)).toEqual([])
    const endings = [...run.said.matchAll(/^(\S+) +ended with (exit \d+)$/gm)].map(
      ([, name = '', how = '']) => [name.replace(/-\d$/, ''), how] as const,
    )
    const ours = endings.filter(([name]) => /^(gateway|ingest|alert|aggregate)$/.test(name))
    expect(ours).toEqual(
      ['gateway', 'gateway', 'ingest', 'ingest', 'alert', 'alert', 'aggregate', 'aggregate'].map((name) => [
        name,
        'exit 0',
      ]),
    )
    expect(endings.slice(-3).map(([name]) => name)).toEqual(['redis', 'mosquitto', 'kafka'])
  })
})

describe.skipIf(!HERE)('npm run cluster without Java', { timeout: 120_000 }, () => {
  it('[CL15] plays Kafka in memory, says so, and ends when that is lost', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'qingyu-nothing-'))
    onTestFinished(() => rmSync(empty, { recursive: true }))
    const run = new ClusterRun(['--no-demo', '--aggregators', '1'], { XDG_CACHE_HOME: empty })
    onTestFinished(() => run.close())
    await run.started()
    expect(run.said).toContain('librdkafka plays it in memory')
    await publish(run, 'acme', 10)
    await stats(run.rows('Wall')[0], ({ applied }) => applied === 10)
    process.kill(Number(run.rows('kafka')[0]), 'SIGKILL')
    expect(await run.ended).toBe('1')
    expect(run.said).toContain('CL-lost: kafka ended with SIGKILL and kept nothing')
    expect(run.pids().filter(isAlive)).toEqual([])
  })
})
