import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checkpointFile } from './import-checkpoint.ts'
import { importCommand, importFile } from './import.ts'
import type { Parcel, Publisher } from './publisher.ts'
import { importWorld, type TestWorld } from './testdata/import-world.ts'
import { startRig } from './testdata/mqtt-peer.ts'

const MAPPING = `
name: mine
vendor: acme
time: { column: at, zone: UTC }
source: { column: who }
values: [{ column: v, indicator: pm25 }]
`

const table = (rows: number) =>
  `at,who,v\n${Array.from({ length: rows }, (_, i) => `2015-12-05T${String(i % 24).padStart(2, '0')}:00,s${i % 3},${i}`).join('\n')}\n`

/** A door in memory that can hold back its answers and break. */
class MemoryDoor implements Publisher {
  readonly address = 'memory'
  readonly parcels: Parcel[] = []
  waiting: (() => void)[] = []
  mostWaiting = 0
  held = false
  breakAfter = Infinity

  send(parcel: Parcel) {
    if (this.parcels.length >= this.breakAfter) return Promise.reject(new Error('broken'))
    this.parcels.push(parcel)
    if (!this.held) return Promise.resolve({ taken: 1, refused: [] })
    return new Promise<{ taken: number; refused: [] }>((resolve) => {
      this.waiting.push(() => resolve({ taken: 1, refused: [] }))
      this.mostWaiting = Math.max(this.mostWaiting, this.waiting.length)
      // Answers come in a bunch once the sender has stopped: a full window, or the end.
      setImmediate(() => this.answer())
    })
  }
  answer() {
    const waiting = this.waiting
    this.waiting = []
    for (const resolve of waiting) resolve()
  }
  sendRaw = () => Promise.resolve()
  onFeedback = () => {}
  close = () => Promise.resolve()
}

function memory(): { door: MemoryDoor; world: TestWorld; mapping: string } {
  const door = new MemoryDoor()
  const world = importWorld({
    mqtt: () => Promise.resolve(door),
    http: () => Promise.resolve(door),
    progress: () => Promise.resolve(null),
  })
  return { door, world, mapping: world.file('mine.yaml', MAPPING) }
}

const valuesOf = (door: MemoryDoor) =>
  door.parcels.map((parcel) => (parcel.kind === 'bundle' ? parcel.observations[0]?.value : undefined))

