import { expect } from 'vitest'
import { QingyuError } from '../../core/errors.ts'
import type { Commit, State, TickBytes } from '../../ports.ts'
import { commitOf } from '../../testdata/state-lines.ts'

/** Commits on their way at once, as the aggregate stage has them. */
const OUTSTANDING = 8

/** Tick `n` of a life in which what is applied twice can be seen: a reading more with each. */
export function tickOf(n: number): Commit {
  const entries = [
    { key: 'count', value: Uint8Array.of(n % 256, n >> 8) },
    { key: `s/${n % 7}`, value: Uint8Array.of(n % 256) },
  ]
  const readings = [{ area: 1, indicator: 'noise', pane: n * 1000, value: n, samples: 1 }]
  return commitOf(n * 1000, n, { entries, readings })
}

/** Makes the ticks of partition 0 up to `last` as the aggregate stage does: what Redis lost is loaded and made again. */
export async function live(state: State, last: number): Promise<void> {
  let { offset } = await state.load(0)
  while (offset < last) {
    const ticks = Array.from({ length: Math.min(OUTSTANDING, last - offset) }, (_, i) => offset + i)
    const settled = await Promise.allSettled(ticks.map((n) => state.commit(0, n, tickOf(n + 1))))
    offset += ticks.length
    const refused = settled.find((each) => each.status === 'rejected')
    if (refused === undefined) continue
    if (!(refused.reason instanceof QingyuError) || refused.reason.code !== 'ST-rewound') throw refused.reason
    offset = (await state.load(0)).offset
  }
}

/** Ticks from `from` to `to`, as a reader gets them. */
export async function ticksTo(state: State, from: number, to: number): Promise<number[]> {
  const stop = new AbortController()
  const ticks: TickBytes[] = []
  for await (const some of state.changes(0, from, stop.signal)) {
    ticks.push(...some)
    if ((some.at(-1)?.at ?? 0) >= to) stop.abort()
  }
  return ticks.map((tick) => tick.at)
}

/** What {@link live} leaves behind, each tick applied once. */
export async function expectLife(state: State, last: number): Promise<void> {
  const { offset, at, entries } = await state.load(0)
  expect([offset, at]).toEqual([last, last * 1000])
  expect([...(entries.get('count') ?? [])]).toEqual([last % 256, last >> 8])
  const ticks = Array.from({ length: last }, (_, i) => (i + 1) * 1000)
  expect(await ticksTo(state, 0, last * 1000)).toEqual(ticks)
  const readings = await state.readings(1, 'noise', 0, last * 1000, last + 1)
  expect(readings.map((line) => line.pane)).toEqual(ticks)
}
