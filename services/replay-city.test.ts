import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ReplayView, Timeline } from './core/replay-wire.ts'
import { importFile } from './import.ts'
import { importWorld } from './testdata/import-world.ts'
import { recorded, recordedCity, type RecordedCity } from './testdata/recorded-city.ts'
import { HouseWall, until } from './testdata/replay-house.ts'

const file = recorded('beijing-air/beijing-2015-12-red-alerts.csv')
const LAST = Date.parse('2015-12-25T22:00+08:00')

async function post<Answer>(city: RecordedCity, path: string, body: object): Promise<Answer> {
  const response = await fetch(new URL(path, city.http), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Answer
}

async function opened(city: RecordedCity, wanted: object): Promise<ReplayView> {
  const { id } = await post<ReplayView>(city, '/api/v1/replays', wanted)
  for (;;) {
    const view = await city.get<ReplayView>(`/api/v1/replays/${id}`)
    if (view.state !== 'opening') return view
    await pause(20)
  }
}

function wallOf(city: RecordedCity, path: string): HouseWall {
  const wall = new HouseWall(new URL(path, city.http).href.replace('http', 'ws'), ['qingyu.v1'])
  onTestFinished(() => wall.socket.terminate())
  return wall
}

describe.skipIf(file === undefined)('a city that was, through the whole program', () => {
  it('[RY1] plays three weeks as live told them', { timeout: 600_000 }, async () => {
    const city = await recordedCity('beijing')
    const live = wallOf(city, '/ws')
    await importFile(
      [file ?? '', '--format', 'beijing-air', '--rate', 'max', '--mqtt', city.mqtt],
      importWorld(),
    )
    await city.settled(LAST)
    await until(() => live.tick >= LAST)
    const from = live.frames[1]?.tick ?? 0
    // History that is brought in is archived by the hour.
    await until(async () => {
      const { held } = await city.get<Timeline>('/api/v1/timeline')
      return held.some(({ to }) => to >= LAST - 7_200_000)
    })
    const view = await opened(city, { at: from + 3_600_000 })
    const seen = wallOf(city, `${view.path}ws`)
    await until(() => seen.count('summary') > 0)
    while (seen.tick + 1_800_000 < view.to) {
      await post(city, `/api/v1/replays/${view.id}/step`, { ticks: 1 })
    }
    const told = new Map(live.frames.map(({ name, bytes }) => [name, bytes.toString('hex')]))
    const both = seen.frames.filter(({ name }) => told.has(name))
    process.stdout.write(
      `replay of Beijing: ${both.length} of ${seen.frames.length} frames were told live, too\n`,
    )
    expect(both.length).toBeGreaterThan(0.8 * seen.frames.length)
    expect(both.filter(({ name, bytes }) => told.get(name) !== bytes.toString('hex'))).toEqual([])
    expect(seen.closed).toBeNull()
  })
})
