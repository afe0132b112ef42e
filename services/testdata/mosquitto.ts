import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import { Guard } from '../native/guard.ts'
import { mosquittoSpec } from '../native/mosquitto.ts'
import { NativeProcess } from '../native/process.ts'
import { Ports } from '../native/reach.ts'

/** Whether a real broker is installed here. */
export const HAS_MOSQUITTO = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin'].some((folder) =>
  existsSync(join(folder, 'mosquitto')),
)
if (!HAS_MOSQUITTO) console.warn('SKIPPED: mosquitto is not installed')

const guard = new Guard()
const ports = new Ports()
const SCRIPT = resolve(import.meta.dirname, '../../deploy/secrets.sh')

/** Certificates and accounts as an operator makes them. */
export class Secrets {
  readonly folder: string

  /** In a folder that the test's end removes. */
  static async make(): Promise<Secrets> {
    const folder = await mkdtemp(join(tmpdir(), 'qingyu-secrets-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    return new Secrets(folder)
  }

  constructor(folder: string) {
    this.folder = folder
    this.run()
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  text(name: string): string {
    return readFileSync(this.path(name), 'utf8').trim()
  }

  /** Makes a vendor's account; its password. */
  vendor(name: string): string {
    return this.run('vendor', name).trim()
  }

  private run(...args: readonly string[]): string {
    const env = { ...process.env, QINGYU_SECRETS: this.folder }
    return execFileSync('sh', [SCRIPT, ...args], { env, encoding: 'utf8' })
  }
}

/** A real mosquitto on the loopback that keeps its sessions on disk; the test's end removes it. */
export class Mosquitto {
  readonly url: string
  readonly port: number
  private readonly folder: string
  private readonly process: NativeProcess

  /** With secrets it speaks TLS and asks for accounts, to whom it permits what `access` says: an ACL file, all if none. */
  static async start(secrets?: Secrets, access?: string): Promise<Mosquitto> {
    const folder = await mkdtemp(join(tmpdir(), 'qingyu-broker-'))
    const port = await ports.any()
    const settings = [
      // Only what `save` writes is on disk: how a kill leaves it is the test's to say.
      'autosave_interval 0',
      ...(secrets === undefined
        ? []
        : [
            'allow_anonymous false',
            `password_file ${secrets.path('broker-accounts')}`,
            `certfile ${secrets.path('broker.crt')}`,
            `keyfile ${secrets.path('broker.key')}`,
          ]),
      ...(access === undefined ? [] : [`acl_file ${access}`]),
    ]
    const spec = await mosquittoSpec({ name: 'mosquitto', dir: folder, port, settings })
    const broker = new Mosquitto(
      port,
      folder,
      `${secrets === undefined ? 'mqtt' : 'mqtts'}://localhost:${port}`,
      new NativeProcess(spec, guard, () => {}),
    )
    onTestFinished(async () => {
      await broker.stop('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    })
    await broker.run()
    return broker
  }

  private constructor(port: number, folder: string, url: string, process: NativeProcess) {
    this.port = port
    this.folder = folder
    this.url = url
    this.process = process
  }

  run(): Promise<void> {
    return this.process.start()
  }

  /** Has it write its sessions to disk now, as before a kill that leaves no time for it. */
  async save(): Promise<void> {
    const database = join(this.folder, 'mosquitto.db')
    await rm(database, { force: true })
    this.process.signal('SIGUSR1')
    while (!existsSync(database)) await new Promise(setImmediate)
  }

  /** Stops it in its tracks, as a machine that hangs, or lets it go on. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.process.signal(name)
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.process.signal(signal)
    await this.process.ended
  }
}