describe('import', () => {
  it('[IM25] publishes all rows in order through MQTT', async () => {
    const { intake, listener } = await startRig()
    intake.instant = true
    const world = importWorld()
    const file = world.file('x.csv', table(300))
    const args = [
      file,
      '--format',
      world.file('mine.yaml', MAPPING),
      '--mqtt',
      listener.address,
      '--rate',
      'max',
    ]
    expect(await importCommand(args, world)).toBe(0)
    expect(intake.taken.map(({ text }) => (JSON.parse(text) as { value: number }).value)).toEqual(
      Array.from({ length: 300 }, (_, i) => i),
    )
    expect(world.shown()).toMatch(/rows +300/)
    expect(world.shown()).toMatch(/accepted +300/)
  })

  it('[IM26] counts what the door refused by code', async () => {
    const { intake, listener } = await startRig()
    intake.instant = true
    intake.refusing = (text) =>
      text.includes('"value":7') && !text.includes('"value":7,"x')
        ? { accepted: 0, refusals: [{ code: 'OB-place', pointer: '', message: 'No place', hint: 'Add it.' }] }
        : null
    const world = importWorld()
    const file = world.file('x.csv', `${table(9)}soon,s1,5\n2015-12-06,s1,\n2015-12-06,s1,x\n`)
    const tally = await importFile(
      [file, '--format', world.file('mine.yaml', MAPPING), '--mqtt', listener.address],
      world,
    )
    expect(tally).toMatchObject({ rows: 12, sent: 9, empty: 1 })
    expect([...tally.unread]).toEqual([
      ['at', 1],
      ['v', 1],
    ])
    expect([...tally.answered]).toEqual([['OB-place', 1]])
    expect(world.shown()).toMatch(/OB-place +1 /)
    expect(world.shown()).toMatch(/IM-row v +1 +row 12: v is "x", expected a number/)
  })

  it('[IM27] keeps at most a window in flight', async () => {
    const { door, world, mapping } = memory()
    door.held = true
    await importFile([world.file('x.csv', table(200)), '--format', mapping, '--window', '7'], world)
    expect(door.mostWaiting).toBe(7)
    expect(valuesOf(door)).toEqual(Array.from({ length: 200 }, (_, i) => i))
  })

  it('[IM28] goes on after the last acknowledged row', async () => {
    const { door, world, mapping } = memory()
    const args = [world.file('x.csv', table(100)), '--format', mapping]
    door.breakAfter = 40
    await expect(importFile(args, world)).rejects.toThrow('broken')
    expect(readdirSync(world.state)).toHaveLength(1)
    door.breakAfter = Infinity
    expect(await importFile(args, world)).toMatchObject({ rows: 60 })
    expect(world.shown()).toContain('Going on after row 40')
    expect(valuesOf(door)).toEqual(Array.from({ length: 100 }, (_, i) => i))
    // Finished: nothing is kept, and the next import begins at the first row.
    expect(readdirSync(world.state)).toHaveLength(0)
    expect(await importFile(args, world)).toMatchObject({ rows: 100 })
  })

  it('[IM28] begins anew when asked or when the file changed', async () => {
    const { door, world, mapping } = memory()
    door.breakAfter = 40
    const path = world.file('x.csv', table(100))
    await expect(importFile([path, '--format', mapping], world)).rejects.toThrow('broken')
    door.breakAfter = Infinity
    expect(await importFile([path, '--format', mapping, '--fresh'], world)).toMatchObject({ rows: 100 })
    door.breakAfter = door.parcels.length + 5
    await expect(importFile([path, '--format', mapping], world)).rejects.toThrow('broken')
    door.breakAfter = Infinity
    world.file('x.csv', table(90))
    expect(await importFile([path, '--format', mapping], world)).toMatchObject({ rows: 90 })
    const damaged = checkpointFile('k', { path: world.file('c.json', '{'), folder: '' })
    expect(damaged.read()).toBe(0)
  })

  it('[IM28] stops when interrupted and keeps its place', async () => {
    const { door, world, mapping } = memory()
    const args = [world.file('x.csv', table(100)), '--format', mapping]
    const send = door.send.bind(door)
    door.send = (parcel) => {
      if (door.parcels.length === 30) world.interrupt()
      return send(parcel)
    }
    expect(await importCommand(args, world)).toBe(130)
    const again = { ...world, signal: new AbortController().signal }
    const { rows } = await importFile(args, again)
    expect(rows + door.parcels.length).toBeGreaterThanOrEqual(100)
    expect(new Set(valuesOf(door)).size).toBe(100)
  })

  it('[IM29] sorts by time where the mapping says so', async () => {
    const { door, world } = memory()
    const mapping = world.file('sorted.yaml', `${MAPPING}order: time\n`)
    await importFile([world.file('x.csv', table(48)), '--format', mapping], world)
    const times = door.parcels.map((parcel) =>
      parcel.kind === 'bundle' ? (parcel.observations[0]?.time ?? 0) : 0,
    )
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(valuesOf(door).slice(0, 4)).toEqual([0, 24, 1, 25])
  })

  it('[IM29] follows the event times at a rate', async () => {
    const { door, world, mapping } = memory()
    const waits: number[] = []
    let now = 0
    const clock = {
      now: () => now,
      at(at: number, run: () => void) {
        // Only pacing looks further ahead than the screen and the last feedback do.
        if (at - now > 10_000) {
          waits.push(at - now)
          now = at
          setImmediate(run)
        } else if (door.parcels.length === 3) setImmediate(run)
        return () => {}
      },
    }
    const rows = 'at,who,v\n2015-12-05T00:00,a,1\n2015-12-05T01:00,a,2\n2015-12-05T03:00,a,3\n'
    await importFile([world.file('x.csv', rows), '--format', mapping, '--rate', '×60'], { ...world, clock })
    expect(waits).toEqual([60_000, 120_000])
  })

  it.each([
    [['x.csv'], 'CF-usage'],
    [['--format', 'beijing-air'], 'CF-usage'],
    [['x.csv', '--format', 'beijing-air', '--rate', '0'], 'CF-usage'],
    [['x.csv', '--format', 'beijing-air', '--mqtt', 'nonsense'], 'CF-usage'],
    [['x.csv', '--format', 'beijing-air', '--limit', '1.5'], 'CF-usage'],
    [['x.csv', '--format', 'beijing'], 'IM-format'],
    [['x.csv', '--format', '../formats/beijing-air'], 'IM-format'],
    [['x.csv', '--format', 'nowhere.yaml'], 'IM-file'],
    [['nowhere.csv', '--format', 'beijing-air'], 'IM-file'],
  ])('[IM32] refuses the command line %j', async (args, code) => {
    const { world } = memory()
    await expect(importCommand(args, world)).rejects.toMatchObject({ code })
  })

  it('[IM32] names the formats it knows', async () => {
    const { world } = memory()
    await expect(importCommand(['x', '--format', 'beijing'], world)).rejects.toMatchObject({
      hint: expect.stringContaining('beijing-air, los-angeles-traffic') as unknown,
    })
    expect(await importCommand(['--help'], world)).toBe(0)
    expect(world.shown()).toContain('--rate N|max')
  })
})
