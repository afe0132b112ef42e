import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tickRecord } from '../testdata/small-city.ts'
import { alignTicks } from './align.ts'
import { encodeTickRecord } from './change.ts'
import type { TickBytes } from './commit.ts'
import { behindOf, Conductor, decodeScore, encodeScore, evenScore, type Score } from './score.ts'

const PATIENCE = 3

/** Ticks of each partition (the roll-up is one), ascending and with gaps of their own. */
const histories = fc.array(
  fc
    .uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 40 })
    .map((ticks) => ticks.sort((a, b) => a - b)),
  { minLength: 2, maxLength: 4 },
)
/** Whose next tick is heard, and whether the overdue are left behind then; one for each tick of {@link histories}. */
const turns = fc.array(fc.tuple(fc.nat(), fc.boolean()), { minLength: 160, maxLength: 160 })

/** Hears everything in the order of `turns`, and asks after each tick heard. */
function play(
  histories: readonly (readonly number[])[],
  order: readonly (readonly [number, boolean])[],
  patience = PATIENCE,
  after: (scores: readonly Score[], heard: readonly number[], conductor: Conductor) => Conductor = (
    _,
    __,
    it,
  ) => it,
): Score[] {
  const scores: Score[] = []
  const heard = histories.map(() => 0)
  let conductor = new Conductor(patience, evenScore(histories.length - 1, 0))
  const ask = (leave: boolean) => {
    for (let score = conductor.next(leave); score !== undefined; score = conductor.next(leave))
      scores.push(score)
  }
  for (const [turn, leave] of order) {
    const open = histories.flatMap((ticks, i) => ((heard[i] ?? 0) < ticks.length ? [i] : []))
    if (open.length === 0) break
    const partition = open[turn % open.length] ?? 0
    conductor.note(partition, histories[partition]?.[heard[partition] ?? 0] ?? 0)
    heard[partition] = (heard[partition] ?? 0) + 1
    ask(leave)
    conductor = after(scores, heard, conductor)
  }
  return scores
}

/** Ticks of a partition that each score adds. */
function added(scores: readonly Score[], partition: number, ticks: readonly number[]): number[][] {
  let before = 0
  return scores.map(({ reached }) => {
    const from = before
    before = reached[partition] ?? 0
    return ticks.filter((at) => at > from && at <= before)
  })
}

function conductorOf(partitions: number, ...notes: readonly (readonly [number, number])[]): Conductor {
  const conductor = new Conductor(PATIENCE, evenScore(partitions, 0))
  for (const [partition, at] of notes) conductor.note(partition, at)
  return conductor
}

