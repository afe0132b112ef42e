import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { MemoryDisk } from './adapters/disk.memory.ts'
import { MemoryLog } from './adapters/log.memory.ts'
import { ownAll } from './adapters/ownership.embedded.ts'
import { MemoryState } from './adapters/state.memory.ts'
import { openRedisState } from './adapters/state.redis.ts'
import { startAggregate } from './aggregate.ts'
import { startAlert } from './alert.ts'
import { alertPartition, decodeAlertRecord, encodeAlertRecord, quietRecord } from './core/alert-record.ts'
import { Alerting } from './core/alerting.ts'
import { aligned } from './core/align.ts'
import type { TickSlice } from './core/archive.ts'
import { CityMachine, type Played } from './core/city-machine.ts'
import type { TickBytes } from './core/commit.ts'
import { Picture } from './core/layer.ts'
import { RecentLevels } from './core/recent-levels.ts'
import { encodeAction, encodeTick } from './core/record.ts'
import { plainRules } from './core/rule-set.ts'
import type { State } from './ports.ts'
import { STORY_PLAN, STORY_POLICY, storyState } from './testdata/alert-story.ts'
import { CityRun } from './testdata/city-run.ts'
import { actionOf, STAFF } from './testdata/duty-city.ts'
import { HAS_REDIS, RedisBed } from './testdata/redis.ts'
import { decided } from './testdata/small-city.ts'
import { until } from './testdata/small-server.ts'
import { slicesOf } from './testdata/slices.ts'

const plan = STORY_PLAN
const START = Date.UTC(2026, 10, 22)
const TICKS = 90
const OWN = alertPartition(plan)
const MILD = plan.rules.rules.map((rule) => ({ ...rule, limits: [null, 3, 6, 18, 30], version: 'mild' }))
const inForce = (rules = plan.rules) => ({
  grid: plan.grid.version,
  rules: rules.version,
  program: 'test',
  book: plainRules(rules),
})

