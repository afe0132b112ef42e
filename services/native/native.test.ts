import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { describe, expect, it, onTestFinished } from 'vitest'
import { clusterOptions } from '../cluster-options.ts'
import { built } from '../testdata/app-process.ts'
import { Company } from './company.ts'
import { afterGuard, Guard } from './guard.ts'
import { NativeProcess, type ProcessSpec } from './process.ts'
import { Ports } from './reach.ts'

/** A process that says its name on both streams and then waits, or what else `script` does. */
const specOf = (name: string, script = '', more: Partial<ProcessSpec> = {}): ProcessSpec => ({
  name,
  command: 'sh',
  package: 'dash',
  args: ['-c', `echo ${name} out; echo ${name} err >&2; ${script || 'exec sleep 600'}`],
  address: 'nowhere',
  isReady: () => Promise.resolve(true),
  ...more,
})

function heard(): { lines: string[]; say: (name: string, line: string) => void } {
  const lines: string[] = []
  return { lines, say: (name, line) => void lines.push(`${name}: ${line}`) }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function started(spec: ProcessSpec, say = heard().say): Promise<NativeProcess> {
  const made = new NativeProcess(spec, new Guard(), say)
  onTestFinished(() => made.signal('SIGKILL'))
  await made.start()
  return made
}

function company(): Company & { lines: string[] } {
  const { lines, say } = heard()
  const made = Object.assign(new Company(say), { lines })
  onTestFinished(() => made.kill())
  return made
}

describe('processes on this machine', () => {
  it('[CL1] say their lines behind their names and end by SIGTERM', async () => {
    const { lines, say } = heard()
    const one = await started(specOf('one'), say)
    await expect.poll(() => [...lines].sort()).toEqual(['one: one err', 'one: one out'])
    expect(await one.stop(5000)).toBe('SIGTERM')
    expect(one.pid).toBeUndefined()
  })

  it('[CL2] end by SIGKILL when they take no notice, also while they are paused', async () => {
    const deaf = await started(specOf('deaf', 'trap "" TERM; while :; do sleep 1; done'))
    expect(await deaf.stop(50)).toBe('SIGKILL')
    const paused = await started(specOf('paused'))
    paused.signal('SIGSTOP')
    expect(await paused.stop(5000)).toBe('SIGTERM')
  })

  it('[CL3] are named with their Debian package when they are missing', async () => {
    const missing = new NativeProcess(
      specOf('redis', '', { command: 'redis-no-server', package: 'redis-server' }),
      new Guard(),
      () => {},
    )
    await expect(missing.start()).rejects.toMatchObject({
      message: 'redis-no-server is not installed',
      hint: 'Install the Debian package redis-server: apt install redis-server.',
    })
  })

  it('[CL4] tell their last words when they end instead of serving', async () => {
    const failing = specOf('kafka', 'exit 3', { isReady: () => Promise.resolve(false), isQuiet: true })
    await expect(new NativeProcess(failing, new Guard(), () => {}).start()).rejects.toMatchObject({
      message: 'kafka did not start: exit 3',
      hint: expect.stringContaining('kafka err') as string,
    })
  })

  it('[CL5] end with whoever started them, however that ends', async () => {
    const script = `
      import { Guard } from ${JSON.stringify(new URL('../../dist/services/native/guard.js', import.meta.url).href)}
      import { spawn } from 'node:child_process'
      const guard = new Guard(process.argv[1])
      const pids = [0, 1, 2].map(() => spawn('sleep', ['600'], { detached: true, stdio: 'ignore' }).pid)
      for (const pid of pids) guard.watch(pid)
      process.kill(pids[0], 'SIGKILL')
      guard.forget(pids[0])
      process.kill(pids[1], 'SIGSTOP')
      console.log(JSON.stringify(pids))
      setInterval(() => {}, 1000)
    `
    const dir = mkdtempSync(join(tmpdir(), 'qingyu-guard-'))
    onTestFinished(() => rmSync(dir, { recursive: true }))
    const file = join(dir, 'guard.pid')
    built()
    const runner = spawn(process.execPath, ['--input-type=module', '-e', script, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void runner.kill('SIGKILL'))
    const [line] = (await once(createInterface({ input: runner.stdout }), 'line')) as [string]
    const pids = (JSON.parse(line) as number[]).slice(1)
    expect(pids.map(isAlive)).toEqual([true, true])
    runner.kill('SIGKILL')
    await afterGuard(file)
    expect(pids.map(isAlive)).toEqual([false, false])
  })
})

describe('a company of processes', () => {
  it('[CL6] starts rank by rank and ends in reverse', async () => {
    const all = company()
    await all.start([specOf('a1'), specOf('a2')])
    await all.start([specOf('b')])
    expect(all.processes.map(({ spec }) => spec.name)).toEqual(['a1', 'a2', 'b'])
    await all.end()
    expect(all.lines.filter((line) => line.includes('ended'))).toEqual([
      'b: ended with SIGTERM',
      'a1: ended with SIGTERM',
      'a2: ended with SIGTERM',
    ])
  })

  it('[CL7] starts a process again when it dies, and says so', async () => {
    const all = company()
    await all.start([specOf('gateway-1')])
    const [gateway] = all.processes
    const first = gateway?.pid
    gateway?.signal('SIGKILL')
    await expect.poll(() => all.lines, { timeout: 10_000 }).toContain('gateway-1: is back')
    expect(all.lines).toContain('gateway-1: ended with SIGKILL; it is started again in 1 s')
    expect(gateway?.pid).not.toBe(first)
    await all.end()
  })

  it('[CL8] fails when one ends that keeps nothing', async () => {
    const all = company()
    await all.start([specOf('kafka', '', { forgets: true })])
    all.processes[0]?.signal('SIGKILL')
    await expect(all.failed).rejects.toMatchObject({ message: 'kafka ended with SIGKILL and kept nothing' })
  })
})

describe('what a cluster is asked for', () => {
  it('[CL9] has presets for everything', () => {
    expect(clusterOptions([], '/home')).toMatchObject({
      brokers: 1,
      aggregators: 2,
      config: '/home/config/cluster.yaml',
      hasDemo: true,
    })
  })

  it.each([['--brokers', '2'], ['--aggregators', '0'], ['--aggregators', 'many'], ['--gateways'], ['up']])(
    '[CL9] refuses %s %s',
    (...args) => {
      const given = args.filter((arg) => typeof arg === 'string')
      expect(() => clusterOptions(given, '/home')).toThrow('is not understood')
    },
  )

  it('[CL10] gives the next free port where one is taken, and none twice', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const ports = new Ports()
    const [one, two] = [await ports.from(port), await ports.from(port)]
    expect(one).toBeGreaterThan(port)
    expect(two).toBeGreaterThan(one)
  })
})
