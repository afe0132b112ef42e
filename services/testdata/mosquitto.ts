import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

const PROGRAM = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto'].find(
  existsSync,
)

/** Whether a real broker is installed here. */
export const HAS_MOSQUITTO = PROGRAM !== undefined
if (!HAS_MOSQUITTO) console.warn('SKIPPED: mosquitto is not installed')

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Resolves once somebody listens on the port. */
async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect({ port, host: '127.0.0.1' })
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'close').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (isOpen) return
    await new Promise(setImmediate)
  }
}

/** A real mosquitto on the loopback that keeps its sessions on disk; the test's end removes it. */
export class Mosquitto {
  readonly url: string
  private readonly port: number
  private readonly file: string
  private child: ChildProcess | null = null

  static async start(): Promise<Mosquitto> {
    const folder = await mkdtemp(join(tmpdir(), 'qingyu-broker-'))
    const port = await freePort()
    const file = join(folder, 'mosquitto.conf')
    await writeFile(
      file,
      [
        `listener ${port} 127.0.0.1`,
        'allow_anonymous true',
        'user root',
        'persistence true',
        `persistence_location ${folder}/`,
        'autosave_interval 0',
        'max_queued_messages 100000',
        'log_type error',
        '',
      ].join('\n'),
    )
    const broker = new Mosquitto(port, file)
    onTestFinished(async () => {
      await broker.stop('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    })
    await broker.run()
    return broker
  }

  private constructor(port: number, file: string) {
    this.port = port
    this.file = file
    this.url = `mqtt://127.0.0.1:${port}`
  }

  async run(): Promise<void> {
    this.child = spawn(PROGRAM ?? 'mosquitto', ['-c', this.file], { stdio: 'ignore' })
    await listening(this.port)
  }

  /** Has it write its sessions to disk now, as before a kill that leaves no time for it. */
  async save(): Promise<void> {
    const database = join(dirname(this.file), 'mosquitto.db')
    await rm(database, { force: true })
    this.child?.kill('SIGUSR1')
    while (!existsSync(database)) await new Promise(setImmediate)
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { child } = this
    this.child = null
    if (child === null || child.exitCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
}
