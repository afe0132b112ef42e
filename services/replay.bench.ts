import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { openArchive } from './adapters/archive.parquet.ts'
import { systemClock } from './adapters/clock.system.ts'
import { seededRandom } from './adapters/random.seeded.ts'
import { openReplays } from './app-replays.ts'
import { QingyuError } from './core/errors.ts'
import type { ReplayView } from './core/replay-wire.ts'
import type { Measure } from './measure.bench.ts'
import type { ReplayKeeper } from './replays.ts'
import { archivedCity, type ArchivedCity } from './testdata/archived-city.ts'
import { recordedLog } from './testdata/recorded-log.ts'

const here = dirname(fileURLToPath(import.meta.url))
const EPOCH = '0123456789abcdef'
/** The bar: so many times real time, and a seek within so many ms. */
const BAR = 10_000
const SEEK_BAR = 2_000
const SEEKS = 20

/** A file below the folder of the program: from the sources a folder up, from the build two. */
function fileOf(name: string): string {
  const found = ['..', '../..'].map((up) => resolve(here, up, name)).find((file) => existsSync(file))
  if (found === undefined) throw new QingyuError('CL-program', { value: name, hint: 'It is recorded data.' })
  return found
}

let week: Promise<ArchivedCity & { readonly config: Parameters<typeof openReplays>[0]['config'] }> | undefined

/** A week of 449 road sensors, speed and count, tick 10 s, archived on the disk; made once a process, gone with it. */
export function aarhusWeek() {
  return (week ??= (async () => {
    const atEnd = (run: () => void) => void process.once('exit', run)
    const file = fileOf('../shared/data/aarhus/traffic_2014-09-01_week.csv.gz')
    const format = fileOf('services/formats/aarhus-traffic.yaml')
    const { read, records } = await recordedLog('aarhus', format, file, undefined, '10s', atEnd)
    const city = await archivedCity(read, records, EPOCH)
    process.once('exit', () => city.remove())
    return { ...city, config: read.config }
  })())
}

/** Sessions over the week, in threads as the program has them. */
async function withSessions<Answer>(
  run: (replays: ReplayKeeper, city: ArchivedCity) => Promise<Answer>,
): Promise<Answer> {
  const city = await aarhusWeek()
  const archive = openArchive(city.dir)
  const { replays, stop } = openReplays({
    config: city.config,
    own: { dir: city.dir, archive },
    bundle: (id) => Promise.reject(new QingyuError('GW-not-found', { value: id })),
    desk: null,
    policy: { people: new Map() },
    clock: systemClock,
    program: 'bench',
    web: '',
    report: (sentence) => void process.stderr.write(`${sentence}\n`),
  })
  try {
    return await run(replays, city)
  } finally {
    await stop()
    await archive.close()
  }
}

async function opened(replays: ReplayKeeper, at: number): Promise<{ view: ReplayView; wall: WebSocket }> {
  const { id } = await replays.open({ at }, { person: '', drills: false })
  const { socket } = await replays.enter(id)
  const wall = new WebSocket(`ws+unix:${socket}:/ws`, 'qingyu.v1')
  wall.on('message', (data: Buffer, isBinary) => {
    if (isBinary) wall.send(JSON.stringify({ type: 'drawn', tick: data.readDoubleLE(8) }))
  })
  await new Promise((done, fail) => wall.once('open', done).once('error', fail))
  wall.send(JSON.stringify({ type: 'subscribe', layer: 'levels' }))
  return { view: replays.get(id), wall }
}

/** `replay.speed`: the week as fast as it can, with a wall that draws; × real time, the bar as baseline. */
export const replaySpeed = (measure: Measure): Promise<void> =>
  withSessions(async (replays, city) => {
    const { view, wall } = await opened(replays, city.from)
    const begin = performance.now()
    await replays.do(view.id, { verb: 'play', body: { rate: 'max' } })
    while (replays.get(view.id).state === 'playing') await pause(20)
    const elapsed = performance.now() - begin
    wall.terminate()
    const { state, why, at } = replays.get(view.id)
    if (state !== 'ended' || at !== city.to) throw new Error(`The replay is ${state} at ${at}: ${why}`)
    measure.figure('replay.speed', '× real time', (city.to - city.from) / elapsed, BAR)
  })

/** `replay.seek`: the slowest of 20 seeks to random moments, ms, until the picture stands there; the bar as baseline. */
export const replaySeek = (measure: Measure): Promise<void> =>
  withSessions(async (replays, city) => {
    const { view, wall } = await opened(replays, city.from)
    const random = seededRandom(5)
    let worst = 0
    for (let i = 0; i < SEEKS; i++) {
      const at = city.from + Math.floor((random.uint32() / 2 ** 32) * (city.to - city.from))
      const begin = performance.now()
      await replays.do(view.id, { verb: 'seek', body: { at } })
      worst = Math.max(worst, performance.now() - begin)
    }
    wall.terminate()
    measure.figure('replay.seek', 'ms at worst', worst, SEEK_BAR)
  })
