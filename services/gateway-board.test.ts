import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import type { Board } from './core/wire.ts'
import { startDeskServer, type DeskServer } from './testdata/desk-server.ts'
import { until } from './testdata/small-server.ts'

let server: DeskServer
const walls: Wall[] = []
beforeEach(async () => {
  server = await startDeskServer()
  await server.ticks(2)
})
afterEach(async () => {
  for (const { ws } of walls.splice(0)) ws.terminate()
  await server.stop()
})

/** A wall that draws all it gets. */
class Wall {
  readonly ws = new WebSocket(`${server.url.replace('http', 'ws')}/ws`, ['qingyu.v1'])
  readonly kinds: string[] = []
  readonly texts: string[] = []
  tick = 0

  constructor(area?: string) {
    walls.push(this)
    this.ws.on('error', () => undefined)
    this.ws.on('open', () => this.see(area))
    this.ws.on('message', (data: Buffer, isBinary) => {
      if (isBinary) return
      const text = data.toString()
      const { type, tick } = JSON.parse(text) as { type: string; tick: number }
      this.kinds.push(type)
      if (type === 'board') this.texts.push(text)
      if (type !== 'summary') return
      this.tick = tick
      this.ws.send(JSON.stringify({ type: 'drawn', tick }))
    })
  }

  see(area?: string): void {
    this.ws.send(JSON.stringify({ type: 'subscribe', layer: 'levels', ...(area && { area }) }))
  }

  get boards(): Board[] {
    return this.texts.map((text) => JSON.parse(text) as Board)
  }
}

async function wallOf(area?: string): Promise<Wall> {
  const wall = new Wall(area)
  await until(() => wall.texts.length > 0)
  return wall
}

describe('the board on walls', () => {
  it('[DK38] comes after the welcome and then only when it says something else', async () => {
    const wall = await wallOf()
    expect(wall.kinds[0]).toBe('welcome')
    expect(wall.boards[0]).toMatchObject({ incidents: [], alerts: [], open: 0 })
    await server.ticks(5)
    await until(() => wall.tick === server.clock.now())
    expect(wall.texts).toHaveLength(1)
    const id = await server.alarm()
    await server.ticks(1)
    await until(() => wall.texts.length > 1)
    expect(wall.boards.at(-1)).toMatchObject({
      open: 1,
      alerts: [{ id, rank: 3 }],
      incidents: [{ number: 1 }],
    })
  })

  it('[DK38] is the same bytes for all walls of a view, and another for another view', async () => {
    const [one, two, other] = [await wallOf(), await wallOf(), await wallOf('3202')]
    await server.alarm(0)
    await server.ticks(2)
    await until(() => [one, two, other].every(({ tick }) => tick === server.clock.now()))
    expect(one.texts).toEqual(two.texts)
    expect(one.boards.at(-1)?.open).toBe(1)
    // Nothing happened in this street.
    expect(other.texts).toHaveLength(1)
    expect(other.boards[0]?.open).toBe(0)
    other.see('3201')
    await until(() => other.boards.length > 1)
    expect(other.boards.at(-1)?.open).toBe(1)
  })
})
