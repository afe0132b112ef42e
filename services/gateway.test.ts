import { describe, expect, it } from 'vitest'
import { QingyuError, type ErrorCode } from './core/errors.ts'
import { applyDelta, decodeFrame } from './core/frame.ts'
import { COLUMN_MS } from './core/layer-history.ts'
import type { Summary, Welcome } from './core/wire.ts'
import { startGateway } from './gateway.ts'
import type { Message, WallLink } from './gateway-port.ts'
import { MOST_MESSAGES, MOST_UNDRAWN, SILENT_MS, SLOW_MS } from './gateway-wall.ts'
import { VirtualClock } from './adapters/clock.virtual.ts'
import { changed, decided, smallGrid, smallPlan, tickRecord } from './testdata/small-city.ts'
import { TickFeed } from './testdata/tick-feed.ts'

const EPOCH = 'feedfacecafebeef'
const START = 1_795_320_000_000

/** A wall in memory that keeps its picture by the frames it was sent. */
class MemoryLink implements WallLink {
  pending = 0
  pings = 0
  closedBy: ErrorCode | null = null
  parameters: Readonly<Record<string, string | number>> = {}
  readonly texts: unknown[] = []
  readonly frames: Message[] = []
  ranks = new Uint8Array(0)
  tick = -1
  kinds: string[] = []

  send(messages: readonly Message[]): void {
    for (const message of messages) {
      if (message.kind === 'text') {
        const value = JSON.parse(new TextDecoder().decode(message.bytes)) as { type: string }
        this.kinds.push(value.type)
        this.texts.push(value)
        continue
      }
      const frame = decodeFrame(message.bytes.slice())
      this.kinds.push(frame.kind)
      this.frames.push(message)
      if (frame.kind === 'snapshot') this.ranks = Uint8Array.from(frame.ranks)
      else if (frame.previous !== this.tick) throw new Error(`delta from ${frame.previous} onto ${this.tick}`)
      else applyDelta(this.ranks, frame)
      this.tick = frame.tick
    }
  }

  ping(): void {
    this.pings++
  }

  close(code: ErrorCode, parameters: Readonly<Record<string, string | number>>): void {
    this.closedBy = code
    this.parameters = parameters
  }

  last<T extends { type: string }>(type: T['type']): T {
    return this.texts.findLast((text) => (text as T).type === type) as T
  }
}

function scene(
  grid = smallGrid(),
  http: { maxWalls: number; gateways?: readonly string[] } = { maxWalls: 3 },
  source: 'wall' | 'data' = 'wall',
  feed = new TickFeed(),
) {
  const clock = new VirtualClock(START)
  const faults: unknown[] = []
  let tell: () => void = () => undefined
  const broken = new Promise<void>((resolve) => (tell = resolve))
  const gateway = startGateway({
    state: feed.state,
    ticks: feed,
    plan: smallPlan(grid),
    epoch: EPOCH,
    config: {
      http: { gateways: [], ...http },
      state: { resumeTicks: 600 },
      clock: { source },
    } as Parameters<typeof startGateway>[0]['config'],
    clock,
    demo: false,
    program: '0.1.0',
    report: (fault) => {
      faults.push(fault)
      tell()
    },
  })
  const enter = (subscribe: object = {}) => {
    const link = new MemoryLink()
    const session = gateway.connect(link)
    session?.receive(JSON.stringify({ type: 'subscribe', layer: 'levels', ...subscribe }))
    const draw = (tick = link.tick) => session?.receive(JSON.stringify({ type: 'drawn', tick }))
    return { link, session, draw }
  }
  const tick = (n: number, changes: readonly (readonly [number, number])[] = [], part = {}) =>
    feed.push({
      at: START + n * 1_000,
      records: [
        tickRecord(0, START + n * 1_000, {
          changes: changes.map(([area, rank]) => changed(area, 0, rank, START + n * 1_000)),
          ...part,
        }),
      ],
    })
  return { clock, feed, gateway, enter, tick, faults, broken }
}