describe('score', () => {
  it('[SC1] tells what aligned partitions would', async () => {
    await fc.assert(
      fc.asyncProperty(histories, turns, async (ticks, order) => {
        const scores = play(ticks, order, Infinity)
        const changes = async function* (partition: number): AsyncGenerator<readonly TickBytes[]> {
          await Promise.resolve()
          for (const at of ticks[partition] ?? [])
            yield [{ partition, at, bytes: encodeTickRecord(tickRecord(partition, at)) }]
        }
        const expected: [number, number[]][] = []
        const { signal } = new AbortController()
        for await (const { at, records } of alignTicks(changes, [...ticks.keys()], 0, signal))
          expected.push([at, records.map((record) => record.partition)])
        const parts = ticks.map((history, partition) => added(scores, partition, history))
        const told = scores.map(({ at }, i) => {
          expect(parts.flatMap((of) => of[i]?.filter((tick) => tick !== at) ?? [])).toEqual([])
          return [at, [...parts.keys()].filter((partition) => parts[partition]?.[i]?.length === 1)]
        })
        expect(told).toEqual(expected)
        expect(scores.every(({ late }) => late.length === 0)).toBe(true)
      }),
    )
  })

  it('[SC2] tells each record once, in order, whatever lags', () => {
    fc.assert(
      fc.property(histories, turns, (ticks, order) => {
        const scores = play(ticks, order)
        const ats = scores.map(({ at }) => at)
        expect(ats).toEqual([...new Set(ats)].sort((a, b) => a - b))
        for (const [partition, history] of ticks.entries()) {
          const parts = added(scores, partition, history)
          expect(parts.flat()).toEqual(history.slice(0, parts.flat().length))
          for (const [i, { at, late, reached }] of scores.entries()) {
            expect(Math.max(...(parts[i] ?? []), 0)).toBeLessThanOrEqual(at)
            const newest = history.findLast((tick) => tick <= at) ?? 0
            expect(late.includes(partition) ? newest : reached[partition]).toBe(newest)
          }
        }
      }),
    )
  })

  it('[SC3] waits for a partition as long as its patience', () => {
    const conductor = conductorOf(1, [0, 1], [1, 1])
    expect(conductor.next(true)).toEqual({ at: 1, reached: [1, 1], late: [] })
    for (const at of [2, 3, 4]) conductor.note(0, at)
    expect([conductor.overdue, conductor.next(true)]).toEqual([false, undefined])
    conductor.note(0, 5)
    expect([conductor.overdue, conductor.next(false)]).toEqual([true, undefined])
    expect(conductor.next(true)).toEqual({ at: 2, reached: [2, 1], late: [1] })
    expect(behindOf({ at: 2, reached: [2, 1], late: [1] })).toEqual([{ partition: 1, at: 1 }])
  })

  it('[SC3] goes on without one left behind until it is back', () => {
    const conductor = conductorOf(1, [0, 1], [1, 1], [0, 2], [0, 5])
    const told = () => conductor.next(true)
    expect([told()?.late, told()?.late, told()?.late]).toEqual([[], [1], [1]])
    conductor.note(0, 6)
    conductor.note(1, 3)
    expect(told()).toEqual({ at: 6, reached: [6, 3], late: [1] })
    expect(told()).toBeUndefined()
    conductor.note(1, 4)
    conductor.note(1, 7)
    expect(told()).toBeUndefined()
    conductor.note(0, 8)
    expect(told()).toEqual({ at: 7, reached: [6, 7], late: [] })
    expect([conductor.overdue, told()]).toEqual([false, undefined])
  })

  it('[SC3] waits again for one that came near', () => {
    const conductor = conductorOf(1, [0, 1], [0, 4])
    expect([conductor.next(true)?.late, conductor.next(true)?.late]).toEqual([[1], [1]])
    for (const tick of [1, 2, 3]) conductor.note(1, tick)
    conductor.note(0, 5)
    expect(conductor.next(true)).toEqual({ at: 5, reached: [5, 3], late: [1] })
    conductor.note(1, 5)
    conductor.note(0, 6)
    expect(conductor.next(true)).toBeUndefined()
    conductor.note(1, 6)
    expect(conductor.next(true)).toEqual({ at: 6, reached: [6, 6], late: [] })
  })

  it('[SC3] waits again for one that is a tick behind, however long a tick is', () => {
    const conductor = conductorOf(1, [0, 10], [1, 10], [0, 20], [0, 30])
    expect([conductor.next(true)?.late, conductor.next(true)?.late]).toEqual([[], [1]])
    // As the roll-up, which says a tick a moment after the partitions.
    for (const at of [20, 30]) conductor.note(1, at)
    expect(conductor.next(true)).toEqual({ at: 30, reached: [30, 30], late: [] })
    for (const at of [40, 50]) conductor.note(0, at)
    expect(conductor.next(true)).toEqual({ at: 40, reached: [40, 30], late: [1] })
    conductor.note(1, 40)
    expect(conductor.next(true)).toBeUndefined()
    conductor.note(1, 50)
    expect(conductor.next(true)).toEqual({ at: 50, reached: [50, 50], late: [] })
  })

  it('[SC3] goes on with who came back when the other stops', () => {
    const conductor = conductorOf(1, [0, 1], [0, 4], [0, 5])
    for (let i = 0; i < 3; i++) expect(conductor.next(true)?.late).toEqual([1])
    for (const at of [6, 7, 10]) conductor.note(1, at)
    expect(conductor.next(true)).toEqual({ at: 6, reached: [5, 6], late: [0] })
    expect(conductor.next(true)).toEqual({ at: 7, reached: [5, 7], late: [0] })
  })

  it('[SC4] goes on from its last score as if it had not stopped', () => {
    fc.assert(
      fc.property(histories, fc.nat(60), turns, (ticks, stop, order) => {
        const whole = play(ticks, order)
        let turn = 0
        const resumed = play(ticks, order, PATIENCE, (scores, heard, conductor) => {
          if (turn++ !== stop) return conductor
          const last = scores.at(-1)
          const stored = last === undefined ? evenScore(ticks.length - 1, 0) : decodeScore(encodeScore(last))
          const next = new Conductor(PATIENCE, stored)
          for (const [partition, history] of ticks.entries())
            for (const at of history.slice(0, heard[partition])) next.note(partition, at)
          return next
        })
        expect(resumed).toEqual(whole)
      }),
    )
  })

  it('[SC5] brings one that was long away back in pieces', () => {
    const conductor = conductorOf(1, [0, 1], [0, 2000], [0, 2004])
    for (let i = 0; i < 3; i++) expect(conductor.next(true)?.late).toEqual([1])
    for (let at = 1; at <= 2005; at++) conductor.note(1, at)
    const told = []
    for (let at = 2005; at <= 2013; at++) {
      conductor.note(0, at)
      conductor.note(1, at)
      const score = conductor.next(false)
      told.push([score?.reached[1], score?.late.length])
    }
    const pieces = [256, 512, 768, 1024, 1280, 1536, 1792].map((tick) => [tick, 1])
    expect(told).toEqual([...pieces, [2012, 0], [2013, 0]])
  })

  it('[SC5] holds 10,000 ticks of a partition', () => {
    const conductor = conductorOf(1)
    for (let at = 1; at < 10_000; at++) conductor.note(1, at)
    expect(conductor.full(1)).toBe(false)
    conductor.note(1, 10_000)
    expect([conductor.full(1), conductor.full(0)]).toEqual([true, false])
  })
})
