import { describe, expect, it, vi } from 'vitest'
import { VirtualClock } from './adapters/clock.virtual.ts'
import { seededRandom } from './adapters/random.seeded.ts'
import type { Action } from './core/action.ts'
import { decodeAction } from './core/record.ts'
import { keepRosters, type RosterKeeper } from './roster-keeper.ts'
import { calendarOf, DutyRoom, ms } from './testdata/duty-room.ts'
import { PEOPLE } from './testdata/people.ts'

const START = ms('2026-01-05T00:00Z')
const MINUTE = 60_000
const roster = (person: string) => `areas: { '32': { shifts: [{ people: [${person}] }] } }`
const setting = { file: 'street.yaml', url: '', refresh: MINUTE, area: '' }
const people = Object.fromEntries(
  [...PEOPLE].map(([id, { name, role, area, unit }]) => [
    id,
    {
      name,
      role,
      area,
      unit,
      password: '',
      language: 'zh' as const,
      reach: { mail: '', webhook: '', mqtt: '' },
      demo: false,
    },
  ]),
)

/** A keeper on a log whose records the book of duties takes at once, and a source that a test writes. */
class KeptRosters {
  readonly clock = new VirtualClock(START)
  readonly room = new DutyRoom('UTC')
  readonly actions: Action[] = []
  readonly reported: string[] = []
  /** Text of the source, or how it fails. */
  source: string | Error = roster('li')
  reads = 0
  /** How the log fails. */
  broken: Error | null = null
  keeper: RosterKeeper

  constructor(
    rosters: Readonly<Record<string, typeof setting>> = { street: setting },
    prepare?: (kept: KeptRosters) => void,
  ) {
    prepare?.(this)
    this.keeper = this.keep(rosters)
  }

  keep(rosters: Readonly<Record<string, typeof setting>>): RosterKeeper {
    return keepRosters({
      config: { rosters, people },
      plan: this.room.plan,
      people: PEOPLE,
      clock: this.clock,
      random: seededRandom(this.actions.length + 1),
      log: { append: (partition, records) => this.#append(partition, records) },
      state: {
        entries: (partition, prefix) =>
          Promise.resolve(
            new Map(
              [...this.room.state].filter(
                ([key]) => partition === this.room.plan.partitions + 2 && key.startsWith(prefix),
              ),
            ),
          ),
      },
      read: () => {
        this.reads++
        return this.source instanceof Error ? Promise.reject(this.source) : Promise.resolve(this.source)
      },
      report: (sentence) => this.reported.push(sentence),
    })
  }

  #append(partition: number, records: readonly Uint8Array[]): Promise<number> {
    if (this.broken !== null || partition !== 0) return Promise.reject(this.broken ?? new Error('not 0'))
    for (const record of records) {
      const action = decodeAction(record)
      this.actions.push(action)
      this.room.act(new Date(this.clock.now()).toISOString(), action.deed, action.by)
    }
    return Promise.resolve(this.actions.length)
  }

  /** Lets the present round end: then the next is due. */
  async settle(): Promise<void> {
    await vi.waitUntil(() => (this.clock.next ?? 0) > this.clock.now())
  }

  async next(): Promise<void> {
    this.clock.step()
    await this.settle()
  }
}

