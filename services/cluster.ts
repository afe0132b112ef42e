import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prettyFactory } from 'pino-pretty'
import { takeLock } from './adapters/folder-lock.ts'
import { clusterOptions, type ClusterOptions } from './cluster-options.ts'
import { QingyuError, sentenceOf } from './core/errors.ts'
import { Company } from './native/company.ts'
import { afterGuard, Guard } from './native/guard.ts'
import { hasKafka, JARS } from './native/kafka.ts'
import { memberSpec, type MemberPlace } from './native/members.ts'
import { LOOPBACK, Ports } from './native/reach.ts'
import { serversOn } from './native/servers.ts'

/** Walls are served from here on; ingest listens ten above, aggregate twenty, alert thirty, the demo forty. */
const FIRST_PORT = 8080
const NAME_WIDTH = 12
/** Time between two looks at whether npm is still there, ms. */
const PARENT_MS = 500
/** File of the data folder that names the process which ends the others. */
const GUARD = 'guard.pid'

const pretty = prettyFactory({ ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss', singleLine: true })

/** Prints a line of a process behind its name. */
function say(name: string, line: string): void {
  const text = line.startsWith('{') ? pretty(line) : line
  process.stdout.write(`${name.padEnd(NAME_WIDTH)} ${text.trimEnd()}\n`)
}

/** Where a cluster keeps its data, and the Kafka that it has: a folder of jars, or null for one in memory. */
interface Hall {
  readonly dir: string
  readonly jars: string | null
  /** What becomes of the data, for people. */
  readonly kept: string
  release(): void
}

/** The folder that was asked for, for us alone, with as many brokers as it was made with. */
async function keptHall({ data, brokers }: ClusterOptions, jars: string): Promise<Hall> {
  mkdirSync(data, { recursive: true })
  const lock = takeLock(data)
  if (!lock.taken)
    throw new QingyuError('CL-data', {
      value: data,
      why: `process ${lock.holder} uses it`,
      else: 'stop that process',
    })
  const file = join(data, 'brokers')
  const made = existsSync(file) ? readFileSync(file, 'utf8') : String(brokers)
  if (made !== String(brokers)) {
    lock.release()
    throw new QingyuError('CL-data', {
      value: data,
      why: `it holds a cluster with --brokers ${made}`,
      else: 'remove it',
    })
  }
  writeFileSync(file, made)
  // After a kill servers of the last run may still be at its files.
  await afterGuard(join(data, GUARD))
  return { dir: data, jars, kept: `${data}, kept between runs`, release: () => lock.release() }
}

/** A folder for a Kafka that keeps nothing: what Redis kept would be of another log the next time. */
function passingHall(): Hall {
  const dir = mkdtempSync(join(tmpdir(), 'qingyu-cluster-'))
  say(
    'kafka',
    'Java or the jars of Kafka are missing (Debian: default-jre-headless maven): librdkafka plays it in memory.',
  )
  say('kafka', 'Nothing is kept on disk: log and state end with this run.')
  const release = () => rmSync(dir, { recursive: true, force: true })
  return { dir, jars: null, kept: 'in memory, gone with this run', release }
}

async function hallOf(options: ClusterOptions): Promise<Hall> {
  return (await hasKafka()) ? keptHall(options, JARS) : passingHall()
}

async function memberPlaces(options: ClusterOptions, ports: Ports): Promise<MemberPlace[]> {
  const { aggregators, hasDemo } = options
  const stages = [
    { stage: 'gateway', count: 2, first: FIRST_PORT },
    { stage: 'ingest', count: 2, first: FIRST_PORT + 10 },
    { stage: 'aggregate', count: aggregators, first: FIRST_PORT + 20 },
    // One is active, the other stands by.
    { stage: 'alert', count: 2, first: FIRST_PORT + 30 },
    { stage: 'archive', count: 2, first: FIRST_PORT + 50 },
    { stage: 'demo', count: hasDemo ? 1 : 0, first: FIRST_PORT + 40 },
  ] as const
  const places: MemberPlace[] = []
  for (const { stage, count, first } of stages)
    for (let i = 0; i < count; i++)
      places.push({
        name: stage === 'demo' ? stage : `${stage}-${i + 1}`,
        stage,
        port: await ports.from(first + i),
      })
  return places
}

/** What people want to know first, then every process. */
function table(company: Company, heads: readonly (readonly [string, string])[]): string {
  const column = (text: string, width: number) => text.padEnd(width)
  const first = heads.map(([name, value]) => `  ${column(name, 6)} ${value}\n`)
  const rows = company.processes.map(
    ({ spec, pid }) => `  ${column(spec.name, NAME_WIDTH)} ${column(String(pid ?? ''), 8)} ${spec.address}\n`,
  )
  const title = `  ${column('process', NAME_WIDTH)} ${column('pid', 8)} where\n`
  return `\n  Qingyu 晴雨, a cluster on this machine\n\n${first.join('')}\n${title}${rows.join('')}\n  Ctrl-C ends all of it.\n\n`
}

const addressOf = ({ port }: MemberPlace) => `http://${LOOPBACK}:${port}`

/** Starts everything in the order in which it stands on each other, and prints where it is. */
async function startAll(company: Company, options: ClusterOptions, home: string, hall: Hall): Promise<void> {
  const { config, brokers, hasDemo } = options
  const ports = new Ports()
  const places = await memberPlaces(options, ports)
  const servers = await serversOn({ dir: hall.dir, home, jars: hall.jars, brokers }, ports)
  await company.start(servers.specs)
  const placesOf = (wanted: string) => places.filter(({ stage }) => stage === wanted)
  const walls = placesOf('gateway').map(addressOf)
  const settings = {
    ...(await servers.settings()),
    QINGYU_DATA__DIR: hall.dir,
    QINGYU_HTTP__GATEWAYS: walls.join(','),
    QINGYU_DEMO__ENABLED: String(hasDemo),
    QINGYU_DEMO__HOTLINE: placesOf('ingest').map(addressOf)[0] ?? '',
  }
  // Who takes in comes behind who waits for it, and ends before.
  for (const stage of ['aggregate', 'alert', 'archive', 'ingest', 'gateway', 'demo'])
    await company.start(placesOf(stage).map((place) => memberSpec(place, { home, config, settings })))
  const heads: (readonly [string, string])[] = walls.map((wall) => ['Wall', wall])
  const mode = hasDemo ? 'a simulator feeds it; --no-demo starts empty' : 'off'
  heads.push(['MQTT', servers.mqtt], ['Data', hall.kept], ['Demo', mode])
  process.stdout.write(table(company, heads))
}

/** Resolves with the first signal that asks for the end; the second one means now. */
function asked(company: Company): Promise<string> {
  return new Promise((done) => {
    let isAsked = false
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        if (isAsked) company.kill()
        isAsked = true
        done(signal)
      })
    // npm keeps SIGTERM to itself: that it is gone is all we see of it.
    const parent = process.ppid
    const isOrphan = () => process.ppid !== parent && done('npm ended')
    if (process.env['npm_lifecycle_event'] !== undefined) setInterval(isOrphan, PARENT_MS).unref()
  })
}

async function run(options: ClusterOptions, home: string): Promise<void> {
  const hall = await hallOf(options)
  const company = new Company(say, new Guard(join(hall.dir, GUARD)))
  const signalled = asked(company)
  try {
    const started = startAll(company, options, home, hall)
    started.catch(() => undefined)
    // Asked to end, or a fault, also while it still starts.
    await Promise.race([signalled, company.failed, started.then(() => signalled)])
  } finally {
    await company.end()
    hall.release()
  }
}

/** `npm run cluster`: a whole cluster on this machine until a signal ends it. Ends the process with 1 and a sentence on any fault. */
export async function cluster(args: readonly string[], home: string): Promise<void> {
  try {
    await run(clusterOptions(args, home), home)
    process.exit(0)
  } catch (fault) {
    const hint = fault instanceof QingyuError ? `\n  ${fault.hint}` : ''
    const code = fault instanceof QingyuError ? `${fault.code}: ` : ''
    process.stderr.write(`\n${code}${sentenceOf(fault)}${hint}\n`)
    process.exit(1)
  }
}
