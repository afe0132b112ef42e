import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, afterEach, expect, it } from 'vitest'
import { bundle } from './testdata/bundle.ts'
import { check, hear, nothingPromised } from './testdata/promised.ts'

const KILLS = 5
const TRACED = spawnSync('strace', ['-V']).status === 0
if (!TRACED) console.warn('strace is absent: order of syncs and failing disks are NOT tested')

type Child = ChildProcessByStdio<null, Readable, null>

let writer: Awaited<ReturnType<typeof bundle>>
let dir: string
beforeAll(async () => {
  writer = await bundle('./log-writer.ts')
})
afterAll(() => writer.dispose())
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'qingyu-crash-'))
})
afterEach(() => rm(dir, { recursive: true }))

/** Runs a writer to its end; `tell` is given each of its lines. */
async function listen(child: Child, tell: (line: string) => void): Promise<number | string | null> {
  const ended = new Promise<number | string | null>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? code))
  })
  for await (const line of createInterface({ input: child.stdout })) tell(line)
  return ended
}

function write(rounds: number): Child {
  return spawn(process.execPath, [writer.file, dir, String(rounds)], { stdio: ['ignore', 'pipe', 'ignore'] })
}

/** A writer whose system calls are written to `trace`, and made to fail as `inject` says. */
function writeTraced(rounds: number, trace: string, inject: readonly string[]): Child {
  const calls = ['-e', 'trace=openat,pwrite64,pwritev,fdatasync,fsync,msync,write,writev']
  const options = [
    '-f',
    '-y',
    '-qq',
    '-o',
    trace,
    ...calls,
    ...inject.flatMap((each) => ['-e', `inject=${each}`]),
  ]
  const command = [process.execPath, writer.file, dir, String(rounds)]
  return spawn('strace', [...options, ...command], { stdio: ['ignore', 'pipe', 'ignore'] })
}

it('[LG11] loses nothing acknowledged when killed under load', async () => {
  const promised = nothingPromised()
  for (let kill = 1; kill <= KILLS; kill++) {
    const lines = 1 + Math.floor(Math.random() * 400)
    let said = 0
    const child = write(1_000_000)
    const end = await listen(child, (line) => {
      hear(promised, line)
      if (++said === lines) child.kill('SIGKILL')
    })
    expect(end, `kill ${kill} after ${lines} lines`).toBe('SIGKILL')
    await check(promised, dir)
  }
})

/** The calls that matter, in the order in which they ended (an acknowledgement: began). */
function eventsOf(trace: string): string[] {
  const halves = new Map<string, string>()
  const events: string[] = []
  for (const line of trace.split('\n')) {
    const [pid = ''] = line.split(' ')
    const whole = line.includes(' resumed>') ? `${halves.get(pid) ?? ''}${line}` : line
    if (/ write\(1<.*"log /.test(line)) events.push('acknowledged')
    if (line.includes('<unfinished')) {
      halves.set(pid, line)
      continue
    }
    const failed = / = -1 /.test(line)
    if (failed) continue
    if (/ fdatasync\(\d+<[^>]*data\.mdb>/.test(whole)) events.push('synced')
    // The root page is written through a handle of its own, opened for synchronous writes: 128 bytes in page 0 or 1.
    const root = / pwrite64\(\d+<[^>]*data\.mdb>.*, 128, (40|4136)\)?/.test(whole)
    if (root) events.push('root')
    else if (/ (pwrite64|pwritev|writev)\(\d+<[^>]*data\.mdb>/.test(whole)) events.push('page')
  }
  return events
}

it.skipIf(!TRACED)('[LG2] acknowledges after pages, sync and root', async () => {
  const trace = join(dir, 'trace')
  await listen(write(1), () => {})
  expect(await listen(writeTraced(6, trace, []), () => {})).toBe(0)
  const text = await readFile(trace, 'utf8')
  expect(text).toMatch(/data\.mdb", O_WRONLY\|O_DSYNC/)
  const events = eventsOf(text)
  const batches = events
    .join(' ')
    .split(/(?:acknowledged ?)+/)
    .slice(0, -1)
  expect(batches).toHaveLength(6)
  for (const batch of batches) expect(batch.trim()).toMatch(/(^|root )(page )+synced root$/)
})

it.skipIf(!TRACED)('[LG10] puts appends of one turn under one sync', async () => {
  const trace = join(dir, 'trace')
  await listen(write(1), () => {})
  let acknowledged = 0
  await listen(writeTraced(10, trace, []), (line) => {
    if (line.startsWith('log ')) acknowledged++
  })
  const syncs = eventsOf(await readFile(trace, 'utf8')).filter((event) => event === 'synced')
  expect(acknowledged).toBe(10 * 4 * 5)
  // One for the appends and one for the state of each round.
  expect(syncs.length).toBeLessThanOrEqual(20)
})

it.skipIf(!TRACED).each([
  ['a sync', 'fdatasync:error=EIO:when=3+5'],
  ['a full disk', 'writev:error=ENOSPC:when=9..12'],
])('[LG8] acknowledges nothing that %s refused, then goes on', async (_, inject) => {
  const promised = nothingPromised()
  await listen(write(2), (line) => hear(promised, line))
  await listen(writeTraced(30, '/dev/null', [inject]), (line) => hear(promised, line))
  expect(promised.failures).toBeGreaterThan(0)
  expect(promised.recovered).toBeGreaterThan(0)
  await check(promised, dir)
  await listen(write(2), (line) => hear(promised, line))
  await check(promised, dir)
})

it.skipIf(!TRACED)('[LG12] refuses everything once its root cannot be written', async () => {
  const promised = nothingPromised()
  await listen(write(2), (line) => hear(promised, line))
  await listen(writeTraced(30, '/dev/null', ['pwrite64:error=EIO:when=4+1']), (line) => {
    if (line !== 'closed') hear(promised, line)
  })
  expect(promised.failures).toBeGreaterThan(0)
  await check(promised, dir)
})