/** Storms over two streets; somebody raises an alert, milder limits are published and taken back. */
function story(): CityRun {
  const run = new CityRun(plan)
  run.say(inForce())
  for (let tick = 1; tick <= TICKS; tick++) {
    const time = START + tick * 1000
    for (let cell = 0; cell < 12; cell++) {
      const isWet = tick % 30 < 18 && cell % 5 === Math.floor(tick / 6) % 5
      run.observe({ area: 4 + cell, indicator: 'air', value: isWet ? 5 + (tick % 30) : 1, time: time - 500 })
    }
    const sun = STAFF.get('sun')
    if (tick === 25 && sun) {
      const raised = { areas: ['3203'], category: 'test', rank: 3, headline: 'Gas', exercise: false }
      run.flush(0)
      run.logs[0]?.push(encodeAction(actionOf(1, time, sun, { verb: 'raise', ...raised })))
    }
    const mild = { ...plan.rules, version: 'mild', rules: MILD }
    if (tick === 31) run.say({ ...inForce(mild), from: time + 4000, by: 'sun', why: 'tried' })
    if (tick === 70) run.say({ ...inForce(), from: time + 4000, by: 'sun', why: 'enough' })
    run.tick(time)
  }
  return run
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8')
const entriesOf = (entries: ReadonlyMap<string, Uint8Array>) =>
  [...entries].map(([key, value]) => `${key} ${hex(value)}`).sort()

/** A state in memory, or in a Redis of its own; both end with the test. */
const STATES: Readonly<Record<string, (disk: MemoryDisk) => State | Promise<State>>> = {
  memory: (disk) => new MemoryState(disk, plan),
  ...(HAS_REDIS && {
    Redis: async () => {
      const bed = await RedisBed.open()
      onTestFinished(() => bed.close())
      const { url } = await bed.server()
      const state = await openRedisState(storyState({ url, prefix: 'machine' }))
      onTestFinished(() => state.close())
      return state
    },
  }),
}

/** Everything that the stages of a process make of these logs. */
async function live(run: CityRun, where: string) {
  const disk = new MemoryDisk({ defer: (go) => void setImmediate(go) })
  const log = new MemoryLog(disk, { partitions: plan.partitions, epoch: '0123456789abcdef' })
  const state = (await STATES[where]?.(disk)) ?? new MemoryState(disk, plan)
  const aggregate = startAggregate({ log, state, plan, ownership: ownAll(plan.partitions) })
  const stage = startAlert({
    ticks: aligned(state, plan.partitions),
    state,
    plan,
    ownership: ownAll(1),
    watch: (stored) => new Alerting(plan, STORY_POLICY, stored),
  })
  for (const [partition, records] of run.logs.entries()) await log.append(partition, records)
  await until(() => stage.reached >= START + TICKS * 1000)
  await stage.stop()
  await aggregate.stop()
  const told = async (partition: number): Promise<TickBytes[]> => {
    const all: TickBytes[] = []
    const last = (await state.load(partition)).at
    for await (const batch of state.changes(partition, 0, new AbortController().signal)) {
      all.push(...batch)
      if ((all.at(-1)?.at ?? 0) >= last) break
    }
    return all
  }
  return { state, told }
}

const policy = STORY_POLICY
const textsOf = (played: readonly Played[], partition: number) =>
  played.flatMap(({ commits }) =>
    commits.filter((one) => one.partition === partition).map(({ commit }) => hex(commit.record)),
  )

describe('city machine', () => {
  it.each(Object.keys(STATES))(
    '[RV7] makes the records and the state that the stages make with %s',
    async (where) => {
      const run = story()
      const { state, told } = await live(run, where)
      const machine = new CityMachine(plan, { policy }, null)
      const played = slicesOf(run.logs).flatMap((slice) => machine.play(slice))
      for (let partition = 0; partition <= plan.partitions; partition++) {
        expect(textsOf(played, partition)).toEqual((await told(partition)).map(({ bytes }) => hex(bytes)))
        expect(entriesOf(machine.entries(partition))).toEqual(
          entriesOf((await state.load(partition)).entries),
        )
      }
      const isSaid = ({ at, bytes }: { readonly at: number; readonly bytes: Uint8Array }) =>
        hex(bytes) !== hex(encodeAlertRecord(quietRecord(at)))
      const made = played.flatMap(({ alert }) =>
        alert === null ? [] : [{ at: alert.at, bytes: alert.record }],
      )
      const textOf = ({ bytes }: { readonly bytes: Uint8Array }) => hex(bytes)
      expect(made.filter(isSaid).map(textOf)).toEqual((await told(OWN)).filter(isSaid).map(textOf))
      expect(entriesOf(machine.entries(OWN))).toEqual(entriesOf((await state.load(OWN)).entries))
      const alerts = (await told(OWN)).flatMap(({ bytes }) => decodeAlertRecord(bytes).alerts)
      expect(alerts.length).toBeGreaterThan(10)
    },
  )

  it('[RV8] goes on from the keyframe of any tick as if it had played from the beginning', () => {
    const run = story()
    const slices = slicesOf(run.logs)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: slices.length }), (cut) => {
        const whole = new CityMachine(plan, { policy }, null)
        for (const slice of slices.slice(0, cut)) whole.play(slice)
        const keyframe = whole.keyframe()
        const rest = new CityMachine(plan, { policy }, structuredClone(keyframe) ?? null)
        const went = (machine: CityMachine) => slices.slice(cut).flatMap((slice) => machine.play(slice))
        const [expected, found] = [went(whole), went(rest)]
        expect(JSON.stringify(found)).toBe(JSON.stringify(expected))
        expect(rest.keyframe()).toEqual(whole.keyframe())
      }),
      { numRuns: 25 },
    )
  })

  it('[RV9] keeps calls as a wall keeps them, and the course of levels for six hours', () => {
    const run = new CityRun(plan)
    for (let tick = 1; tick <= 40; tick++) {
      const time = START + tick * 900_000
      for (let cell = 0; cell < 6; cell++)
        run.observe({ area: 4 + cell, indicator: 'air', value: ((tick + cell) % 4) * 12, time: time - 500 })
      run.tick(time)
    }
    const machine = new CityMachine(plan, { policy: null }, null)
    const picture = new Picture(plan.grid, '0123456789abcdef', 10)
    for (const { tick } of slicesOf(run.logs).flatMap((slice) => machine.play(slice))) picture.apply(tick)
    const keyframe = machine.keyframe()
    expect(keyframe?.calls).toEqual(picture.calls)
    const levels = keyframe?.levels ?? []
    const since = START + 40 * 900_000 - 6 * 3_600_000
    expect(levels.filter(({ at }) => at >= since)).toHaveLength(
      run.levels.filter(({ at }) => at >= since).length,
    )
    const last = new Map(run.levels.map((line) => [line.area, line]))
    for (const line of last.values()) expect(levels).toContainEqual(line)
    expect(levels).toEqual(levels.toSorted((a, b) => a.at - b.at || a.area - b.area))
  })

  it('[RV9] keeps what was in force where a course begins, and drops the oldest of courses that are too many', () => {
    const recent = new RecentLevels([], 3)
    for (let at = 1; at <= 5; at++)
      recent.add(
        [2, 1].map((area) => ({ area, at, since: at, decision: decided(at % 4) })),
        at,
      )
    expect(recent.at(5).map(({ area, at }) => [at, area])).toEqual([
      [3, 1],
      [3, 2],
      [4, 1],
      [4, 2],
      [5, 1],
      [5, 2],
    ])
  })

  it('[RV10] stops with a reason when a partition has no tick while the others have passed thousands', () => {
    const machine = new CityMachine(plan, { policy: null }, null)
    const ticks = Array.from({ length: 5_000 }, (_, i) => encodeTick({ at: START + i * 1000 }))
    const slice: TickSlice = { at: START, parts: [{ partition: 0, first: 0, records: ticks }] }
    expect(() => machine.play(slice)).toThrow('partition 1 has no tick')
  })
})
