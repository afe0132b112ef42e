import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { alertFirst } from './alert-first.bench.ts'
import { alertMatch, alertTick, incidentTick } from './alerts.bench.ts'
import { archiveLatency } from './archive-latency.bench.ts'
import { archiveBytes } from './archive.bench.ts'
import { capacity } from './capacity.bench.ts'
import { kafkaConsume, kafkaProduce } from './adapters/log.kafka.bench.ts'
import { redisBatch, redisCommit, redisSparse } from './adapters/state.redis.bench.ts'
import { QingyuError } from './core/errors.ts'
import { clusterLatency, wallLatency } from './latency.bench.ts'
import { measureInto, type Measure, type Row } from './measure.bench.ts'
import { lockstep, pipelined } from './pipeline.bench.ts'
import { frameCosts, locateCosts, stageCosts } from './cost.bench.ts'
import { listenerCosts } from './adapters/listener.bench.ts'
import { rehearsalSpeed } from './rehearsal.bench.ts'
import { replayIsolation } from './replay-isolation.bench.ts'
import { replaySeek, replaySpeed } from './replay.bench.ts'
import { clusterScale } from './scale.bench.ts'

/** Benches by name, in the order they run. */
const BENCHES: ReadonlyMap<string, (measure: Measure) => Promise<void>> = new Map([
  ['frame.bytes', frameCosts],
  ['locate', locateCosts],
  ['cost', stageCosts],
  ['alerts.match', alertMatch],
  ['alerts.tick', alertTick],
  ['alerts.first', alertFirst],
  ['incident.tick', incidentTick],
  ['listener', listenerCosts],
  ['pipeline.pipelined', pipelined],
  ['pipeline.lockstep', lockstep],
  ['latency.wall', wallLatency],
  ['redis.batch', redisBatch],
  ['redis.sparse', redisSparse],
  ['redis.commit', redisCommit],
  ['kafka.produce', kafkaProduce],
  ['kafka.consume', kafkaConsume],
  ['cluster.scale', clusterScale],
  ['cluster.latency', clusterLatency],
  ['capacity', capacity],
  ['archive.bytes', archiveBytes],
  ['archive.latency', archiveLatency],
  ['replay.speed', replaySpeed],
  ['replay.seek', replaySeek],
  ['replay.isolation', replayIsolation],
  ['replay.rehearsal', rehearsalSpeed],
])
/** Names that stand for several beginnings. */
const GROUPS: ReadonlyMap<string, readonly string[]> = new Map([
  ['cluster', ['redis', 'kafka', 'cluster']],
  ['alerts', ['alerts', 'incident']],
  ['replay', ['archive', 'replay']],
])
/** What says that a bench lacks a server or a package here, not that it failed. */
const LACKING: ReadonlySet<string> = new Set(['CL-program', 'LG-driver'])

const round = (value: number | null): string =>
  value === null ? '–' : value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)

function print({ id, value, unit, baseline, ratio, spread }: Row): void {
  const columns = [
    id.padEnd(22),
    `${round(value)} ${unit}`.padStart(26),
    round(baseline).padStart(12),
    round(ratio).padStart(9),
    `${round(spread[0])} … ${round(spread[1])}`.padStart(20),
  ]
  process.stdout.write(`${columns.join('  ')}\n`)
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } })
const [name = ''] = positionals
const beginnings = GROUPS.get(name) ?? [name]
const chosen = [...BENCHES].filter(([id]) => beginnings.some((beginning) => id.startsWith(beginning)))
if (chosen.length === 0) {
  const known = [...BENCHES.keys(), ...GROUPS.keys()].join(', ')
  process.stderr.write(`No bench is called ${name}. Known: ${known}.\n`)
  process.exit(1)
}
const rows: Row[] = []
process.stdout.write(
  `${['bench'.padEnd(22), 'median'.padStart(26), 'baseline'.padStart(12), 'ratio'.padStart(9), 'spread'.padStart(20)].join('  ')}\n`,
)
const measure = measureInto((row) => {
  rows.push(row)
  print(row)
})
let lacking = 0
for (const [id, run] of chosen)
  try {
    await run(measure)
  } catch (fault) {
    if (!(fault instanceof QingyuError) || !LACKING.has(fault.code)) throw fault
    lacking++
    process.stderr.write(
      `${id} cannot run here: ${fault.message}. ${fault.hint} npm run setup:cluster brings the rest.\n`,
    )
  }
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`)
// Whoever asked for a bench by name is told by the exit code, too.
process.exit(lacking > 0 && name !== '' ? 1 : 0)
