import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { State } from '../ports.ts'
import { commitOf, levelOf, ticksOf } from '../testdata/state-lines.ts'
import { codeOf } from './log.contract.ts'
import { remembering, trimming } from './state-past.contract.ts'

/** A fresh state of 2 partitions and the roll-up under test, and how its process ends and begins anew. */
export interface StateBench {
  state: State
  reopen(): Promise<State>
  dispose(): Promise<void>
}

/** A store that several processes share; the embedded twins have one process, so nobody else can load there. */
export interface SharedStateBench extends StateBench {
  /** The same store as another process has it. */
  second(): Promise<State>
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** What every State does; run it over each twin. */
export function stateContract(name: string, open: () => Promise<StateBench>): void {
  describe(`state in ${name}`, () => {
    let bench: StateBench
    let state: State
    beforeEach(async () => {
      bench = await open()
      state = bench.state
      for (const partition of [0, 1, 2]) await state.load(partition)
    })
    afterEach(() => bench.dispose())

    committing(
      () => state,
      () => bench,
    )
    following(() => state)
    remembering(() => state)
    trimming(
      () => state,
      () => bench,
    )
  })
}

/** What a State does besides where processes share it. */
export function sharedStateContract(name: string, open: () => Promise<SharedStateBench>): void {
  describe(`state shared in ${name}`, () => {
    let bench: SharedStateBench
    beforeEach(async () => {
      bench = await open()
    })
    afterEach(() => bench.dispose())

    it('[ST40] lets only the process that loaded a partition last commit it', async () => {
      const [first, second] = [bench.state, await bench.second()]
      await Promise.all([first.load(0), first.load(1)])
      await first.commit(0, 0, commitOf(1000, 5))
      expect(await second.load(0)).toMatchObject({ offset: 5, at: 1000 })
      const levels = [levelOf(1, 2000, 1)]
      expect(await codeOf(first.commit(0, 5, commitOf(2000, 6, { levels })))).toBe('ST-fenced')
      expect(await second.levelAt(1, 2000)).toBeUndefined()
      await first.commit(1, 0, commitOf(1000, 3))
      await second.commit(0, 5, commitOf(2000, 7))
      expect(await first.load(0)).toMatchObject({ offset: 7, at: 2000 })
      expect(await codeOf(second.commit(0, 7, commitOf(3000, 8)))).toBe('ST-fenced')
    })

    it('[ST41] yields to one process what another commits', async () => {
      const [first, second] = [bench.state, await bench.second()]
      const ticks = ticksOf(second, 0, 0, 3)
      await first.load(0)
      for (let n = 1; n <= 3; n++) await first.commit(0, n - 1, commitOf(n * 1000, n))
      expect((await ticks).map((tick) => decoder.decode(tick.bytes))).toEqual([
        'tick 1000',
        'tick 2000',
        'tick 3000',
      ])
    })
  })
}

function committing(state: () => State, bench: () => StateBench): void {
  it('[ST1] loads what was committed last', async () => {
    expect(await state().load(0)).toEqual({ offset: 0, at: 0, entries: new Map() })
    const value = new Uint8Array([1, 2, 3])
    const entries = [
      { key: 's/1/1', value },
      { key: 's/1/2', value: new Uint8Array([4]) },
      { key: 'late', value: new Uint8Array() },
    ]
    await state().commit(0, 0, commitOf(1000, 5, { entries }))
    await state().commit(0, 5, commitOf(2000, 9, { entries: [{ key: 's/1/2', value: null }] }))
    const found = await state().load(0)
    expect([found.offset, found.at]).toEqual([9, 2000])
    expect(found.entries.size).toBe(2)
    expect([...(found.entries.get('s/1/1') ?? [])]).toEqual([1, 2, 3])
    expect(found.entries.get('late')).toHaveLength(0)
    expect((await state().load(1)).entries.size).toBe(0)
    expect([...((await state().entry(0, 's/1/1')) ?? [])]).toEqual([1, 2, 3])
    expect(await state().entry(0, 's/1/2')).toBeUndefined()
    expect(await state().entry(1, 's/1/1')).toBeUndefined()
  })

  it('[ST56] lists the entries under a prefix by key, and no others', async () => {
    const keys = ['a/2', 'a/1', 'a/10', 'ab', 'a[1]/x', 'a*/y', 'b/1']
    const entries = keys.map((key) => ({ key, value: encoder.encode(key) }))
    await state().commit(0, 0, commitOf(1000, 5, { entries }))
    await state().commit(1, 0, commitOf(1000, 5, { entries: [{ key: 'a/9', value: encoder.encode('') }] }))
    await state().commit(0, 5, commitOf(2000, 6, { entries: [{ key: 'a/1', value: null }] }))
    const under = async (prefix: string) => [...(await state().entries(0, prefix)).keys()]
    expect(await under('a/')).toEqual(['a/10', 'a/2'])
    expect([await under('a['), await under('a*'), await under('c/')]).toEqual([['a[1]/x'], ['a*/y'], []])
    expect(await under('')).toEqual(['a*/y', 'a/10', 'a/2', 'a[1]/x', 'ab', 'b/1'])
    expect(decoder.decode((await state().entries(0, 'b/')).get('b/1'))).toBe('b/1')
  })

  it('[ST56] lists entries without taking the partition over', async () => {
    const entries = Array.from({ length: 3000 }, (_, i) => ({ key: `n/${i}`, value: encoder.encode('x') }))
    await state().commit(0, 0, commitOf(1000, 5, { entries }))
    expect((await state().entries(0, 'n/')).size).toBe(3000)
    await state().commit(0, 5, commitOf(2000, 6))
  })

  it('[ST57] keeps the roll-up, the score and the alert stage beside the partitions of the log', async () => {
    const [rollup, score, alert] = [2, 3, 4]
    for (const partition of [score, alert]) {
      await state().load(partition)
      await state().commit(partition, 0, commitOf(9000, 9))
    }
    for (const partition of [0, 1, rollup]) await state().commit(partition, 0, commitOf(1000, 5))
    expect(await state().tick()).toBe(1000)
    expect(await state().load(alert)).toMatchObject({ offset: 9, at: 9000 })
    expect((await ticksOf(state(), alert, 0, 1)).map((tick) => tick.at)).toEqual([9000])
    await state().trim(10_000)
    expect(await codeOf(ticksOf(state(), alert, 0, 1))).toBe('ST-gone')
  })

  it('[ST1] holds acknowledged commits after reopening', async () => {
    const entries = [{ key: 'a', value: encoder.encode('x') }]
    await state().commit(1, 0, commitOf(1000, 5, { entries, levels: [levelOf(7, 1000, 2)] }))
    const reopened = await bench().reopen()
    expect(await reopened.load(1)).toMatchObject({ offset: 5, at: 1000 })
    expect(decoder.decode(await reopened.entry(1, 'a'))).toBe('x')
    expect(await reopened.levelAt(7, 1000)).toEqual(levelOf(7, 1000, 2))
    await reopened.commit(1, 5, commitOf(2000, 6))
    expect((await ticksOf(reopened, 1, 0, 2)).map((tick) => tick.at)).toEqual([1000, 2000])
  })

  it('[ST2] writes nothing when the offset is not the expected', async () => {
    await state().commit(0, 0, commitOf(1000, 5))
    const entries = [{ key: 'a', value: encoder.encode('x') }]
    const levels = [levelOf(1, 2000, 1)]
    expect(await codeOf(state().commit(0, 4, commitOf(2000, 9, { entries, levels })))).toBe('ST-fenced')
    expect(await state().load(0)).toEqual({ offset: 5, at: 1000, entries: new Map() })
    expect(await state().levelAt(1, 9000)).toBeUndefined()
    expect((await ticksOf(state(), 0, 0, 1)).map((tick) => tick.at)).toEqual([1000])
  })

  it('[ST3] lets one fenced partition harm no other', async () => {
    const commits = [
      state().commit(0, 0, commitOf(1000, 5)),
      state().commit(1, 3, commitOf(1000, 5)),
      state().commit(2, 0, commitOf(1000, 5)),
      state().commit(0, 5, commitOf(2000, 6)),
      state().commit(0, 5, commitOf(3000, 7)),
    ]
    const settled = await Promise.allSettled(commits)
    expect(settled.map((each) => each.status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'rejected',
    ])
    const loaded = await Promise.all([0, 1, 2].map((partition) => state().load(partition)))
    expect(loaded.map((each) => [each.offset, each.at])).toEqual([
      [6, 2000],
      [0, 0],
      [5, 1000],
    ])
  })

  it('[ST4] says the newest tick of every partition', async () => {
    expect(await state().tick()).toBe(0)
    await state().commit(0, 0, commitOf(3000, 5))
    await state().commit(1, 0, commitOf(2000, 5))
    expect(await state().tick()).toBe(0)
    await state().commit(2, 0, commitOf(1000, 1))
    expect(await state().tick()).toBe(1000)
  })
}

function following(state: () => State): void {
  it('[ST5] yields each tick once and waits for more', async () => {
    await state().commit(0, 0, commitOf(1000, 1))
    await state().commit(0, 1, commitOf(2000, 2))
    const all = ticksOf(state(), 0, 0, 4)
    const some = ticksOf(state(), 0, 2000, 3)
    const later = ticksOf(state(), 0, 2001, 2)
    await state().commit(1, 0, commitOf(2500, 1))
    await state().commit(0, 2, commitOf(3000, 3))
    await state().commit(0, 3, commitOf(4000, 4))
    expect((await all).map((tick) => tick.at)).toEqual([1000, 2000, 3000, 4000])
    expect((await some).map((tick) => decoder.decode(tick.bytes))).toEqual([
      'tick 2000',
      'tick 3000',
      'tick 4000',
    ])
    expect((await later).map((tick) => [tick.partition, tick.at])).toEqual([
      [0, 3000],
      [0, 4000],
    ])
  })

  it('[ST5] catches up over more ticks than memory holds', async () => {
    const commits: Promise<void>[] = []
    for (let n = 1; n <= 1500; n++) commits.push(state().commit(0, n - 1, commitOf(n * 1000, n)))
    await Promise.all(commits)
    const ticks = await ticksOf(state(), 0, 0, 1500)
    expect(ticks.map((tick) => tick.at)).toEqual(Array.from({ length: 1500 }, (_, n) => (n + 1) * 1000))
  })

  it('[ST5] ends a waiting reader when its signal aborts', async () => {
    const stop = new AbortController()
    const next = state().changes(0, 0, stop.signal)[Symbol.asyncIterator]().next()
    stop.abort()
    expect(await next).toMatchObject({ done: true })
  })
}