describe('gateway', () => {
  it('[GW1] greets, then history, picture and summary', async () => {
    const { gateway, enter, tick } = scene()
    await gateway.caughtUp()
    await tick(1, [[3, 4]])
    const { link } = enter()
    expect(link.kinds).toEqual(['welcome', 'history', 'snapshot', 'summary'])
    expect(link.last<Welcome>('welcome')).toMatchObject({
      epoch: EPOCH,
      resumed: false,
      now: START,
      tickMs: 1_000,
    })
    expect(link.ranks[3]).toBe(4)
    await gateway.stop()
  })

  it('[GW2] sends each tick as delta and summary', async () => {
    const { gateway, enter, tick } = scene()
    await gateway.caughtUp()
    const { link } = enter()
    await tick(1, [[3, 2]], { occurrences: [{ area: 4, indicator: 'call.noise', time: START }] })
    expect(link.kinds.slice(4)).toEqual(['delta', 'summary', 'occurrences'])
    expect([link.ranks[3], link.tick]).toEqual([2, START + 1_000])
    await gateway.stop()
  })

  it('[GW3] resumes a wall from its last tick', async () => {
    const { gateway, enter, tick } = scene()
    await gateway.caughtUp()
    const { link, session } = enter()
    await tick(1, [[3, 2]])
    session?.gone()
    await tick(2, [[4, 3]])
    await tick(3, [[3, 1]])
    const again = new MemoryLink()
    again.ranks = link.ranks
    again.tick = link.tick
    const resume = { epoch: EPOCH, tick: link.tick }
    gateway.connect(again)?.receive(JSON.stringify({ type: 'subscribe', layer: 'levels', resume }))
    expect(again.kinds).toEqual(['welcome', 'history', 'delta', 'summary'])
    expect(again.last<Welcome>('welcome').resumed).toBe(true)
    expect(again.ranks).toEqual(gateway.picture.ranks)
    await gateway.stop()
  })

  it('[GW4] sends a snapshot where it cannot resume', async () => {
    const { gateway, enter, tick } = scene()
    await gateway.caughtUp()
    await tick(1)
    for (const resume of [
      { epoch: '0000000000000000', tick: START + 1_000 },
      { epoch: EPOCH, tick: START + 999 },
      { epoch: EPOCH, tick: START + 60_000 },
    ]) {
      const { link, session } = enter({ resume })
      expect(link.last<Welcome>('welcome').resumed).toBe(false)
      expect(link.kinds).toContain('snapshot')
      session?.gone()
    }
    await gateway.stop()
  })

  it('[GW69] tells where else to turn', async () => {
    const gateways = ['http://gw1:8080', 'http://gw2:8080']
    for (const [configured, told] of [
      [gateways, gateways],
      [[], undefined],
    ] as const) {
      const { gateway, enter } = scene(smallGrid(), { maxWalls: 3, gateways: configured })
      await gateway.caughtUp()
      expect(enter().link.last<Welcome>('welcome').gateways).toEqual(told)
      await gateway.stop()
    }
  })

  it('[GW73] tells walls whose time is that of the data', async () => {
    for (const source of ['wall', 'data'] as const) {
      const { gateway, enter } = scene(smallGrid(), { maxWalls: 3 }, source)
      await gateway.caughtUp()
      expect(enter().link.last<Welcome>('welcome').past).toBe(source === 'data' ? true : undefined)
      await gateway.stop()
    }
  })

  it('[GW70] waits with a wall that is a little ahead', async () => {
    const { gateway, enter, tick, clock } = scene()
    await gateway.caughtUp()
    await tick(1)
    const ahead = enter({ resume: { epoch: EPOCH, tick: START + 3_000 } })
    const far = enter({ resume: { epoch: EPOCH, tick: START + 11_001 } })
    expect([ahead.link.kinds, far.link.kinds]).toEqual([[], ['welcome', 'history', 'snapshot', 'summary']])
    await tick(2)
    expect(ahead.link.kinds).toEqual([])
    await tick(3)
    expect(ahead.link.kinds).toEqual(['welcome', 'history', 'summary'])
    expect(ahead.link.last<Welcome>('welcome').resumed).toBe(true)
    ahead.link.tick = START + 3_000
    await tick(4)
    expect(ahead.link.kinds.slice(3)).toEqual(['delta', 'summary'])
    far.session?.gone()
    const stuck = enter({ resume: { epoch: EPOCH, tick: START + 9_000 } })
    clock.advance(4_999)
    expect(stuck.link.kinds).toEqual([])
    clock.advance(5_000)
    expect(stuck.link.kinds).toEqual(['welcome', 'history', 'snapshot', 'summary'])
    await gateway.stop()
  })

  it('[GW72] begins anew at the newest where ticks are gone', async () => {
    const feed = new TickFeed()
    feed.goal = START + 7_200_000
    const after = feed.after.bind(feed)
    const bases: number[] = []
    feed.after = (base, signal) => {
      bases.push(base.at)
      if (bases.length === 1) throw new QingyuError('ST-gone', { value: base.at, oldest: base.at + 1 })
      return after(base, signal)
    }
    const { gateway, enter, faults, tick } = scene(smallGrid(), { maxWalls: 3 }, 'wall', feed)
    await tick(7_200, [[3, 2]])
    await tick(7_201, [[4, 2]])
    await gateway.caughtUp()
    expect([bases, faults]).toEqual([[START + 3_600_000, START + 7_200_000], []])
    expect(enter().link.ranks[4]).toBe(2)
    await gateway.stop()
  })

  it('[GW5] conflates a wall that does not draw', async () => {
    const grid = smallGrid(300, 500)
    const { gateway, enter, tick } = scene(grid)
    await gateway.caughtUp()
    const slow = enter()
    const brisk = enter({ area: '3201' })
    brisk.draw()
    expect(slow.link.frames[0]?.bytes.length).toBeGreaterThan(MOST_UNDRAWN)
    for (const n of [1, 2, 3]) {
      await tick(n, [[400, n]])
      brisk.draw()
    }
    expect(slow.link.kinds).toEqual(['welcome', 'history', 'snapshot', 'summary'])
    slow.draw()
    expect(slow.link.kinds.slice(4)).toEqual(['delta', 'summary'])
    expect(slow.link.last<Summary>('summary').missed).toBe(3)
    expect(slow.link.ranks[400]).toBe(3)
    expect(brisk.link.last<Summary>('summary').missed).toBe(0)
    expect(gateway.figures.missed).toBe(3)
    await gateway.stop()
  })

  it('[GW6] conflates a wall that lies about drawing', async () => {
    const { gateway, enter, tick } = scene()
    await gateway.caughtUp()
    const { link, draw } = enter()
    link.pending = MOST_UNDRAWN + 1
    for (const n of [1, 2]) {
      await tick(n)
      draw(START + n * 1_000)
    }
    expect(link.kinds.length).toBe(4)
    link.pending = 0
    await tick(3)
    expect(link.tick).toBe(START + 3_000)
    await gateway.stop()
  })

  it('[GW7] closes a wall that draws nothing', async () => {
    const { gateway, enter, clock } = scene()
    await gateway.caughtUp()
    const stuck = enter()
    const fine = enter()
    fine.draw()
    for (let ms = 0; ms <= SLOW_MS + 5_000; ms += 5_000) {
      stuck.session?.pong()
      fine.session?.pong()
      clock.advance(5_000)
    }
    expect([stuck.link.closedBy, fine.link.closedBy]).toEqual(['GW-slow', null])
    expect(gateway.figures).toMatchObject({ walls: 1, closed: new Map([['GW-slow', 1]]) })
    await gateway.stop()
  })

  it('[GW8] pings, and closes who stays silent', async () => {
    const { gateway, enter, clock } = scene()
    await gateway.caughtUp()
    const silent = enter()
    const alive = enter()
    for (let ms = 0; ms <= SILENT_MS + 5_000; ms += 5_000) {
      alive.session?.pong()
      clock.advance(5_000)
    }
    expect([silent.link.closedBy, alive.link.closedBy]).toEqual(['GW-silent', null])
    expect(alive.link.pings).toBeGreaterThanOrEqual(4)
    await gateway.stop()
  })

  it('[GW9] turns walls away above the bound', async () => {
    const { gateway, enter } = scene()
    await gateway.caughtUp()
    const links = [enter(), enter(), enter(), enter(), enter()]
    expect(links.map(({ link }) => link.closedBy)).toEqual([null, null, null, 'GW-full', 'GW-full'])
    expect(links.slice(3).map(({ link }) => link.parameters['retryAfter'])).toEqual([5, 6])
    links[0]?.session?.gone()
    expect(enter().link.closedBy).toBeNull()
    await gateway.stop()
  })

  it('[GW10] closes a wall that floods', async () => {
    const { gateway, enter, clock } = scene()
    await gateway.caughtUp()
    const { link, draw } = enter()
    clock.advance(1_000)
    // The first answers the frame that it was sent, however late.
    for (let i = 0; i <= MOST_MESSAGES; i++) draw()
    expect(link.closedBy).toBeNull()
    draw()
    expect(link.closedBy).toBe('GW-flood')
    await gateway.stop()
  })

  it('[GW10] lets a busy wall draw late all that it was sent, and saves it nothing up', async () => {
    const { gateway, enter, clock, tick } = scene()
    await gateway.caughtUp()
    const [busy, sly] = [enter(), enter()]
    const sent: number[] = []
    for (let n = 1; n <= 2 * MOST_MESSAGES; n++) {
      await tick(n)
      sent.push(busy.link.tick)
    }
    clock.advance(1_000)
    for (const at of sent) busy.draw(at)
    sly.draw()
    for (let i = 0; i < MOST_MESSAGES; i++) for (const { draw } of [busy, sly]) draw()
    expect([busy.link.closedBy, sly.link.closedBy]).toEqual([null, null])
    for (const { draw } of [busy, sly]) draw()
    expect([busy.link.closedBy, sly.link.closedBy]).toEqual(['GW-flood', 'GW-flood'])
    await gateway.stop()
  })

  it('[GW11] names what is wrong with a message', async () => {
    const { gateway } = scene()
    await gateway.caughtUp()
    const cases: [string, ErrorCode, object][] = [
      ['{', 'GW-protocol', { why: 'not JSON' }],
      ['[]', 'GW-protocol', { why: 'not an object' }],
      ['{"type":"x"}', 'GW-parameter', { field: 'type', value: '"x"' }],
      ['{"type":"drawn","tick":"1"}', 'GW-parameter', { field: 'tick' }],
      ['{"type":"subscribe","layer":"heat"}', 'GW-parameter', { field: 'layer' }],
      ['{"type":"subscribe","layer":"levels","area":"99"}', 'GW-area', { value: '99' }],
      [
        '{"type":"subscribe","layer":"levels","depth":"flat"}',
        'GW-parameter',
        { expected: 'one of city, street, cell' },
      ],
      ['{"type":"subscribe","layer":"levels","resume":{"epoch":1}}', 'GW-parameter', { field: 'resume' }],
    ]
    for (const [text, code, parameters] of cases) {
      const link = new MemoryLink()
      gateway.connect(link)?.receive(text)
      expect([link.closedBy, link.parameters]).toEqual([code, expect.objectContaining(parameters)])
    }
    expect(gateway.figures.walls).toBe(0)
    await gateway.stop()
  })

  it('[GW12] limits a wall to subtree and depth', async () => {
    const { gateway, enter, tick } = scene()
    await gateway.caughtUp()
    await tick(1, [
      [1, 1],
      [2, 2],
      [7, 4],
    ])
    const { link } = enter({ area: '3202', depth: 'street' })
    expect([...link.ranks]).toEqual([14, 14, 2, 14, 14, 14, 14, 14, 14, 14, 14])
    expect(link.last<Summary>('summary').levels).toMatchObject({ yellow: 1, red: 0 })
    await gateway.stop()
  })

  it('[GW13] lets walls change what they see', async () => {
    const { gateway, enter, tick } = scene()
    await gateway.caughtUp()
    const { link, session } = enter()
    session?.receive(JSON.stringify({ type: 'subscribe', layer: 'levels', area: '3201' }))
    await tick(1, [
      [3, 1],
      [7, 4],
    ])
    expect([...link.ranks]).toEqual([14, 15, 14, 1, 15, 15, 15, 14, 14, 14, 14])
    await gateway.stop()
  })

  it('[GW14] shares one frame between all walls', async () => {
    const { gateway, enter, tick } = scene()
    await gateway.caughtUp()
    const [one, two] = [enter(), enter()]
    await tick(1, [[3, 1]])
    expect(one.link.frames.at(-1)?.bytes).toBe(two.link.frames.at(-1)?.bytes)
    await gateway.stop()
  })

  it('[GW15] closes walls with 1001 when stopping', async () => {
    const { gateway, enter } = scene()
    await gateway.caughtUp()
    const { link } = enter()
    await gateway.stop()
    expect([link.closedBy, enter().link.closedBy]).toEqual(['GW-stopping', 'GW-stopping'])
  })

  it('[GW16] takes up the picture after a restart', async () => {
    const feed = new TickFeed()
    feed.goal = START + 2_000
    feed.lines.push(
      { area: 3, at: START - 20 * COLUMN_MS, since: START - 20 * COLUMN_MS, decision: decided(2) },
      { area: 4, at: START - 4_000_000, since: START - 5_000_000, decision: decided(3) },
    )
    const { gateway, enter, tick } = scene(smallGrid(), { maxWalls: 3 }, 'wall', feed)
    const early = enter()
    await tick(1, [[4, 1]])
    expect([gateway.ready, early.link.kinds]).toEqual([false, []])
    await tick(2, [[5, 4]])
    await gateway.caughtUp()
    expect(early.link.kinds).toEqual(['welcome', 'history', 'snapshot', 'summary'])
    expect([...early.link.ranks.subarray(3, 6)]).toEqual([2, 1, 4])
    const again = new MemoryLink()
    again.ranks = early.link.ranks.slice()
    again.tick = START + 1_000
    const resume = { epoch: EPOCH, tick: again.tick }
    gateway.connect(again)?.receive(JSON.stringify({ type: 'subscribe', layer: 'levels', resume }))
    expect(again.kinds).toEqual(['welcome', 'history', 'delta', 'summary'])
    await gateway.stop()
  })

  it('[GW17] says so when its feed breaks', async () => {
    const { gateway, feed, faults, broken, tick } = scene()
    await gateway.caughtUp()
    await tick(1)
    feed.breakOff(new Error('state is gone'))
    await broken
    expect([gateway.ready, faults.map(String)]).toEqual([false, ['Error: state is gone']])
    await gateway.stop()
  })

  it('[GW18] measures from event to send', async () => {
    const { gateway, enter, tick, clock } = scene()
    await gateway.caughtUp()
    const { session, draw } = enter()
    clock.advance(1_040)
    await tick(1, [], { lag: { p50: 300, p99: 900 } })
    expect(gateway.latency).toEqual({ p50: 340, p99: 940 })
    draw()
    for (let ms = 0; ms < 60_000; ms += 5_000) {
      clock.advance(5_000)
      session?.pong()
    }
    await tick(61, [], { lag: { p50: 100, p99: 200 } })
    expect(gateway.latency).toEqual({ p50: 140, p99: 940 })
    clock.advance(1_000)
    await tick(62, [])
    expect(gateway.latency).toEqual({ p50: 140, p99: 240 })
    await gateway.stop()
  })

  it('[GW19] claims no latency when time is the data’s', async () => {
    const { gateway, enter, tick } = scene(smallGrid(), { maxWalls: 3 }, 'data')
    await gateway.caughtUp()
    const { link } = enter()
    await tick(1, [], { lag: { p50: 300, p99: 900 } })
    expect([gateway.latency, link.last<Summary>('summary').latency]).toEqual([null, null])
    await gateway.stop()
  })

  it('[GW20] adds a point to the history in time', async () => {
    const { gateway, enter, tick } = scene()
    await gateway.caughtUp()
    const { link, draw } = enter()
    await tick(1)
    draw()
    await tick(301)
    expect(link.kinds.slice(-3)).toEqual(['delta', 'summary', 'history'])
    expect(link.last<{ type: 'history'; times: number[] }>('history').times.length).toBe(1)
    await gateway.stop()
  })
})
