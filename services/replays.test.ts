import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { LevelsAnswer } from './api-schema.ts'
import type { ReplaysAnswer, ReplayView } from './core/replay-wire.ts'
import { archivedCity, type ArchivedCity } from './testdata/archived-city.ts'
import { demoLog, type DemoLog } from './testdata/demo-log.ts'
import { replayHouse, until, type HouseWall } from './testdata/replay-house.ts'

const SECONDS = 120
let log: DemoLog
let city: ArchivedCity
beforeAll(async () => {
  log = await demoLog(SECONDS)
  city = await archivedCity(log.read, log.records, log.epoch, 30)
}, 300_000)
afterAll(async () => {
  city.remove()
  await log.live.stop()
})
const house = (settings = {}, more = {}) =>
  replayHouse(city, { ...log.read.config, replay: { ...log.read.config.replay, ...settings } }, more)

/** Frames that live told otherwise. */
const otherThanLive = ({ frames }: HouseWall) =>
  frames.filter(({ name, bytes }) => {
    const told = log.live.wall.frames.get(name)
    return told !== undefined && told !== bytes.toString('hex')
  })

describe('replays over HTTP', { timeout: 120_000 }, () => {
  it('[RY2] opens at a moment, plays, pauses, steps and seeks both ways, on one socket', async () => {
    const at = city.from + 60_000
    const { open, ask, wall } = await house()
    const view = await open({ at, title: 'Exercise 1' })
    expect(view).toMatchObject({
      state: 'paused',
      at,
      kind: 'replay',
      rate: 1,
      title: 'Exercise 1',
      gaps: [],
    })
    expect([view.from, view.to]).toEqual([city.from, city.to])
    const seen = wall(`${view.path}ws`)
    await until(() => seen.count('summary') > 0)
    expect(seen.last('welcome')).toMatchObject({
      epoch: log.epoch,
      replay: { id: view.id, at, state: 'paused' },
    })
    expect(seen.frames.map(({ name }) => name)).toEqual([`>${at}`])
    const act = (verb: string, body: object) =>
      ask<ReplayView>('POST', `/api/v1/replays/${view.id}/${verb}`, body)
    expect(await act('step', { ticks: 1 })).toMatchObject({ at: at + 1000, state: 'paused' })
    await until(() => seen.tick === at + 1000)
    expect(seen.frames.at(-1)?.name).toBe(`${at}>${at + 1000}`)
    expect(await act('seek', { at: new Date(at - 30_000).toISOString() })).toMatchObject({ at: at - 30_000 })
    await until(() => seen.tick === at - 30_000)
    expect(seen.count('welcome')).toBe(2)
    expect(seen.frames.at(-1)?.name).toBe(`>${at - 30_000}`)
    expect(await act('step', { ticks: -2 })).toMatchObject({ at: at - 32_000 })
    await act('play', { rate: 'max' })
    await until(() => seen.last('replay')?.session.state === 'ended')
    await until(() => seen.tick === city.to)
    expect(await ask('GET', `/api/v1/replays/${view.id}`)).toMatchObject({ state: 'ended', at: city.to })
    expect(seen.closed).toBeNull()
    expect(otherThanLive(seen)).toEqual([])
  })

  it('[RY3] plays a range again and again, and ends where it was told to', async () => {
    const { open, ask, wall } = await house()
    const [from, to] = [city.from + 20_000, city.from + 24_000]
    const view = await open({ at: from, to: to + 10_000, rate: 3600 })
    const act = (verb: string, body: object) =>
      ask<ReplayView>('POST', `/api/v1/replays/${view.id}/${verb}`, body)
    const seen = wall(`${view.path}ws`)
    expect(await act('loop', { from, to })).toMatchObject({ loop: { from, to } })
    await act('play', {})
    await until(() => seen.count('welcome') > 3)
    expect(seen.frames.every(({ tick }) => tick >= from && tick <= to)).toBe(true)
    await act('loop', { from: null })
    await until(() => seen.last('replay')?.session.state === 'ended')
    expect(await ask('GET', `/api/v1/replays/${view.id}`)).toMatchObject({ at: to + 10_000, loop: null })
  })

  it('[RY4] answers for each session what was known then, and for live what is', async () => {
    const { open, ask, live, wall } = await house()
    const before = wall('/ws')
    const [early, late] = [await open({ at: city.from + 30_000 }), await open({ at: city.from + 90_000 })]
    const levels = (path: string) => ask<LevelsAnswer>('GET', `${path}api/v1/levels?depth=cell`)
    const told = [await levels(early.path), await levels(late.path)]
    expect(told.map(({ tick }) => tick)).toEqual([city.from + 30_000, city.from + 90_000])
    expect(told.map(({ epoch }) => epoch)).toEqual([log.epoch, log.epoch])
    expect(told[0]?.areas).not.toEqual(told[1]?.areas)
    const own = await levels('/')
    expect(own.epoch).toBe(live.log.epoch)
    expect(own.grid).not.toBe(told[0]?.grid)
    await ask('POST', `/api/v1/replays/${early.id}/step`, { ticks: 5 })
    expect((await levels(late.path)).tick).toBe(city.from + 90_000)
    await until(() => before.count('welcome') === 1)
    expect(before.count('replay')).toBe(0)
    expect(before.last('welcome')?.replay).toBeUndefined()
    const { replays } = await ask<ReplaysAnswer>('GET', '/api/v1/replays')
    expect(replays.map(({ id, at }) => [id, at])).toEqual([
      [early.id, city.from + 35_000],
      [late.id, city.from + 90_000],
    ])
    for (const path of ['open311/v2/requests.json', 'api/v1/replays', 'cap/v1/feed.atom'])
      await expect(ask('GET', early.path + path)).rejects.toThrow('404')
    await expect(ask('POST', `${early.path}api/v1/reports`, {})).rejects.toThrow('404')
  })

  it('[RY13] shows what is missing as a gap, and plays over it from the next keyframe', async () => {
    const holed = await archivedCity(log.read, log.records, log.epoch, 10, 20_000)
    onTestFinished(holed.remove)
    const folder = join(holed.dir, log.epoch, 'segments')
    const segments = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.json'),
    )
    rmSync(join(folder, segments.sort()[2] ?? ''))
    const { open, ask, wall } = await replayHouse(holed, log.read.config)
    const view = await open({ at: holed.from + 10_000, rate: 3600 })
    expect(view.gaps).toHaveLength(1)
    const [after, to] = view.gaps[0] ?? [0, 0]
    expect(to - after).toBeGreaterThanOrEqual(20_000)
    const seen = wall(`${view.path}ws`)
    await until(() => seen.count('summary') > 0)
    await ask('POST', `/api/v1/replays/${view.id}/play`, {})
    await until(() => seen.last('replay')?.session.state === 'ended' && seen.tick === holed.to)
    expect(seen.frames.filter(({ tick }) => tick > after && tick <= to)).toEqual([])
    expect(seen.count('welcome')).toBe(2)
    expect(otherThanLive(seen)).toEqual([])
    expect(await ask('POST', `/api/v1/replays/${view.id}/seek`, { at: to - 5000 })).toMatchObject({
      at: after,
    })
  })

  it.each([
    [{ at: Date.parse('2100-01-01') }, 'RY-future', 422],
    [{ at: 1000 }, 'AV-gap', 404],
    [{ at: 'yesterday' }, 'RY-field', 422],
    [{ at: -5 }, 'RY-field', 422],
    [{ rate: 0 }, 'RY-field', 422],
    [{ rate: 3601 }, 'RY-field', 422],
    [{ rate: null }, 'RY-field', 422],
    [{ kind: 'live' }, 'RY-field', 422],
    [{ title: `a\u0007b` }, 'RY-field', 422],
    [{ at: 1, incident: 'i' }, 'RY-field', 422],
    [{ speed: 5 }, 'RY-field', 422],
    [[], 'RY-field', 422],
    [{ incident: 'i0-1' }, 'AL-unknown', 404],
    [{ alert: 'a0-1' }, 'AL-unknown', 404],
    [{ bundle: 'b0' }, 'GW-not-found', 404],
    [{ kind: 'drill' }, 'SE-role', 403],
  ])('[RY5] refuses %j as %s', async (wanted, code, status) => {
    const { raw, ask } = await house()
    const response = await raw('POST', '/api/v1/replays', wanted)
    expect([response.status, await response.json()]).toMatchObject([status, { code }])
    expect((await ask<ReplaysAnswer>('GET', '/api/v1/replays')).replays).toEqual([])
  })
})
