import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { ReplayView, Timeline } from './core/replay-wire.ts'
import { markersUnderLoad } from './latency.bench.ts'
import type { Measure } from './measure.bench.ts'
import { startQingyu, type Server } from './pipeline.bench.ts'

const SESSIONS = 8
const RATE = 60
/** What is recorded before anything is measured, and played again and again, s. */
const RECORDED_S = 60
/** The load of the demo city: so many sources report in a second. */
const LOAD = { perSecond: 200, batch: 1, loaded: 600 }
/** Each marker's cell turns once, so each round has its own. */
const MARKERS = 40
const SECONDS = 10

async function ask<Answer>(server: Server, method: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${server.httpPort}${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return (text === '' ? null : JSON.parse(text)) as Answer
}

/** What the archive holds without a gap, once that is long enough. */
async function recorded(server: Server): Promise<{ readonly from: number; readonly to: number }> {
  for (;;) {
    const { held } = await ask<Timeline>(server, 'GET', '/api/v1/timeline')
    const span = held.find(({ from, to }) => to - from >= (RECORDED_S / 2) * 1000)
    if (span !== undefined) return span
    await pause(500)
  }
}

/** A session that plays a range over and over, with a wall that draws it; the answer closes it. */
async function playing(server: Server, from: number, to: number): Promise<() => Promise<void>> {
  const { id, path } = await ask<ReplayView>(server, 'POST', '/api/v1/replays', { at: from, rate: RATE })
  const wall = new WebSocket(`ws://127.0.0.1:${server.httpPort}${path}ws`, 'qingyu.v1')
  wall.on('message', (data: Buffer, isBinary) => {
    if (isBinary) wall.send(JSON.stringify({ type: 'drawn', tick: data.readDoubleLE(8) }))
  })
  await new Promise((done, fail) => wall.once('open', done).once('error', fail))
  wall.send(JSON.stringify({ type: 'subscribe', layer: 'levels' }))
  await ask(server, 'POST', `/api/v1/replays/${id}/loop`, { from, to })
  await ask(server, 'POST', `/api/v1/replays/${id}/play`, { rate: RATE })
  return async () => {
    wall.terminate()
    await ask(server, 'DELETE', `/api/v1/replays/${id}`)
  }
}

/** `replay.isolation`: event-to-wall p99 of live while eight replays play at ×60, over the same alone; ms, smaller is better. */
export async function replayIsolation(measure: Measure): Promise<void> {
  const server = await startQingyu({ QINGYU_ARCHIVE__EVERY: '5s' })
  let round = 0
  const trial = (seconds: number) => {
    const markers = { first: MARKERS * round, count: MARKERS }
    return markersUnderLoad(server, { ...LOAD, seconds, run: `isolation-${round++}`, markers })
  }
  try {
    await trial(RECORDED_S)
    const { from, to } = await recorded(server)
    await measure.ratio('replay.isolation', 'ms', {
      baseline: () => trial(SECONDS),
      ours: async () => {
        const ends = await Promise.all(
          Array.from({ length: SESSIONS }, () => playing(server, from + 10_000, to - 1000)),
        )
        const p99 = await trial(SECONDS)
        for (const end of ends) await end()
        return p99
      },
    })
  } finally {
    await server.stop()
  }
}
