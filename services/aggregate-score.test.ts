import { afterEach, describe, expect, it } from 'vitest'
import { VirtualClock } from './adapters/clock.virtual.ts'
import { MemoryDisk } from './adapters/disk.memory.ts'
import { MemoryState } from './adapters/state.memory.ts'
import { followScore } from './aggregate-score.ts'
import { decodeScore, type Score } from './core/score.ts'
import { smallPlan } from './testdata/small-city.ts'
import { until } from './testdata/small-server.ts'

const plan = smallPlan()
const SCORE = plan.partitions + 1
const PATIENCE = 3_000

const running: AbortController[] = []
afterEach(() => {
  for (const stop of running.splice(0)) stop.abort()
})

function scene() {
  const clock = new VirtualClock(0)
  const state = new MemoryState(new MemoryDisk({ defer: (run) => void setImmediate(run) }), plan)
  const commit = async (partition: number, ...ticks: readonly number[]) => {
    for (const at of ticks) {
      const { offset } = await state.load(partition)
      const record = new Uint8Array(0)
      await state.commit(partition, offset, { offset: at, at, entries: [], record, levels: [], readings: [] })
    }
  }
  const start = (of: Pick<MemoryState, 'load' | 'commit' | 'changes'> = state, patience = PATIENCE) => {
    const stop = new AbortController()
    running.push(stop)
    const done = followScore({ state: of as MemoryState, plan }, { patience, clock }, stop)
    return { stop, done }
  }
  /** Scores told so far, once `count` are. */
  const told = async (count: number): Promise<Score[]> => {
    const scores: Score[] = []
    const stop = new AbortController()
    for await (const batch of state.changes(SCORE, 0, stop.signal)) {
      scores.push(...batch.map(({ bytes }) => decodeScore(bytes)))
      if (scores.length >= count) break
    }
    return scores
  }
  return { clock, state, commit, start, told }
}

describe('score of the aggregate stage', () => {
  it('[SC9] commits each tick that all have committed', async () => {
    const { state, commit, start, told } = scene()
    start()
    for (const partition of [0, 1, 2]) await commit(partition, 1_000, 2_000)
    expect(await told(2)).toEqual([
      { at: 1_000, reached: [1_000, 1_000, 1_000], late: [] },
      { at: 2_000, reached: [2_000, 2_000, 2_000], late: [] },
    ])
    expect(await state.load(SCORE)).toMatchObject({ offset: 2_000, at: 2_000 })
  })

  it('[SC9] takes up where it stands', async () => {
    const { commit, start, told } = scene()
    const first = start()
    for (const partition of [0, 1, 2]) await commit(partition, 1_000)
    await told(1)
    first.stop.abort()
    await first.done
    for (const partition of [2, 1, 0]) await commit(partition, 2_000, 3_000)
    start()
    expect((await told(3)).map(({ at }) => at)).toEqual([1_000, 2_000, 3_000])
  })

  it('[SC9] stops when another process tells the score', async () => {
    const { state, commit, start, told } = scene()
    const { done } = start()
    for (const partition of [0, 1, 2]) await commit(partition, 1_000)
    await told(1)
    await commit(SCORE, 1_500)
    for (const partition of [0, 1, 2]) await commit(partition, 2_000)
    await expect(done).rejects.toMatchObject({ code: 'ST-fenced' })
    expect(await state.load(SCORE)).toMatchObject({ at: 1_500 })
  })

  it('[SC10] leaves nobody behind for half a second', async () => {
    const { clock, commit, start, told, state } = scene()
    start()
    await commit(0, 1_000, 2_000, 3_000, 4_000)
    await commit(1, 1_000, 2_000, 3_000, 4_000)
    await until(() => clock.next === 500)
    clock.advance(499)
    // What one pause held up comes in a moment.
    await commit(2, 1_000)
    expect((await told(1)).at(-1)).toMatchObject({ at: 1_000, late: [] })
    await commit(0, 5_000)
    await until(() => clock.next === 999)
    expect(state.newest(SCORE)).toBe(1_000)
    clock.advance(500)
    expect((await told(2))[1]).toEqual({ at: 2_000, reached: [2_000, 2_000, 1_000], late: [2] })
  })

  it('[SC5] reads a partition no further than 10,000 ticks', async () => {
    const { state, commit, start, told } = scene()
    const ticks = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i)
    let read = 0
    const counted = Object.assign(Object.create(state) as MemoryState, {
      load: state.load.bind(state),
      commit: state.commit.bind(state),
      async *changes(partition: number, ...of: [number, AbortSignal]) {
        const batches = partition === 1 ? [ticks(1, 6_000), ticks(6_001, 6_000), ticks(12_001, 6_000)] : []
        for (const batch of batches) {
          read += batch.length
          yield batch.map((at) => ({ partition, at, bytes: new Uint8Array(0) }))
        }
        yield* state.changes(partition, ...of)
      },
    })
    start(counted, Infinity)
    await until(() => read === 12_000)
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(read).toBe(12_000)
    await commit(0, 2_500)
    await commit(2, 2_500)
    expect((await told(2_500)).length).toBe(2_500)
    await until(() => read === 18_000)
  })

  it('[SC11] begins at the oldest tick still held', async () => {
    const { state, commit, start, told } = scene()
    const day = 86_400_000
    for (const partition of [0, 1, 2]) await commit(partition, day, 3 * day)
    await state.trim(2 * day)
    start()
    expect((await told(1))[0]).toEqual({ at: 3 * day, reached: [3 * day, 3 * day, 3 * day], late: [] })
  })
})
