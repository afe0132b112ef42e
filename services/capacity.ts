import { parseArgs } from 'node:util'
import { readDuration } from './config.ts'
import { capacityOf, type Capacity, type City } from './core/capacity.ts'
import { QingyuError } from './core/errors.ts'

const USAGE =
  'qingyu capacity --sources N --cells N [--interval 60s] [--batch 1] [--indicators 1] [--window 5m] [--pane 1m] [--lateness 5m]' +
  ' [--tick 1s] [--linger 50ms] [--retention 7d] [--replication 3] [--history 2d] [--changes 1h] [--turns 4]'

const OPTIONS = {
  sources: { type: 'string' },
  cells: { type: 'string' },
  interval: { type: 'string', default: '60s' },
  batch: { type: 'string', default: '1' },
  indicators: { type: 'string', default: '1' },
  window: { type: 'string', default: '5m' },
  pane: { type: 'string', default: '1m' },
  lateness: { type: 'string', default: '5m' },
  tick: { type: 'string', default: '1s' },
  linger: { type: 'string', default: '50ms' },
  retention: { type: 'string', default: '7d' },
  replication: { type: 'string', default: '3' },
  history: { type: 'string', default: '2d' },
  changes: { type: 'string', default: '1h' },
  turns: { type: 'string', default: '4' },
} as const

function wrong(value: string): QingyuError {
  return new QingyuError('CF-usage', { value, hint: USAGE })
}

/** The city that the arguments describe; CF-usage for what is missing, unknown or no number. */
export function cityFrom(args: readonly string[]): City {
  const values = read(args)
  const count = (name: keyof typeof OPTIONS): number => {
    const number = Number(values[name])
    if (!(number > 0 && number < 1e12)) throw wrong(`--${name} ${values[name] ?? ''}`.trim())
    return number
  }
  const seconds = (name: keyof typeof OPTIONS): number => {
    const ms = readDuration(values[name] ?? '')
    if (ms === undefined || ms === 0) throw wrong(`--${name} ${values[name] ?? ''}`.trim())
    return ms / 1000
  }
  return {
    sources: count('sources'),
    cells: count('cells'),
    interval: seconds('interval'),
    batch: count('batch'),
    indicators: count('indicators'),
    window: seconds('window'),
    pane: seconds('pane'),
    lateness: seconds('lateness'),
    tick: seconds('tick'),
    linger: seconds('linger'),
    retention: seconds('retention'),
    replication: count('replication'),
    history: seconds('history'),
    changes: seconds('changes'),
    turns: count('turns'),
    age: Infinity,
  }
}

function read(args: readonly string[]): Readonly<Record<string, string | undefined>> {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values
  } catch (error) {
    throw new QingyuError('CF-usage', { value: args.join(' '), hint: USAGE }, error)
  }
}

const whole = (value: number): string => Math.round(value).toLocaleString('en')

/** `6.1 TB`, decimal as disks and networks are sold. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)))
  return `${(value / 1000 ** step).toPrecision(3)} ${units[step]}`
}

/** The answer as `qingyu capacity` prints it. */
export function capacityTable(needs: Capacity): string {
  const { kept, beyond } = needs
  const parts = [
    ['MQTT broker', needs.broker, `${whole(needs.messages)} messages/s`],
    [
      'ingest',
      needs.ingest,
      `${whole(needs.observations)} observations/s in ${whole(needs.records)} records/s`,
    ],
    ['Kafka', needs.kafka, `${bytes(needs.logged)}/s in, ${bytes(needs.disk)} on all disks`],
    ['aggregate', needs.aggregate, `${whole(needs.changed)} windows change in a second`],
    ['Redis', needs.redis, `${bytes(needs.committed)}/s in, ${bytes(kept.all)} of memory a copy`],
  ] as const
  const rows = parts.map(
    ([name, { cores, processes }, flow]) =>
      `  ${name.padEnd(12)} ${cores.toFixed(1).padStart(6)} ${String(processes).padStart(10)}   ${flow}\n`,
  )
  const memory = [
    ['windows', kept.windows],
    ['keys to tell duplicates', kept.duplicates],
    ['sources', kept.sources],
    ['levels', kept.levels],
    ['readings (state.history)', kept.readings],
    ['tick records (redis.changes)', kept.ticks],
  ] as const
  const held = memory.map(([name, size]) => `  ${name.padEnd(30)} ${bytes(size).padStart(8)}\n`)
  const notes = beyond.map((sentence) => `  ! ${sentence}\n`)
  return [
    `\n  ${'part'.padEnd(12)} ${'cores'.padStart(6)} ${'processes'.padStart(10)}   flow\n`,
    ...rows,
    `\n  log.partitions ${needs.partitions}; a process or node is half busy, so that it can catch up.\n`,
    `\n  Redis keeps\n`,
    ...held,
    ...(notes.length > 0 ? ['\n', ...notes] : []),
  ].join('')
}

/** `qingyu capacity`: what a city needs, foretold from measured costs. Throws CF-usage. */
export function capacityCommand(args: readonly string[]): void {
  process.stdout.write(capacityTable(capacityOf(cityFrom(args))))
}
