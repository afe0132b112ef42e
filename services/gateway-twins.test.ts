import { afterEach, describe, expect, it } from 'vitest'
import { followScore } from './aggregate-score.ts'
import { conducted } from './core/conducted.ts'
import { decodeFrame } from './core/frame.ts'
import { decodeScore, SCORE_KEY, type Score } from './core/score.ts'
import type { Summary } from './core/wire.ts'
import { startGateway } from './gateway.ts'
import type { Gateway, Message, WallLink } from './gateway-port.ts'
import { LaggingCity } from './testdata/lagging-city.ts'
import { smallGrid, smallPlan } from './testdata/small-city.ts'
import { START, until } from './testdata/small-server.ts'

const TICK = 60_000
/** Ticks that a wall may resume from, and that a gateway begins before the newest. */
const WINDOW = 100
const plan = { ...smallPlan(smallGrid(6)), partitions: 4, tickMs: TICK }

/** What a wall is sent at each tick: its frame, and what the summary says but for the moment it was sent. */
class Recorder implements WallLink {
  readonly pending = 0
  readonly frames = new Map<number, string>()
  readonly summaries = new Map<number, string>()
  private session: ReturnType<Gateway['connect']> = null

  join(gateway: Gateway): void {
    this.session = gateway.connect(this)
    this.session?.receive(JSON.stringify({ type: 'subscribe', layer: 'levels' }))
  }

  send(messages: readonly Message[]): void {
    for (const { kind, bytes } of messages) {
      if (kind === 'binary') {
        const frame = decodeFrame(bytes.slice())
        this.frames.set(frame.tick, `${frame.kind} ${Buffer.from(bytes).toString('hex')}`)
        continue
      }
      const message = JSON.parse(new TextDecoder().decode(bytes)) as Summary
      if (message.type !== 'summary') continue
      const { now: _now, latency: _latency, missed: _missed, ...rest } = message
      this.summaries.set(message.tick, JSON.stringify(rest))
      this.session?.receive(JSON.stringify({ type: 'drawn', tick: message.tick }))
    }
  }

  ping(): void {
    this.session?.pong()
  }

  close(): void {}
}

const running: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop()
})

/** A city whose score is told, with what it takes to add gateways. */
function cityOf(seed: number) {
  const city = new LaggingCity(plan, START, seed)
  const faults: unknown[] = []
  const stop = new AbortController()
  const score = followScore(city, { patience: 3 * TICK, clock: city.clock }, stop)
  score.catch((fault: unknown) => faults.push(fault))
  running.push(() => (stop.abort(), score))
  const told = async (): Promise<Score> => {
    const bytes = await city.state.entry(plan.partitions + 1, SCORE_KEY)
    return bytes === undefined ? { at: 0, reached: [], late: [] } : decodeScore(bytes)
  }
  const add = async (): Promise<{ gateway: Gateway; wall: Recorder }> => {
    const gateway = startGateway({
      state: city.state,
      ticks: conducted(city.state, plan.partitions),
      plan,
      epoch: '0123456789abcdef',
      config: {
        http: { maxWalls: 9, gateways: [] },
        state: { resumeTicks: WINDOW },
        clock: { source: 'wall' },
      } as unknown as Parameters<typeof startGateway>[0]['config'],
      clock: city.clock,
      demo: false,
      program: '0.1.0',
      report: (fault) => faults.push(fault),
    })
    running.push(() => gateway.stop())
    await gateway.caughtUp()
    const wall = new Recorder()
    wall.join(gateway)
    return { gateway, wall }
  }
  return { city, faults, told, add, ticks: conducted(city.state, plan.partitions) }
}

describe('gateways of one score', () => {
  it.each([1, 2, 3, 4, 5])('[SC8] make the same bytes, whenever they began (seed %i)', async (seed) => {
    const { city, faults, told, add, ticks } = cityOf(seed)
    const gateways = [await add()]
    let late = 0
    for (let step = 1; step <= 450; step++) {
      if (step === 210) city.gone.add(1)
      if (step === 380) city.gone.clear()
      await city.step()
      const { at } = await told()
      await until(() => faults.length > 0 || gateways.every(({ gateway }) => gateway.picture.tick >= at))
      late += (await told()).late.length
      if (gateways.length === 4 || step < 110 * gateways.length) continue
      // The next begins where a partition was missing, but not while a value stands in the state that no tick has told yet.
      let [score, base] = [await told(), await told()]
      do {
        city.clock.advance(TICK)
        await city.wake()
        for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
        score = await told()
        base = await ticks.begin(score.at - WINDOW * TICK)
      } while (
        base.late.length === 0 ||
        score.at < city.clock.now() ||
        score.late.some((partition) => !city.gone.has(partition))
      )
      gateways.push(await add())
      const deltas = gateways.map(({ gateway: { picture } }) =>
        picture.deltaFrame(picture.open(0, 2), base.at),
      )
      expect(deltas.at(-1)).toBeDefined()
      expect(deltas.at(-1)).toEqual(deltas[0])
    }
    expect(faults).toEqual([])
    expect([gateways.length, late > 50]).toEqual([4, true])
    const [first, ...others] = gateways
    for (const { wall } of others) {
      const ticks = [...wall.summaries.keys()]
      expect(ticks.length).toBeGreaterThan(15)
      for (const tick of ticks) expect(wall.summaries.get(tick)).toBe(first?.wall.summaries.get(tick))
      // The first frame of a wall is a snapshot.
      for (const tick of ticks.slice(1)) expect(wall.frames.get(tick)).toBe(first?.wall.frames.get(tick))
    }
  })
})
