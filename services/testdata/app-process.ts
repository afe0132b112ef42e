import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import type { StatsAnswer } from '../api-schema.ts'

const home = resolve(import.meta.dirname, '../..')
const main = join(home, 'dist/services/main.js')

/** Builds the services where nobody has: `npm test` does it beforehand. */
export function built(): void {
  if (existsSync(main)) return
  const made = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    cwd: home,
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(`the services cannot be built: ${made.stdout}`)
}

/**
 * A free TCP port of the loopback below those that the system gives to clients: while a killed program is away, no connection
 * of another test may take its place.
 */
export async function keptPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const server = createServer()
    const free = await new Promise<boolean>((done) => {
      server.once('error', () => done(false))
      server.listen(port, '127.0.0.1', () => server.close(() => done(true)))
    })
    if (free) return port
  }
}

/** What a program is started with. */
export interface Launch {
  readonly dir: string
  readonly mqttPort: number
  readonly httpPort: number
  /** Further arguments of `serve`. */
  readonly args: readonly string[]
  /** Further settings, as `QINGYU_…`. */
  readonly settings?: Readonly<Record<string, string>>
}

/** The built program in a process of its own. */
export interface Program {
  /** As `http://127.0.0.1:8080`. */
  readonly http: string
  readonly mqttPort: number
  /** All that it has said on stdout and stderr. */
  output(): string
  /** Throws, with its last words, when it has ended. */
  expectAlive(): void
  /** Opens the data folder and listens; until then it has only loaded its code. */
  go(): void
  signal(name: NodeJS.Signals): void
  /** Resolves with the signal or exit code that ended it. */
  readonly ended: Promise<NodeJS.Signals | number>
  /** Resolves once `/readyz` says so. */
  ready(): Promise<void>
}

// Loading the code takes longer than opening the folder, so a program may be loaded before its predecessor is killed.
const WAIT_THEN_SERVE = `
const { main } = await import(process.argv[1])
process.stdin.once('data', () => { process.stdin.destroy(); void main(process.argv.slice(2)) })
`

class ChildProgram implements Program {
  readonly http: string
  readonly mqttPort: number
  readonly ended: Promise<NodeJS.Signals | number>
  readonly #child: ChildProcess
  #output = ''

  constructor(child: ChildProcess, { mqttPort, httpPort }: Launch) {
    this.mqttPort = mqttPort
    this.http = `http://127.0.0.1:${httpPort}`
    this.#child = child
    this.ended = new Promise((done) => child.once('close', (code, signal) => done(signal ?? code ?? -1)))
    const hear = (text: unknown) => (this.#output += String(text))
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    // A program killed while it still waits leaves its end of the pipe closed.
    child.stdin?.on('error', () => {})
  }

  expectAlive(): void {
    const { exitCode, signalCode } = this.#child
    if (exitCode !== null || signalCode !== null)
      throw new Error(`the program ended with ${signalCode ?? exitCode}: ${this.#output}`)
  }

  output(): string {
    return this.#output
  }

  go(): void {
    this.#child.stdin?.write('\n')
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  async ready(): Promise<void> {
    for (;;) {
      this.expectAlive()
      const isUp = await fetch(`${this.http}/readyz`).then(
        (response) => response.ok,
        () => false,
      )
      if (isUp) return
      await pause(20)
    }
  }
}

/** Loads the program with the demo city's grid and rules, the simulator off and strangers let in; `go` starts it. The test's end kills it. */
export function load(launch: Launch): Program {
  const { dir, mqttPort, httpPort, args, settings } = launch
  const env = {
    ...process.env,
    QINGYU_DATA__DIR: dir,
    QINGYU_HTTP__PORT: String(httpPort),
    QINGYU_MQTT__PORT: String(mqttPort),
    QINGYU_MQTT__ANONYMOUS: 'true',
    QINGYU_MQTT__RATE: '1000000',
    QINGYU_MQTT__BURST: '1000000',
    ...settings,
  }
  const serve = ['serve', '--config', join(home, 'config/qingyu.yaml'), '--no-demo', ...args]
  const options = ['--input-type=module', '-e', WAIT_THEN_SERVE, main, ...serve]
  const child = spawn(process.execPath, options, { env, stdio: 'pipe' })
  onTestFinished(() => void child.kill('SIGKILL'))
  return new ChildProgram(child, launch)
}

/** Resolves with the counts once they are as wanted. */
export async function settled(http: string, isWanted: (stats: StatsAnswer) => boolean): Promise<StatsAnswer> {
  for (;;) {
    const stats = (await (await fetch(`${http}/api/v1/stats`)).json()) as StatsAnswer
    if (isWanted(stats)) return stats
    await pause(20)
  }
}
