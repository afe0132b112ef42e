import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { SOON } from './adapters/ownership.contract.ts'
import { openRedisState, type RedisState } from './adapters/state.redis.ts'
import { bundle } from './adapters/testdata/bundle.ts'
import { alertPartition, encodeAlertRecord, quietRecord } from './core/alert-record.ts'
import { Alerting } from './core/alerting.ts'
import { encodeTickRecord, type TickRecord } from './core/change.ts'
import { encodeScore, evenScore, SCORE_KEY } from './core/score.ts'
import { storyOf, STORY_PLAN, STORY_POLICY, storyState } from './testdata/alert-story.ts'
import { HAS_REDIS, RedisBed, type RedisServer } from './testdata/redis.ts'

const TICKS = 120
const OWN = alertPartition(STORY_PLAN)
const SCORE = STORY_PLAN.partitions + 1
const { records } = storyOf(TICKS)
const times = [...new Set(records.map(({ at }) => at))]
const byTick = new Map(times.map((at) => [at, records.filter((record) => record.at === at)]))

/** A record in short: its tick and a hash of its bytes; nothing for one that says nothing. */
function brief(at: number, record: Uint8Array): string[] {
  if (record.length === encodeAlertRecord(quietRecord(at)).length) return []
  return [`${at} ${createHash('sha256').update(record).digest('hex').slice(0, 12)}`]
}

/** What one stage makes of the story, never disturbed. */
function undisturbed(): string[] {
  const watch = new Alerting(STORY_PLAN, STORY_POLICY, { offset: 0, at: 0, entries: new Map() })
  return times.flatMap((at) => {
    const commit = watch.apply({ at, records: byTick.get(at) ?? [] })
    return commit === null ? [] : brief(at, commit.record)
  })
}

/** The aggregate stage of the story: tells ticks, and by the score with whom. */
class Teller {
  readonly #state: RedisState
  #told = 0

  constructor(state: RedisState) {
    this.#state = state
  }

  async begin(): Promise<void> {
    for (let partition = 0; partition <= SCORE; partition++) await this.#state.load(partition)
  }

  async tell(count: number): Promise<void> {
    for (const at of times.slice(this.#told, this.#told + count)) {
      for (const record of byTick.get(at) ?? []) await this.#commit(record.partition, record)
      await this.#score(at)
    }
    this.#told += count
  }

  async #commit(partition: number, record: TickRecord): Promise<void> {
    const { offset } = await this.#head(partition)
    const commit = { at: record.at, offset: offset + 1, entries: [], levels: [], readings: [] }
    await this.#state.commit(partition, offset, { ...commit, record: encodeTickRecord(record) })
  }

  async #score(at: number): Promise<void> {
    const { offset } = await this.#head(SCORE)
    const record = encodeScore(evenScore(STORY_PLAN.partitions, at))
    const entries = [{ key: SCORE_KEY, value: record }]
    await this.#state.commit(SCORE, offset, { at, offset: at, entries, record, levels: [], readings: [] })
  }

  async #head(partition: number): Promise<{ offset: number }> {
    return { offset: (await this.#state.offsetAt(partition, Number.MAX_SAFE_INTEGER)) ?? 0 }
  }
}

describe.skipIf(!HAS_REDIS)('two processes with the alert stage', () => {
  let bed: RedisBed
  let server: RedisServer
  let entry: Awaited<ReturnType<typeof bundle>>
  let prefixes = 0
  beforeAll(async () => {
    bed = await RedisBed.open()
    server = await bed.server()
    entry = await bundle('../../testdata/alert-standby.ts')
  })
  afterAll(async () => {
    entry.dispose()
    await bed.close()
  })

  async function scene() {
    const prefix = `standby-${prefixes++}`
    const state = await openRedisState(storyState({ url: server.url, prefix }))
    onTestFinished(() => state.close())
    const teller = new Teller(state)
    await teller.begin()
    const start = (name: string) => {
      const child = spawn(process.execPath, [entry.file, server.url, prefix, name], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      onTestFinished(() => void child.kill('SIGKILL'))
      const said: string[] = []
      createInterface({ input: child.stdout }).on('line', (line) => said.push(line))
      return { child, said }
    }
    /** What the stage has committed so far. */
    const told = async (): Promise<string[]> => {
      const at = Number(await server.ask('HGET', `{${prefix}:${OWN}}:head`, 'at'))
      const stop = new AbortController()
      const found: string[] = []
      if (at > 0)
        for await (const batch of state.changes(OWN, 0, stop.signal)) {
          found.push(...batch.flatMap(({ at: tick, bytes }) => brief(tick, bytes)))
          if ((batch.at(-1)?.at ?? 0) >= at) break
        }
      stop.abort()
      return found
    }
    return { teller, start, told }
  }

  const calm = undisturbed()
  const hasTold = async (told: () => Promise<string[]>, count: number): Promise<void> => {
    await expect.poll(async () => (await told()).length, SOON).toBeGreaterThanOrEqual(count)
  }

  it('[AS12] go on one for the other when the active one is killed', async () => {
    const { teller, start, told } = await scene()
    const first = start('first')
    await expect.poll(() => first.said, SOON).toEqual(['active'])
    const second = start('second')
    await teller.tell(TICKS / 2)
    await hasTold(told, 5)
    first.child.kill('SIGKILL')
    await teller.tell(TICKS / 2)
    await expect.poll(() => second.said, SOON).toEqual(['active'])
    await expect.poll(told, SOON).toEqual(calm)
    expect(calm.length).toBeGreaterThan(20)
  })

  it('[AS12] go on one for the other when the active one is paused, which then stands by', async () => {
    const { teller, start, told } = await scene()
    const first = start('first')
    await expect.poll(() => first.said, SOON).toEqual(['active'])
    const second = start('second')
    await teller.tell(TICKS / 3)
    await hasTold(told, 5)
    first.child.kill('SIGSTOP')
    await teller.tell(TICKS / 3)
    await expect.poll(() => second.said, SOON).toEqual(['active'])
    first.child.kill('SIGCONT')
    await expect.poll(() => first.said.slice(0, 2), SOON).toEqual(['active', 'lost'])
    await teller.tell(TICKS / 3)
    await expect.poll(told, SOON).toEqual(calm)
    expect(second.said).toEqual(['active'])
    second.child.kill('SIGKILL')
    await expect.poll(() => first.said.filter((line) => line === 'active'), SOON).toHaveLength(2)
  })
})
