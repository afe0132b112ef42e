import { describe, expect, it, onTestFinished } from 'vitest'
import { openArchive } from './adapters/archive.parquet.ts'
import { systemClock } from './adapters/clock.system.ts'
import { StagedCity } from './app-replay-city.ts'
import { NO_ACTS } from './replay-acts.ts'
import { Reel } from './replay-reel.ts'
import { decodeTick } from './core/record.ts'
import type { ReplayView } from './core/replay-wire.ts'
import { readPlanDocument } from './plan-document.ts'
import type { ReadConfig } from './config.ts'
import { archivedCity, type ArchivedCity } from './testdata/archived-city.ts'
import { demoLog } from './testdata/demo-log.ts'
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
async function toldReplay({ dir }: ArchivedCity, read: ReadConfig, at: number): Promise<ToldWall> {
  const archive = openArchive(dir)
  onTestFinished(() => archive.close())
  const reel = await Reel.open(archive, at)
  const begin = await reel.cue({ at, warmMs: 7_200_000 })
  const { plan, policy, config } = readPlanDocument(await archive.plan(begin.plan))
  const city = await StagedCity.raise(
    {
      plan,
      policy,
      epoch: reel.epoch,
      program: 'test',
      windowMs: 3_600_000,
      clock: systemClock,
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

/** What both told and did not tell alike, a few of each kind; live may have left out what came at once. */
function differences(live: ToldWall, replay: ToldWall, from: number): readonly unknown[] {
  const odd = <Key>(
    own: ReadonlyMap<Key, string>,
    other: ReadonlyMap<Key, string>,
    counts: (key: Key) => boolean,
  ) =>
    [...own]
      .map(([key, text]) => ({ key, replay: text, live: other.get(key) }))
      .filter(({ key, replay: text, live: told }) => counts(key) && told !== undefined && told !== text)
      .slice(0, 2)
  const isAfter = (tick: number) => tick > from
  return [
    ...odd(replay.frames, live.frames, () => true),
    ...odd(replay.summaries, live.summaries, isAfter),
    ...odd(replay.boards, live.boards, isAfter),
    ...odd(replay.pulses, live.pulses, isAfter),
    ...odd(replay.columns, live.columns, () => true),
  ]
}

/** Replays a log from its beginning and from its middle, and compares it with what live told. */
async function compare(city: ArchivedCity, read: ReadConfig, live: ToldWall): Promise<void> {
  const middle = city.from + Math.floor((city.to - city.from) / 2)
  for (const at of [city.from, middle]) {
    const replay = await toldReplay(city, read, at)
    const own = [...replay.frames.keys()].filter((frame) => !frame.startsWith('>'))
    const both = own.filter((frame) => live.frames.has(frame))
    expect(own.length).toBeGreaterThan(100)
    expect(both.length).toBeGreaterThan(0.9 * own.length)
    // Of five minutes each: an hour has no more than twelve.
    expect(replay.columns.size).toBeGreaterThan(10)
    expect(differences(live, replay, at)).toEqual([])
  }
}

const CITIES = [
  ['beijing', 'beijing-air', recorded('beijing-air/beijing-2015-12-red-alerts.csv')],
  ['aarhus', 'aarhus-traffic', recorded('aarhus/traffic_2014-09-01_week.csv.gz')],
] as const
/** A demo hour. */
const SECONDS = 3_600

describe('[RY1] a replay tells walls the bytes that live told them, from any moment on', () => {
  it.skipIf(CITIES[0][2] === undefined).each(CITIES)(
    '[RY1] of %s',
    { timeout: 900_000 },
    async (name, format, file) => {
      const log = await recordedLog(name, format, file ?? '')
      const last = decodeTick(log.records[0]?.at(-1) ?? new Uint8Array()).at
      const { wall, epoch } = await toldLive(log, last)
      const city = await archivedCity(log.read, log.records, epoch, 48)
      onTestFinished(city.remove)
      await compare(city, log.read, wall)
    },
  )

  it('[RY1] of an hour of the demo', { timeout: 900_000 }, async () => {
    const log = await demoLog(SECONDS)
    onTestFinished(() => log.live.stop())
    const city = await archivedCity(log.read, log.records, log.epoch)
    onTestFinished(city.remove)
    await compare(city, log.read, log.live.wall)
  })
})
