import { afterEach, describe, expect, it } from 'vitest'
import { MemoryDisk } from './adapters/disk.memory.ts'
import { ownAll } from './adapters/ownership.embedded.ts'
import { MemoryState } from './adapters/state.memory.ts'
import { startAlert, type AlertParts, type AlertStage, type Watch } from './alert.ts'
import { aligned } from './core/align.ts'
import {
  alertPartition,
  decodeAlertRecord,
  encodeAlertRecord,
  quietRecord,
  type AlertRecord,
} from './core/alert-record.ts'
import { encodeTickRecord, type RuleVerdict } from './core/change.ts'
import type { LevelHistory, Snapshot } from './core/commit.ts'
import { conducted } from './core/conducted.ts'
import { QingyuError } from './core/errors.ts'
import { encodeScore, evenScore, SCORE_KEY } from './core/score.ts'
import type { Ownership } from './ports.ts'
import { decided, smallPlan, tickRecord } from './testdata/small-city.ts'
import { until } from './testdata/small-server.ts'

const plan = smallPlan()
const OWN = alertPartition(plan)
const SCORE = plan.partitions + 1
const START = Date.UTC(2026, 10, 22)
const EMPTY = { entries: [], record: new Uint8Array(0), levels: [], readings: [] }
const at = (tick: number) => START + tick * 1000

const warns = (area: number, rank: number, rule = 'pm25-high'): RuleVerdict => ({
  area,
  rule,
  rank,
  value: 80,
  limit: 75,
})
const spell = ({ area, rule, rank }: RuleVerdict) => `${area} ${rule} ${rank}`

/** Repeats what rules say, and keeps it; a tick without any changes nothing. What a real watch makes of it is core's. */
function echo(stored: Snapshot): Watch & { known: Map<string, number> } {
  const known = new Map<string, number>()
  for (const [key, value] of stored.entries) known.set(key, value[0] ?? 0)
  return {
    known,
    apply(tick) {
      const verdicts = tick.records.flatMap((record) => record.verdicts ?? [])
      if (verdicts.length === 0) return null
      const entries = verdicts.map(({ area, rule, rank }) => ({
        key: `v/${area}/${rule}`,
        value: rank === 0 ? null : Uint8Array.of(rank),
      }))
      const record = encodeAlertRecord({ ...quietRecord(tick.at), unsubscribed: verdicts.map(spell) })
      return { offset: tick.at, at: tick.at, entries, record, levels: [], readings: [] }
    },
  }
}

function line(area: number, tick: number, rank: number): LevelHistory {
  return { area, at: at(tick), since: at(tick), decision: decided(rank) }
}

const running: AlertStage[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((stage) => stage.stop()))
})

function scene(state = new MemoryState(new MemoryDisk({ defer: (run) => void setImmediate(run) }), plan)) {
  const said: string[] = []
  const heard: AlertRecord[] = []
  /** Commits one tick of all partitions; partition 0 tells the verdicts. */
  const tell = async (tick: number, verdicts: readonly RuleVerdict[] = [], levels: LevelHistory[] = []) => {
    for (let partition = 0; partition <= plan.partitions; partition++) {
      const { offset } = await state.load(partition)
      const own = partition === 0 ? { verdicts } : {}
      const record = encodeTickRecord(tickRecord(partition, at(tick), own))
      const commit = { ...EMPTY, at: at(tick), offset: offset + 1, record }
      await state.commit(partition, offset, { ...commit, levels: partition === 0 ? levels : [] })
    }
  }
  /** Tells a tick to those who follow the score. */
  const score = async (tick: number) => {
    const { offset } = await state.load(SCORE)
    const record = encodeScore(evenScore(plan.partitions, at(tick)))
    const entries = [{ key: SCORE_KEY, value: record }]
    await state.commit(SCORE, offset, { ...EMPTY, at: at(tick), offset: at(tick), entries, record })
  }
  const start = (part: Partial<AlertParts> = {}): AlertStage => {
    const stage = startAlert({
      ticks: aligned(state, plan.partitions),
      state,
      plan,
      ownership: ownAll(1),
      watch: echo,
      report: (sentence) => said.push(sentence),
      committed: (record) => heard.push(record),
      ...part,
    })
    running.push(stage)
    return stage
  }
  /** What the stage said of each tick, once it has said so much. */
  const told = async (count: number, from = 0): Promise<[tick: number, what: readonly string[]][]> => {
    const records: AlertRecord[] = []
    for await (const batch of state.changes(OWN, from, new AbortController().signal)) {
      records.push(...batch.map(({ bytes }) => decodeAlertRecord(bytes)))
      if (records.length >= count) break
    }
    return records.map((record) => [(record.at - START) / 1000, record.unsubscribed])
  }
  return { state, said, heard, tell, score, start, told }
}

