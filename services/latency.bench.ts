import { connectAsync } from 'mqtt'
import { decodeFrame } from './core/frame.ts'
import type { Measure } from './measure.bench.ts'
import { openWall, placesOf, runElsewhere, startQingyu } from './pipeline.bench.ts'

const TICK_MS = 250
const PER_SECOND = 50_000
const SECONDS = 12
/** Cells kept free of the load: each turns once, so that its frame tells when its event reached the wall. */
const MARKERS = 200

interface Areas {
  readonly codes: readonly string[]
  readonly depths: readonly number[]
}

/** Event-to-wall p99 in ms: from the moment a marker is published to the frame that colours its cell, under load. */
async function markersUnderLoad(): Promise<number> {
  const server = await startQingyu({ QINGYU_CLOCK__TICK: `${TICK_MS}ms` })
  const seen = new Map<number, number>()
  const wall = await openWall(server.httpPort, (data) => {
    const frame = decodeFrame(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    if (frame.kind !== 'delta') return
    for (const [i, area] of frame.areas.entries())
      if ((frame.ranks[i] ?? 0) > 0 && !seen.has(area)) seen.set(area, performance.now())
  })
  try {
    const places = await placesOf(server.httpPort, 1000)
    const areas = await grid(server.httpPort)
    const first = areas.depths.indexOf(Math.max(...areas.depths))
    const load = runElsewhere({
      port: server.mqttPort,
      connections: 20,
      messages: PER_SECOND * SECONDS,
      window: 5000,
      perSecond: PER_SECOND,
      places: places.slice(MARKERS),
      indicator: 'people.count',
      below: 40,
      run: 'latency',
    })
    const sent = await publishMarkers(server.mqttPort, places.slice(0, MARKERS))
    await load
    const missing = sent.filter((_, i) => !seen.has(first + i)).length
    if (missing > 0) throw new Error(`${missing} of ${MARKERS} markers never reached the wall.`)
    const times = sent.map((at, i) => (seen.get(first + i) ?? 0) - at).sort((a, b) => a - b)
    return times[Math.floor(times.length * 0.99)] ?? 0
  } finally {
    wall.terminate()
    await server.stop()
  }
}

async function grid(httpPort: number): Promise<Areas> {
  const { grid: version } = (await (await fetch(`http://127.0.0.1:${httpPort}/api/v1/levels`)).json()) as {
    grid: string
  }
  return (await (await fetch(`http://127.0.0.1:${httpPort}/api/v1/grids/${version}`)).json()) as Areas
}

/** One open manhole in each marker cell: the demo rule without any delay, spread evenly over the run; when each was sent. */
async function publishMarkers(
  port: number,
  places: readonly (readonly [number, number])[],
): Promise<number[]> {
  const client = await connectAsync({ port, host: '127.0.0.1', clientId: 'markers' })
  await new Promise((done) => setTimeout(done, 2000))
  const sent: number[] = []
  for (const [i, [lon, lat]] of places.entries()) {
    const time = Math.floor(performance.timeOrigin + performance.now())
    sent.push(performance.now())
    client.publish(
      `qingyu/v1/bench/marker-${i}/observations`,
      JSON.stringify({ indicator: 'call.manhole', value: 1, time, lon, lat }),
      { qos: 1 },
    )
    await new Promise((done) => setTimeout(done, ((SECONDS - 4) * 1000) / MARKERS))
  }
  await client.endAsync()
  return sent
}

/** `latency.wall`: event-to-wall p99 over the tick at 50,000 observations a second; smaller is better. */
export const wallLatency = (measure: Measure): Promise<void> =>
  measure.value('latency.wall', 'ms', markersUnderLoad, TICK_MS)
