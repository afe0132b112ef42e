import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { wallLatency } from './latency.bench.ts'
import { measureInto, type Measure, type Row } from './measure.bench.ts'
import { lockstep, pipelined } from './pipeline.bench.ts'
import { frameCosts, locateCosts, stageCosts } from './cost.bench.ts'
import { listenerCosts } from './adapters/listener.bench.ts'

/** Benches by name, in the order they run. */
const BENCHES: ReadonlyMap<string, (measure: Measure) => Promise<void>> = new Map([
  ['frame.bytes', frameCosts],
  ['locate', locateCosts],
  ['cost', stageCosts],
  ['listener', listenerCosts],
  ['pipeline.pipelined', pipelined],
  ['pipeline.lockstep', lockstep],
  ['latency.wall', wallLatency],
])

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
const chosen = [...BENCHES].filter(([id]) => id.startsWith(name))
if (chosen.length === 0) {
  process.stderr.write(`No bench is called ${name}. Known: ${[...BENCHES.keys()].join(', ')}.\n`)
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
for (const [, run] of chosen) await run(measure)
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`)
process.exit(0)
