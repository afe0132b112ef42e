import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import pretty from 'pino-pretty'
import type { App } from './app.ts'
import { readConfig, SECRET_SETTING, type ReadConfig } from './config.ts'
import { QingyuError, sentenceOf } from './core/errors.ts'

const HELP = `Qingyu 晴雨: the city's barometer

  qingyu serve [--config FILE] [--clock wall|data] [--no-demo]   start; default config/qingyu.yaml
               [--stage ingest,aggregate,alert,gateway,demo]     only these, beside others on Kafka and Redis
  qingyu import FILE --format NAME [--rate N|max]                publish recorded data through the front doors
  qingyu city NAME --out FILE                                    generate a demo city's grid
  qingyu capacity --sources N --cells N [--interval 60s] …       foretell the processes and servers that a city needs
  qingyu cap check FILE…                                         check CAP 1.2 messages by the rules that no schema knows
  qingyu config check [--config FILE]                            check a configuration with its rules and grid; print it
  qingyu rehearse --rules FILE --from ISO --to ISO               try other rules on the past: alerts earlier, later, new, gone
                  [--archive DIR | --bundle FILE] [--json FILE]
  qingyu archive list|verify [--dir DIR] [--deep]                tell what an archive holds; check every file, or play it, too
  qingyu archive restore --from DIR [--to ISO] [--config FILE]   make the log of an empty installation from an archive
  qingyu roster [--config FILE] [--at ISO] [--area CODE]         tell who is on duty, and what is odd about the rosters
  qingyu bundle export --from ISO --to ISO --out FILE            keep a span of the past as one signed file (or --incident ID)
  qingyu bundle verify|open FILE                                 check a bundle's files and signature; keep it for replays
  qingyu rules check FILE [--config FILE]                        check a file of rules; tell what it would change
  qingyu person ID [--zh NAME] [--en NAME] [--role ROLE] …       make a line for people: with a password read from standard input
  qingyu password                                                hash a vendor's password read from standard input
  qingyu tables FILE…                                            write the configuration and error tables into documents
  qingyu version

Any setting can be given by environment: QINGYU_<SECTION>__<KEY>, or QINGYU_<SECTION>__<KEY>__FILE for secrets.
`

/** Folder of package.json, seen from dist/services/main.js. */
const home = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

function programVersion(): string {
  const text: { version: string } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
    version: string
  }
  return text.version
}

interface ServeFlags {
  readonly config?: string | undefined
  readonly clock?: string | undefined
  readonly 'no-demo'?: boolean | undefined
  readonly stage?: string | undefined
}

function configured({ config, clock, 'no-demo': empty, stage }: ServeFlags): ReadConfig {
  const flags = {
    ...(clock !== undefined && { clock: { source: clock } }),
    ...(empty && { demo: { enabled: false } }),
    ...(stage !== undefined && { cluster: { stages: stage } }),
  }
  const standard = join(home, 'config/qingyu.yaml')
  const file = config ?? (existsSync('config/qingyu.yaml') ? 'config/qingyu.yaml' : standard)
  return readConfig(file, process.env, flags)
}

const SERVE = {
  config: { type: 'string' },
  clock: { type: 'string' },
  'no-demo': { type: 'boolean' },
  stage: { type: 'string' },
} as const

function banner({ demo, stages, http, mqtt, data }: App, hasPeople: boolean): string {
  const mark = demo ? ' (Demo: a simulator feeds it; --no-demo starts empty)' : ''
  const lines = [
    [stages.includes('gateway') ? 'Wall' : 'HTTP', http],
    ['Analyst', stages.includes('gateway') ? new URL('analyst', http).href : ''],
    ['Desk', hasPeople && stages.includes('gateway') ? new URL('desk', http).href : ''],
    ['MQTT', mqtt],
    ['Data', data],
    ['Stages', stages.join(', ')],
  ].filter(([, value]) => value !== '')
  const table = lines.map(([name = '', value = '']) => `  ${name.padEnd(7)} ${value}\n`).join('')
  return `\n  Qingyu 晴雨 ${programVersion()}${mark}\n\n${table}\n  Ctrl-C stops.\n\n`
}

