import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, copyFileSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { Guard } from '../native/guard.ts'
import { NativeProcess } from '../native/process.ts'
import { answerOf, LOOPBACK, Ports } from '../native/reach.ts'
import { HOME, readCompose, readEntrypoint, readStages, type ComposeService } from './compose.ts'
import { JARS } from './kafka.ts'
import { Secrets } from './mosquitto.ts'

const JAVA = `java -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp '${JARS}/*'`
/** Programs of the images, as they are called on this machine. */
const PROGRAMS: Readonly<Record<string, string>> = {
  node: process.execPath,
  '/opt/kafka/bin/kafka-broker-api-versions.sh': `${JAVA} kafka.admin.BrokerApiVersionsCommand`,
}
const SBIN = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin` }

const quoted = (words: readonly string[]) =>
  words.map((word) => PROGRAMS[word] ?? `'${word.replaceAll("'", "'\\''")}'`).join(' ')

/** The files that the last stage of the image has: links to what is built here, under the image's names. */
function layOutImage(app: string): void {
  mkdirSync(app)
  for (const { word, rest } of readStages().at(-1) ?? []) {
    if (word !== 'COPY') continue
    const words = rest.split(' ').filter((one) => !one.startsWith('--'))
    const target = words.at(-1) ?? ''
    for (const from of words.slice(0, -1)) {
      const source = join(HOME, from.replace(/^\/app\//, ''))
      const place = join(app, target.endsWith('/') ? join(target, basename(from)) : target)
      mkdirSync(dirname(place), { recursive: true })
      // A copy, because a program finds its neighbours where it really lies.
      if (statSync(source).isFile()) copyFileSync(source, place)
      else symlinkSync(source, place)
    }
  }
}

/**
 * The services of docker-compose.yml as processes of this machine: their exact commands, environments and health checks, with
 * host names, ports and paths of containers replaced by such of this machine.
 */
export class NativeCompose {
  readonly secrets: Secrets
  private readonly compose = readCompose()
  private readonly dir: string
  private readonly app: string
  private readonly ports = new Map<string, number>()
  private readonly volumes = new Map<string, string>()
  private readonly running = new Map<string, NativeProcess>()
  private readonly guard = new Guard()

  /** Nothing runs yet. `serving`: ports that a service listens on, as `redis:6379`. */
  static async make(serving: readonly string[]): Promise<NativeCompose> {
    const made = new NativeCompose(await mkdtemp(join(tmpdir(), 'qingyu-compose-')))
    const ports = new Ports()
    for (const place of serving) made.ports.set(place, await ports.any())
    return made
  }

  private constructor(dir: string) {
    this.dir = dir
    this.app = join(dir, 'app')
    this.secrets = new Secrets(join(dir, 'secrets'))
    layOutImage(this.app)
  }

  /** Port of this machine for a port of a service. */
  port(service: string, inside: number): number {
    return this.ports.get(`${service}:${inside}`) ?? 0
  }

  /** Starts a service and resolves once its health check passes. */
  async start(name: string): Promise<void> {
    const service = this.service(name)
    const process = new NativeProcess(
      {
        name,
        command: 'sh',
        package: 'dash',
        args: ['-c', await this.commandOf(name, service)],
        env: { ...SBIN, ...this.environmentOf(name, service) },
        address: name,
        // Its port first: a health check each 50 ms would keep a core busy.
        isReady: async () => (await answerOf(this.front(name))) !== null && this.isHealthy(name),
      },
      this.guard,
      () => {},
    )
    this.running.set(name, process)
    await process.start()
  }

  /** Runs the health check of a service. */
  async isHealthy(name: string): Promise<boolean> {
    const [kind, ...words] = this.service(name).healthcheck?.test ?? []
    const line = kind === 'CMD-SHELL' ? words.join(' ') : quoted(words)
    const env = { ...process.env, ...SBIN }
    const child = spawn('sh', ['-c', this.onThisMachine(name, line)], { env, stdio: 'ignore' })
    const [code] = (await once(child, 'close')) as [number | null]
    return code === 0
  }

  /** Ends a service within its time to stop; how it ended, as `exit 0`. */
  async stop(name: string): Promise<string> {
    const process = this.running.get(name)
    this.running.delete(name)
    const grace = Number.parseInt(this.service(name).stop_grace_period ?? '0', 10)
    return process === undefined ? 'not running' : process.stop(grace * 1000)
  }

  async end(): Promise<void> {
    await Promise.all([...this.running.values()].map((process) => process.stop(0)))
    await rm(this.dir, { recursive: true, force: true })
  }

  /** The first port that a service listens on. */
  private front(name: string): number {
    return [...this.ports].find(([place]) => place.startsWith(`${name}:`))?.[1] ?? 0
  }

  private service(name: string): ComposeService {
    const service = this.compose.services[name]
    if (service === undefined) throw new Error(`no service ${name}`)
    return service
  }

  private async commandOf(name: string, service: ComposeService): Promise<string> {
    if (name === 'kafka') return this.kafka(service)
    const words = service.build === undefined ? [] : readEntrypoint()
    const command = service.command ?? []
    // What a shell is given there, it is given here.
    const line = command[0] === 'sh' ? (command[2] ?? '') : quoted([...words, ...command])
    return `cd '${this.app}' && ${command[0] === 'sh' ? '' : 'exec '}${this.onThisMachine(name, line)}`
  }

  private environmentOf(name: string, { environment = {} }: ComposeService): Record<string, string> {
    return Object.fromEntries(
      Object.entries(environment).map(([key, value]) => [key, this.onThisMachine(name, value)]),
    )
  }

  /** As the image does: each `KAFKA_X_Y` becomes `x.y` of its configuration, and what is new is formatted. */
  private kafka({ environment = {} }: ComposeService): string {
    const file = join(this.dir, 'server.properties')
    const settings = Object.entries(environment).filter(
      ([key]) => key.startsWith('KAFKA_') && key !== 'KAFKA_HEAP_OPTS',
    )
    const lines = settings.map(([key, value]) => {
      const place = value.replaceAll(/:\/\/:(\d+)/g, '://kafka:$1')
      return `${key.slice(6).toLowerCase().replaceAll('_', '.')}=${this.onThisMachine('kafka', place)}\n`
    })
    writeFileSync(file, lines.join(''))
    const format = `${JAVA} kafka.tools.StorageTool format -t ${environment['CLUSTER_ID'] ?? ''} -c ${file}`
    return `${format} && exec ${JAVA.replace('java', `java ${environment['KAFKA_HEAP_OPTS'] ?? ''}`)} kafka.Kafka ${file}`
  }

  /** Replaces secrets, volumes, hosts and ports of containers by those of this machine. */
  private onThisMachine(name: string, text: string): string {
    let mapped = text.replaceAll(/\/run\/secrets\/([a-z-]+)/g, (_, secret: string) =>
      this.secrets.path(basename(this.compose.secrets[secret]?.file ?? '')),
    )
    for (const volume of this.service(name).volumes ?? []) {
      const [from = '', to = ''] = volume.split(':')
      if (mapped.includes(to)) mapped = mapped.replaceAll(to, this.volume(name, from))
    }
    mapped = mapped.replaceAll(/\b([a-z0-9-]+):(\d{4})\b/g, (whole, host: string, port: string) => {
      const known = this.ports.get(`${host}:${port}`)
      return known === undefined ? whole : `${LOOPBACK}:${known}`
    })
    for (const [place, port] of this.ports) {
      const [service = '', inside = ''] = place.split(':')
      if (service === name) mapped = mapped.replaceAll(new RegExp(`\\b${inside}\\b`, 'g'), String(port))
    }
    return mapped
      .replaceAll('0.0.0.0', LOOPBACK)
      .replaceAll('redis-cli', `redis-cli -p ${this.port('redis', 6379)}`)
  }

  /** A named volume is a folder; files that are mounted are copied, with what stands in them mapped too. */
  private volume(name: string, from: string): string {
    const known = this.volumes.get(from)
    if (known !== undefined) return known
    const place = join(this.dir, 'volumes', from.replaceAll(/[./]+/g, '-'))
    this.volumes.set(from, place)
    mkdirSync(place, { recursive: true })
    if (!from.startsWith('./')) return place
    cpSync(join(HOME, from), place, { recursive: true })
    for (const [file, more] of [
      ['mosquitto.conf', process.getuid?.() === 0 ? '\nuser root\n' : ''],
      ['redis.conf', `\nbind ${LOOPBACK}\nport ${this.port('redis', 6379)}\n`],
    ] as const) {
      const path = join(place, file)
      if (statSync(path, { throwIfNoEntry: false }) === undefined) continue
      const text = this.onThisMachine(
        name,
        readFileSync(path, 'utf8').replace(/^listener \d+/m, `$& ${LOOPBACK}`),
      )
      writeFileSync(path, text + more)
    }
    return place
  }
}