describe('the keeper of rosters', () => {
  it('[RO28] puts a roster into the log when it starts and whenever it says something else', async () => {
    const kept = new KeptRosters()
    await kept.settle()
    expect(kept.actions.map(({ time, by, deed }) => [time, by.person, deed.verb])).toEqual([
      [START, 'qingyu', 'roster'],
    ])
    expect(kept.room.who('2026-01-05T01:00Z')).toBe('li')
    await kept.next()
    kept.source = `# another comment\n${roster('li')}\n`
    await kept.next()
    expect([kept.reads, kept.actions.length]).toEqual([3, 1])
    kept.source = roster('wang')
    await kept.next()
    expect([kept.actions.length, kept.room.who('2026-01-05T03:00Z')]).toEqual([2, 'wang'])
    expect(new Set(kept.actions.map(({ id }) => id)).size).toBe(2)
    await kept.keeper.stop()
  })

  it('[RO28] says nothing again after a restart', async () => {
    const kept = new KeptRosters()
    await kept.settle()
    await kept.keeper.stop()
    kept.keeper = kept.keep({ street: setting })
    await kept.settle()
    expect([kept.reads, kept.actions.length]).toEqual([2, 1])
    await kept.keeper.stop()
  })

  it('[RO29] keeps the old roster while the new one cannot be read, told once and counted', async () => {
    const kept = new KeptRosters()
    await kept.settle()
    kept.source = new Error('it answers 503')
    await kept.next()
    await kept.next()
    kept.source = roster('nobody')
    await kept.next()
    await kept.next()
    expect(kept.reported).toEqual([
      'street cannot be read: it answers 503. Check file or url of rosters.street; the roster read before holds meanwhile.',
      expect.stringContaining('street, line 1: areas.32.shifts.0.people.0 is nobody, expected one of people'),
    ])
    expect([kept.keeper.failures, kept.actions.length, kept.room.who('2026-01-05T03:00Z')]).toEqual([
      4,
      1,
      'li',
    ])
    kept.source = roster('wang')
    await kept.next()
    expect(kept.room.who('2026-01-05T05:00Z')).toBe('wang')
    await kept.keeper.stop()
  })

  it('[RO29] tells a fault again that comes back', async () => {
    const kept = new KeptRosters()
    await kept.settle()
    for (const source of [new Error('ENOENT'), roster('li'), new Error('ENOENT')]) {
      kept.source = source
      await kept.next()
    }
    expect(kept.reported).toHaveLength(2)
    expect(kept.actions).toHaveLength(1)
    await kept.keeper.stop()
  })

  it('[RO29] tries again what the log did not take', async () => {
    const kept = new KeptRosters()
    kept.broken = new Error('no space')
    await kept.settle()
    expect([kept.reported, kept.keeper.failures]).toEqual([['no space'], 1])
    kept.broken = null
    await kept.next()
    expect(kept.room.who('2026-01-05T01:00Z')).toBe('li')
    await kept.keeper.stop()
  })

  it('[RO29] tells overlaps and gaps of a roster once', async () => {
    const kept = new KeptRosters()
    kept.source = "areas: { '32': { shifts: [{ days: [mon], people: [li] }] } }"
    await kept.settle()
    await kept.next()
    await kept.next()
    expect(kept.reported).toEqual([
      expect.stringContaining('street: nobody is on duty for 32 from 2026-01-06T00:00:00.000Z to 2026-01-12'),
    ])
    await kept.keeper.stop()
  })

  it('[RO29] tells four weeks before a roster runs out', async () => {
    const event = [
      'SUMMARY:li',
      'LOCATION:32',
      'DTSTART;VALUE=DATE:20260101',
      'RRULE:FREQ=DAILY;UNTIL=20260204',
    ]
    const kept = new KeptRosters({ street: { ...setting, refresh: 86_400_000 } }, (made) => {
      made.source = calendarOf(event)
    })
    await kept.settle()
    expect(kept.reported).toEqual([])
    for (let day = 0; day < 4; day++) await kept.next()
    expect(kept.reported).toEqual([
      expect.stringContaining('nobody is on duty for 32 from 2026-02-05T00:00:00.000Z to 2026-02-0'),
    ])
    expect(kept.actions).toHaveLength(1)
    await kept.keeper.stop()
  })

  it('[RO30] takes away rosters that the configuration no longer names, but none that people gave', async () => {
    const kept = new KeptRosters({ street: setting }, ({ room }) => {
      room.read(roster('sun'), 'gone')
      const by = { person: 'zhao', role: 'admin', area: '32', unit: '' } as const
      const text = "areas: { '3201': { shifts: [{ people: [chen] }] } }"
      room.act('2026-01-01T00:00Z', { verb: 'roster', name: 'own', format: 'yaml', text }, by)
    })
    await kept.settle()
    await vi.waitFor(() => expect(kept.actions).toHaveLength(2))
    expect([kept.room.who('2026-01-05T01:00Z'), kept.room.who('2026-01-05T01:00Z', '3201')]).toEqual([
      'li',
      'chen',
    ])
    expect([...kept.room.state.keys()].sort()).toEqual(['r/own', 'r/street'])
    await kept.keeper.stop()
  })

  it('[RO30] does nothing more once it is stopped', async () => {
    const kept = new KeptRosters()
    await kept.settle()
    await kept.keeper.stop()
    kept.source = roster('wang')
    kept.clock.advance(10 * MINUTE)
    expect([kept.reads, kept.actions.length]).toEqual([1, 1])
  })
})