async function serve(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: SERVE })
  const log = process.stdout.isTTY
    ? pino(pretty({ ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss' }))
    : pino()
  const read = configured(values)
  // Loaded here: a fault of the configuration, or a word of help, need not wait for stores and servers.
  const { startApp } = await import('./app.ts')
  const app = await startApp(read, { log, home, program: programVersion() })
  process.stderr.write(banner(app, Object.keys(read.config.people).length > 0))
  let stopping = false
  const stop = (signal: string) => {
    if (stopping) process.exit(1)
    stopping = true
    log.info(`${signal}: letting what was accepted settle`)
    // Ten seconds: an orchestrator's patience; what is not settled by then was not acknowledged either.
    setTimeout(() => process.exit(1), 10_000).unref()
    app.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    )
  }
  process.on('SIGINT', () => stop('SIGINT'))
  process.on('SIGTERM', () => stop('SIGTERM'))
  app.failed.catch((error: unknown) => fail(error))
}

/** An account may stand in an address, too, and the address of a calendar may be all that keeps it private. */
function hidden(key: string, value: unknown): unknown {
  if (SECRET_SETTING.test(key) && value !== '') return '***'
  if (key === 'url' && typeof value === 'string' && /^https?:/.test(value))
    return `${new URL(value).origin}/***`
  return typeof value === 'string' ? value.replace(/:\/\/[^@/]*@/, '://***@') : value
}

async function checkConfig(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: SERVE })
  const read = configured(values)
  const { config, file } = read
  // Warnings of the grid go beside the printed settings, so that these can be piped.
  const { planOf } = await import('./app-plan.ts')
  planOf(read, pino(process.stderr))
  process.stdout.write(`# ${file}\n${JSON.stringify(config, hidden, 2)}\n`)
}

async function askPassword(): Promise<string> {
  let text = ''
  if (process.stdin.isTTY) process.stderr.write('Password, then Enter: ')
  for await (const chunk of process.stdin) {
    text += String(chunk)
    if (text.includes('\n')) break
  }
  return text.replace(/\r?\n[\s\S]*$/, '')
}

async function password(): Promise<void> {
  const { hashPassword } = await import('./adapters/accounts.scrypt.ts')
  process.stdout.write(`${await hashPassword(await askPassword())}\n`)
}

async function person(args: readonly string[]): Promise<void> {
  const { namedPerson, personLine } = await import('./person-command.ts')
  const { hashPassword } = await import('./adapters/accounts.scrypt.ts')
  const named = namedPerson(args)
  process.stdout.write(await personLine(named, await askPassword(), hashPassword))
}

async function roster(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { config: { type: 'string' }, at: { type: 'string' }, area: { type: 'string' } },
  })
  const found = configured({ config: values.config })
  const { planOf } = await import('./app-plan.ts')
  const { policyFrom } = await import('./config-policy.ts')
  const { rosterReport } = await import('./roster-command.ts')
  const { rosterReader } = await import('./adapters/roster.fetch.ts')
  const { systemClock } = await import('./adapters/clock.system.ts')
  const plan = planOf(found, pino(process.stderr))
  const policy = policyFrom(found.config, plan, found.file)
  const read = rosterReader(found.folder)
  const { at, area } = values
  const now = systemClock.now()
  process.stdout.write(await rosterReport({ config: found.config, plan, policy, at, area, now, read }))
}

