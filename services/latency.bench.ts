import { connectAsync } from 'mqtt'
import { decodeFrame } from './core/frame.ts'
import type { Measure } from './measure.bench.ts'
import { openWall, placesOf, runElsewhere, startQingyu } from './pipeline.bench.ts'
import { onBed } from './servers.bench.ts'

/** What is measured while how much goes on. */
export interface Trial {
  readonly run: string
  readonly perSecond: number
  /** Observations of one message. */
  readonly batch: number
  readonly seconds: number
  /** Cells free of the load, by their number: each turns once, so that its frame tells when its event reached the wall. */
  readonly markers: { readonly first: number; readonly count: number }
  /** Cells of the load, counted from the last one. */
  readonly loaded: number
}

/** Longest wait for a marker once the load is over, ms. */
const PATIENCE_MS = 20_000

/** Where a city takes observations and shows them. */
export interface Doors {
  readonly mqttPort: number
  readonly httpPort: number
}

interface Areas {
  readonly codes: readonly string[]
  readonly depths: readonly number[]
}

/** Event-to-wall p99 in ms: from the moment a marker is published to the frame that colours its cell, under load. */
export async function markersUnderLoad(doors: Doors, trial: Trial): Promise<number> {
  const { first, count } = trial.markers
  const seen = new Map<number, number>()
  const wall = await openWall(doors.httpPort, (data) => {
    const frame = decodeFrame(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    if (frame.kind !== 'delta') return
    for (const [i, area] of frame.areas.entries())
      if ((frame.ranks[i] ?? 0) > 0 && !seen.has(area)) seen.set(area, performance.now())
  })
  try {
    const places = await placesOf(doors.httpPort, Infinity)
    const areas = await grid(doors.httpPort)
    const cell = areas.depths.indexOf(Math.max(...areas.depths)) + first
    const load = runElsewhere({
      port: doors.mqttPort,
      connections: 20,
      messages: (trial.perSecond * trial.seconds) / trial.batch,
      batch: trial.batch,
      window: 5000,
      perSecond: trial.perSecond / trial.batch,
      places: places.slice(-trial.loaded),
      indicator: 'people.count',
      below: 40,
      run: trial.run,
    })
    const sent = await publishMarkers(doors.mqttPort, places.slice(first, first + count), trial)
    await load
    const until = performance.now() + PATIENCE_MS
    while (sent.some((_, i) => !seen.has(cell + i)) && performance.now() < until)
      await new Promise((done) => setTimeout(done, 100))
    const missing = sent.filter((_, i) => !seen.has(cell + i)).length
    if (missing > 0) throw new Error(`${missing} of ${count} markers never reached the wall.`)
    const times = sent.map((at, i) => (seen.get(cell + i) ?? 0) - at).sort((a, b) => a - b)
    return times[Math.floor(times.length * 0.99)] ?? 0
  } finally {
    wall.terminate()
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
  { run, seconds }: Trial,
): Promise<number[]> {
  const client = await connectAsync({ port, host: '127.0.0.1', clientId: `markers-${run}` })
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
    await new Promise((done) => setTimeout(done, ((seconds - 4) * 1000) / places.length))
  }
  await client.endAsync()
  return sent
}

/** `latency.wall`: event-to-wall p99 over the tick at 50,000 observations a second; smaller is better. */
export function wallLatency(measure: Measure): Promise<void> {
  const tick = 250
  const load = { run: 'latency', perSecond: 50_000, batch: 1, seconds: 12, loaded: 800 }
  return measure.value(
    'latency.wall',
    'ms',
    async () => {
      const server = await startQingyu({ QINGYU_CLOCK__TICK: `${tick}ms` })
      try {
        return await markersUnderLoad(server, { ...load, markers: { first: 0, count: 200 } })
      } finally {
        await server.stop()
      }
    },
    tick,
  )
}

/** Markers of one round through the cluster; each of its cells turns once, so each round has its own. */
const MARKERS = 100

/**
 * `cluster.latency`: the same through Mosquitto, ingest, Kafka, aggregate, Redis and gateway, each a process of its own, at 20,000
 * observations a second in messages of 20, over the tick of a second that a city runs with.
 */
export async function clusterLatency(measure: Measure): Promise<void> {
  await onBed(['kafka', 'redis', 'mosquitto'], async (bed) => {
    const crew = await bed.start([
      { name: 'ingest', stage: 'ingest' },
      { name: 'aggregate', stage: 'aggregate' },
      { name: 'gateway', stage: 'gateway' },
    ])
    try {
      const mqttPort = Number(new URL(bed.config.broker.url).port)
      const doors = { mqttPort, httpPort: crew.ports[2] ?? 0 }
      let round = 0
      await measure.value(
        'cluster.latency',
        'ms',
        () => {
          const markers = { first: MARKERS * round, count: MARKERS }
          const load = { perSecond: 20_000, batch: 20, seconds: 10, loaded: 600 }
          return markersUnderLoad(doors, { ...load, run: `cluster-${round++}`, markers })
        },
        bed.config.clock.tick,
      )
    } finally {
      await crew.end()
    }
  })
}
