import { describe, expect, it, onTestFinished } from 'vitest'
import { openArchive } from './adapters/archive.parquet.ts'
import { systemClock } from './adapters/clock.system.ts'
import { StagedCity } from './app-replay-city.ts'
import { NO_ACTS } from './replay-acts.ts'
import { Reel } from './replay-reel.ts'
import { decodeTick } from './core/record.ts'
import type { ReplayView } from './core/replay-wire.ts'
import { readPlanDocument } from './plan-document.ts'
import { archivedCity, type ArchivedCity } from './testdata/archived-city.ts'
import { liveStages } from './testdata/live-stages.ts'
import { recorded } from './testdata/recorded-city.ts'
import { recordedLog, type RecordedLog } from './testdata/recorded-log.ts'
import { ToldWall } from './testdata/told-frames.ts'

/** What live's stages tell a wall of a log, tick by tick. */
async function toldLive({ read, plan, records }: RecordedLog, to: number) {
  const live = await liveStages(read, plan)
  for (const [partition, all] of records.entries())
    for (let at = 0; at < all.length; at += 500) await live.log.append(partition, all.slice(at, at + 500))
  await live.reached(to)
  await live.stop()
  return { wall: live.wall, epoch: live.log.epoch }
}

/** What a replay tells a wall from `at` on, tick by tick. */
async function toldReplay({ dir }: ArchivedCity, { read }: RecordedLog, at: number): Promise<ToldWall> {
  const archive = openArchive(dir)
  onTestFinished(() => archive.close())
  const reel = await Reel.open(archive, at)
  const begin = await reel.cue({ at, warmMs: 7_200_000 })
  const { plan, policy, config } = readPlanDocument(await archive.plan(begin.plan))
  const city = await StagedCity.raise(
    {
      ...{ plan, policy, epoch: reel.epoch, program: 'test', windowMs: 3_600_000, clock: systemClock },
      config: { ...config, http: read.config.http, state: read.config.state },
      acts: NO_ACTS,
      view: () => ({}) as ReplayView,
      fail: (fault) => {
        throw fault
      },
    },
    begin.keyframe,
  )
  const wall = new ToldWall()
  let isJoined = false
  for (let take = await reel.next(); take !== null; take = await reel.next())
    for (const slice of take.slices) {
      if (!isJoined && slice.at > at) {
        await city.tell()
        wall.join(city.gateway)
        isJoined = true
      }
      city.play(slice)
      if (isJoined) await city.tell()
    }
  await city.stop()
  return wall
}

const CITIES = [
  ['beijing', 'beijing-air', recorded('beijing-air/beijing-2015-12-red-alerts.csv')],
  ['aarhus', 'aarhus-traffic', recorded('aarhus/traffic_2014-09-01_week.csv.gz')],
] as const

describe('replay, byte for byte', () => {
  describe.each(CITIES)('%s', (name, format, file) => {
    it.skipIf(file === undefined)(
      '[RY1] tells walls the bytes that live told them, from any moment on',
      { timeout: 600_000 },
      async () => {
        const log = await recordedLog(name, format, file ?? '')
        const last = decodeTick(log.records[0]?.at(-1) ?? new Uint8Array()).at
        const { wall: live, epoch } = await toldLive(log, last)
        const city = await archivedCity(log.read, log.records, epoch, 48)
        onTestFinished(city.remove)
        expect(live.ticks.at(-1)).toBe(city.to)
        const middle = city.from + Math.floor((city.to - city.from) / 2)
        for (const at of [city.from, middle]) {
          const replay = await toldReplay(city, log, at)
          const own = [...replay.frames].filter(([frame]) => !frame.startsWith('>'))
          expect(own.length).toBeGreaterThan(100)
          // Live may have conflated here and there; what both were told must be the same.
          const both = own.filter(([frame]) => live.frames.has(frame))
          expect(both.length).toBeGreaterThan(0.9 * own.length)
          expect(both.filter(([frame, bytes]) => live.frames.get(frame) !== bytes)).toEqual([])
          const odd = [...replay.summaries].filter(
            ([tick, text]) => tick > at + 2 && live.summaries.has(tick) && live.summaries.get(tick) !== text,
          )
          expect(odd.slice(0, 2).map(([tick, text]) => [text, live.summaries.get(tick)])).toEqual([])
          const boards = [...replay.boards].filter(
            ([tick, text]) => live.boards.has(tick) && live.boards.get(tick) !== text,
          )
          expect(boards.slice(0, 2).map(([tick, text]) => [text, live.boards.get(tick)])).toEqual([])
          process.stdout.write(
            `${name}: ${both.length} of ${own.length} frames, ${replay.boards.size} boards, ${[...replay.boards.keys()].filter((t) => live.boards.has(t)).length} alike\n`,
          )
        }
      },
    )
  })
})