describe('alert stage', () => {
  it('[AS1] commits what becomes of each tick, with the tick as offset, and tells of it after', async () => {
    const { state, heard, tell, start, told } = scene()
    start()
    await tell(1, [warns(5, 2)])
    await tell(2)
    await tell(3, [warns(5, 0), warns(6, 3)])
    expect(await told(2)).toEqual([
      [1, ['5 pm25-high 2']],
      [3, ['5 pm25-high 0', '6 pm25-high 3']],
    ])
    await until(() => heard.length === 2)
    const { offset, at: last, entries } = await state.load(OWN)
    expect([offset, last, [...entries.keys()]]).toEqual([at(3), at(3), ['v/6/pm25-high']])
  })

  it('[AS2] takes up behind the last tick that its state holds', async () => {
    const { tell, start, told } = scene()
    const first = start()
    await tell(1, [warns(5, 2)])
    await told(1)
    await first.stop()
    await tell(2, [warns(5, 3)])
    const begun: number[] = []
    start({ onActive: (stored) => begun.push(stored.at) })
    await tell(3, [warns(5, 1)])
    expect((await told(3)).map(([tick]) => tick)).toEqual([1, 2, 3])
    expect(begun).toEqual([at(1)])
  })

  it('[AS3] gives up what another process took, and goes on behind it when it is given again', async () => {
    const { state, said, tell, start, told } = scene()
    const all = ownAll(1)
    const lost: boolean[] = []
    const ownership: Ownership = {
      held: all.held,
      reached() {},
      stop: () => all.stop(),
      start: (own) =>
        all.start(async (_, signal) => {
          while (!signal.aborted) await own(0, signal)
        }),
    }
    start({ ownership, onActive: (_, signal) => signal.addEventListener('abort', () => lost.push(true)) })
    await tell(1, [warns(5, 2)])
    await told(1)
    await state.commit(OWN, at(1), {
      ...EMPTY,
      at: at(2),
      offset: at(2),
      record: encodeAlertRecord(quietRecord(at(2))),
    })
    await tell(2, [warns(5, 3)])
    await tell(3, [warns(5, 4)])
    expect((await told(3)).map(([tick]) => tick)).toEqual([1, 2, 3])
    expect([lost, said[0]]).toEqual([[true], expect.stringContaining(`partition ${OWN}`)])
  })

  it('[AS4] makes again what its state has lost', async () => {
    const { state, said, tell, start, told } = scene()
    const commit = state.commit.bind(state)
    let isLost = false
    state.commit = (partition, expected, next) => {
      if (partition !== OWN || isLost || next.at < at(3)) return commit(partition, expected, next)
      isLost = true
      return Promise.reject(new QingyuError('ST-rewound', { partition, value: 0, expected }))
    }
    start()
    for (let tick = 1; tick <= 5; tick++) await tell(tick, [warns(5, tick % 4)])
    expect((await told(5)).map(([tick]) => tick)).toEqual([1, 2, 3, 4, 5])
    expect(said.filter((sentence) => sentence.includes('lost commits'))).toHaveLength(1)
  })

  it('[AS5] goes on at the oldest tick held with the levels of then, and says so', async () => {
    const { state, said, tell, start, told } = scene()
    const first = start()
    await tell(
      1,
      [warns(5, 2), warns(6, 2), warns(7, 3, 'noise-calls')],
      [line(5, 1, 2), line(6, 1, 2), line(7, 1, 3)],
    )
    await told(1)
    await first.stop()
    // Area 6 is calm by now, 8 is red, and of 7 only the graver rule decides.
    await tell(2, [warns(6, 0), warns(8, 4)], [line(6, 2, 0), line(8, 2, 4)])
    await tell(3, [warns(7, 4)], [line(7, 3, 4)])
    await tell(4)
    await state.trim(at(4))
    start()
    expect((await told(1, at(4)))[0]).toEqual([
      4,
      ['5 pm25-high 2', '6 pm25-high 0', '7 pm25-high 4', '8 pm25-high 4'],
    ])
    expect([...(await state.load(OWN)).entries.keys()].sort()).toEqual([
      'v/5/pm25-high',
      'v/7/noise-calls',
      'v/7/pm25-high',
      'v/8/pm25-high',
    ])
    expect(said.at(-1)).toMatch(/^Ticks from .*00:00:01.* to .*00:00:04.* are gone/)
  })

  it('[AS6] begins with the first tick of the log', async () => {
    const { said, tell, start, told } = scene()
    await tell(1, [warns(5, 2)])
    await tell(2, [warns(6, 2)])
    start()
    expect((await told(2)).map(([tick]) => tick)).toEqual([1, 2])
    expect(said).toEqual([])
  })

  it('[AS6] begins with the next tick where the first are gone, with the levels in force', async () => {
    const { state, tell, start, told } = scene()
    await tell(1, [], [line(5, 1, 2)])
    await tell(2)
    await tell(3)
    await state.trim(at(2))
    const stage = start()
    await until(() => stage.reached === 0)
    await tell(4, [warns(9, 1)])
    expect(await told(1)).toEqual([[4, ['5 pm25-high 2', '9 pm25-high 1']]])
  })

  it('[AS7] commits every 3 s though nothing happens, so that old ticks may go and desks see it live', async () => {
    const { state, tell, start, told } = scene()
    start()
    await tell(1, [warns(5, 2)])
    for (let tick = 2; tick <= 8; tick++) await tell(tick)
    expect((await told(3)).map(([tick]) => tick)).toEqual([1, 4, 7])
    expect((await state.load(OWN)).at).toBe(at(7))
  })

  it('[AS8] applies each tick once, also where a score tells them', async () => {
    const { state, tell, score, start, told } = scene()
    const ticks = conducted(state, plan.partitions)
    const first = start({ ticks })
    await tell(1, [warns(5, 2)])
    await score(1)
    await told(1)
    await first.stop()
    await tell(2, [warns(5, 3)])
    await score(2)
    start({ ticks })
    await tell(3, [warns(5, 1)])
    await score(3)
    expect((await told(3)).map(([tick]) => tick)).toEqual([1, 2, 3])
  })

  it('[AS5] says where it begins again when a score is no longer held', async () => {
    const { state, said, tell, score, start, told } = scene()
    const ticks = conducted(state, plan.partitions)
    const first = start({ ticks })
    await tell(1, [warns(5, 2)], [line(5, 1, 2)])
    await score(1)
    await told(1)
    await first.stop()
    for (const tick of [2, 3, 4]) {
      await tell(tick, tick === 2 ? [warns(5, 0)] : [], tick === 2 ? [line(5, 2, 0)] : [])
      await score(tick)
    }
    await state.trim(at(4))
    start({ ticks })
    await until(() => said.length > 0)
    expect(said[0]).toContain('are gone')
    expect((await told(1, at(4)))[0]).toEqual([4, ['5 pm25-high 0']])
  })

  it('[AS9] is not ready while it is far behind, and when nobody owns it stands by', async () => {
    const { state, tell, start, told } = scene()
    await tell(1, [warns(5, 2)])
    await tell(30, [warns(5, 3)])
    let open: () => void = () => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    const slow = { ...aligned(state, plan.partitions) }
    const after = slow.after.bind(slow)
    const ticks = {
      ...slow,
      async *after(...of: Parameters<typeof after>) {
        await gate
        yield* after(...of)
      },
    }
    const stage = start({ ticks })
    expect(await stage.standing()).toMatchObject({ ready: false })
    open()
    await told(2)
    await expect.poll(() => stage.standing()).toEqual({ ready: true, state: 'active' })
    await stage.stop()
    expect(await stage.standing()).toEqual({ ready: true, state: 'stands by' })
    expect(stage.reached).toBe(0)
  })

  it('[AS10] ends with a fault that no taking over mends', async () => {
    const { tell, start } = scene()
    const stage = start({
      watch: () => ({
        apply() {
          throw new Error('no such area')
        },
      }),
    })
    await tell(1)
    await expect(stage.failed).rejects.toThrow('no such area')
  })
})