async function rules(args: readonly string[]): Promise<void> {
  const options = { config: { type: 'string' } } as const
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  const [verb, file] = positionals
  if (verb !== 'check' || file === undefined)
    throw new QingyuError('CF-usage', { value: `rules ${verb ?? ''}`, hint: 'Say qingyu rules check FILE.' })
  const { planOf } = await import('./app-plan.ts')
  const { readText } = await import('./config.ts')
  const { rulesReport } = await import('./rules-command.ts')
  const plan = planOf(configured({ config: values.config }), pino(process.stderr))
  process.stdout.write(rulesReport(plan, readText(file)))
}

/** Ctrl-C lets what is in flight settle and keeps the checkpoint. */
async function importData(args: readonly string[]): Promise<number> {
  const { importCommand } = await import('./import.ts')
  const { systemClock } = await import('./adapters/clock.system.ts')
  const { askProgress, publishHttp } = await import('./adapters/publisher.http.ts')
  const { publishMqtt } = await import('./adapters/publisher.mqtt.ts')
  const interrupt = new AbortController()
  process.once('SIGINT', () => interrupt.abort())
  return importCommand(args, {
    doors: { mqtt: publishMqtt, http: publishHttp, progress: askProgress },
    clock: systemClock,
    formats: join(home, 'services/formats'),
    state: resolve('data/imports'),
    screen: process.stderr,
    signal: interrupt.signal,
  })
}

async function archive(args: readonly string[]): Promise<number> {
  const { archiveCommand } = await import('./app-archive-command.ts')
  const log = pino(process.stderr)
  return archiveCommand(args, { configured: (config) => configured({ config }), screen: process.stdout, log })
}

async function bundle(args: readonly string[]): Promise<number> {
  const { bundleCommand } = await import('./app-bundle-command.ts')
  const log = pino(process.stderr)
  return bundleCommand(args, { configured: (config) => configured({ config }), screen: process.stdout, log })
}

function fail(error: unknown): never {
  if (error instanceof QingyuError) {
    process.stderr.write(`\n${error.code}: ${error.message}\n  ${error.hint}\n`)
    if (Array.isArray(error.cause))
      for (const other of error.cause) process.stderr.write(`  also: ${sentenceOf(other)}\n`)
  } else
    process.stderr.write(`\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  process.exit(1)
}

async function dispatch(command: string, args: readonly string[]): Promise<void> {
  switch (command) {
    case 'serve':
      return serve(args)
    case 'import':
      process.exitCode = await importData(args)
      return
    case 'city':
      return (await import('./city.ts')).cityCommand(args)
    case 'bundle':
      process.exitCode = await bundle(args)
      return
    case 'archive':
      process.exitCode = await archive(args)
      return
    case 'capacity':
      return (await import('./capacity.ts')).capacityCommand(args)
    case 'cap':
      process.exitCode = (await import('./cap.ts')).capCommand(args)
      return
    case 'config':
      if (args[0] !== 'check')
        throw new QingyuError('CF-usage', {
          value: `config ${args[0] ?? ''}`,
          hint: 'Say qingyu config check.',
        })
      return checkConfig(args.slice(1))
    case 'password':
      return password()
    case 'person':
      return person(args)
    case 'roster':
      return roster(args)
    case 'rules':
      return rules(args)
    case 'rehearse':
      return (await import('./app-rehearse.ts')).rehearse(args, (config) => configured({ config }).config)
    case 'tables':
      return (await import('./tables.ts')).tablesCommand(args)
    case 'version':
    case '--version':
      process.stdout.write(`${programVersion()}\n`)
      return
    case 'help':
    case '--help':
      process.stdout.write(HELP)
      return
    default:
      throw new QingyuError('CF-usage', { value: command, hint: 'qingyu help lists the commands.' })
  }
}

/** The command line. Ends the process with 1 and a sentence on any fault. */
export async function main(args: readonly string[]): Promise<void> {
  const [command = 'help', ...rest] = args
  try {
    await dispatch(command, rest)
  } catch (error) {
    const usage =
      error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
    fail(usage ? new QingyuError('CF-usage', { value: args.join(' '), hint: error.message }) : error)
  }
}
