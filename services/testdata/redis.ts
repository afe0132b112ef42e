import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { Guard } from '../native/guard.ts'
import { NativeProcess, type ProcessSpec } from '../native/process.ts'
import { answerOf, LOOPBACK, Ports } from '../native/reach.ts'
import { redisSpec } from '../native/redis.ts'

/** Whether a real Redis is installed here. */
export const HAS_REDIS = [
  '/usr/bin/redis-server',
  '/usr/local/bin/redis-server',
  '/opt/homebrew/bin/redis-server',
].some(existsSync)
if (!HAS_REDIS) console.warn('SKIPPED: redis-server is not installed')

const SLOTS = 16_384
const ports = new Ports()
const guard = new Guard()

/** A real Redis on the loopback with its own folder; it keeps what it has over `stop` and `start`. */
export class RedisServer extends NativeProcess {
  readonly port: number
  /** Folder of its files. */
  readonly dir: string

  constructor(spec: ProcessSpec, port: number, dir: string) {
    super(spec, guard, () => {})
    this.port = port
    this.dir = dir
  }

  get url(): string {
    return this.spec.address
  }

  get place(): string {
    return `${LOOPBACK}:${this.port}`
  }

  /** Runs one command on a connection of its own. */
  async ask(command: string, ...args: (string | number)[]): Promise<unknown> {
    const client = new Redis(this.port, LOOPBACK)
    try {
      return await client.call(command, ...args)
    } finally {
      client.disconnect()
    }
  }

  /** Ends it at once, as a power cut does to a process. */
  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.ended
  }
}

/** Resolves once `holds` does. */
export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10))
}

/** Servers of one test file; `close` ends them and removes their files. */
export class RedisBed {
  readonly #servers: RedisServer[] = []
  readonly #folder: string

  static async open(): Promise<RedisBed> {
    return new RedisBed(await mkdtemp(join(tmpdir(), 'qingyu-redis-')))
  }

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** A port that nobody listens on. */
  port(): Promise<number> {
    return ports.any()
  }

  async server(...args: string[]): Promise<RedisServer> {
    const port = await ports.any()
    const dir = join(this.#folder, String(port))
    await mkdir(dir)
    const server = new RedisServer(redisSpec({ name: 'redis', dir, port, args }), port, dir)
    this.#servers.push(server)
    await server.start()
    return server
  }

  /** Three masters that share the slots; none has a replica. */
  async cluster(): Promise<readonly RedisServer[]> {
    const nodes: RedisServer[] = []
    for (let i = 0; i < 3; i++) {
      const bus = await ports.any()
      const settings = `--cluster-enabled yes --cluster-node-timeout 2000 --cluster-port ${bus}`
      const node = await this.server(...settings.split(' '))
      const [from, to] = [Math.floor((SLOTS * i) / 3), Math.floor((SLOTS * (i + 1)) / 3) - 1]
      await node.ask('CLUSTER', 'ADDSLOTSRANGE', from, to)
      await node.ask('CLUSTER', 'SET-CONFIG-EPOCH', i + 1)
      await nodes[0]?.ask('CLUSTER', 'MEET', LOOPBACK, node.port, bus)
      nodes.push(node)
    }
    for (const node of nodes) {
      await until(async () => {
        const info = String(await node.ask('CLUSTER', 'INFO'))
        return info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3')
      })
    }
    return nodes
  }

  /** A master with a replica, and a sentinel that promotes the replica half a second after the master is gone. */
  async watched(): Promise<{ master: RedisServer; replica: RedisServer; sentinel: RedisServer }> {
    const master = await this.server()
    const replica = await this.server('--replicaof', LOOPBACK, String(master.port))
    await until(async () =>
      String(await replica.ask('INFO', 'replication')).includes('master_link_status:up'),
    )
    const port = await ports.any()
    const file = join(this.#folder, 'sentinel.conf')
    const settings = [
      `port ${port}`,
      `bind ${LOOPBACK}`,
      `dir ${this.#folder}`,
      `sentinel monitor mymaster ${LOOPBACK} ${master.port} 1`,
      'sentinel down-after-milliseconds mymaster 500',
      'sentinel failover-timeout mymaster 2000',
    ]
    await writeFile(file, `${settings.join('\n')}\n`)
    const sentinel = new RedisServer(
      {
        name: 'sentinel',
        command: 'redis-server',
        package: 'redis-server',
        address: `redis://${LOOPBACK}:${port}`,
        args: [file, '--sentinel'],
        isReady: async () => (await answerOf(port, 'PING\r\n'))?.startsWith('+PONG') ?? false,
      },
      port,
      this.#folder,
    )
    this.#servers.push(sentinel)
    await sentinel.start()
    await until(async () => String(await sentinel.ask('SENTINEL', 'REPLICAS', 'mymaster')).includes('slave'))
    return { master, replica, sentinel }
  }

  async close(): Promise<void> {
    for (const server of this.#servers) if (server.pid !== undefined) await server.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
