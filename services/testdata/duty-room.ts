import type { Action, Deed, Outcome } from '../core/action.ts'
import type { AlertPolicy } from '../core/alert-policy.ts'
import { messageOf, QingyuError } from '../core/errors.ts'
import { SYSTEM, type Actor } from '../core/person.ts'
import type { Plan } from '../core/plan.ts'
import { RosterBook } from '../core/roster-book.ts'
import { formatOf, readRoster } from '../core/roster-read.ts'
import type { Roster, RosterWorld } from '../core/roster-shift.ts'
import { PEOPLE } from './people.ts'
import { simplePolicy } from './sample-alert.ts'
import { smallGrid, smallPlan } from './small-city.ts'

export const ms = (iso: string): number => Date.parse(iso)
/** Hours and minutes in UTC of the days around, as `06-07T20:00`. */
export const short = (at: number): string => new Date(at).toISOString().slice(5, 16)

/** A plan of the small city, with its clocks in another zone. */
export function planIn(zone = 'Asia/Shanghai'): Plan {
  return smallPlan({ ...smallGrid(), zone })
}

/** What rosters of the small city are read against. */
export function worldIn(zone = 'Asia/Shanghai'): RosterWorld {
  return { roster: 'street', grid: planIn(zone).grid, people: PEOPLE, lenient: false }
}

/** A roster by its text; an indented one is put to the left. */
export function rosterOf(text: string, zone?: string): Roster {
  return readRoster(formatOf(text), text, worldIn(zone))
}

/** A calendar around events, each given as its lines. */
export function calendarOf(...events: readonly (readonly string[])[]): string {
  const lines = events.flatMap((event) => ['BEGIN:VEVENT', ...event, 'END:VEVENT'])
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines, 'END:VCALENDAR', ''].join('\r\n')
}

/** The sentence by which a text is refused; '' when it is taken. */
export function refusal(text: string, zone?: string): string {
  try {
    rosterOf(text, zone)
    return ''
  } catch (error) {
    return error instanceof QingyuError ? `${error.code} ${error.message}` : String(error)
  }
}

/** Shifts of the city's roster in a time, one a line: `li 01-01T00:00 - 01-01T12:00` in UTC. */
export function shiftLines(roster: Roster, from: string, to: string, area = 0): readonly string[] {
  return roster
    .shifts(area, ms(from), ms(to))
    .map((shift) => `${shift.person} ${short(shift.from)} - ${short(shift.to)}`)
}

/** A book of duties with a clock: what somebody asks and does. */
export class DutyRoom {
  readonly plan: Plan
  readonly policy: AlertPolicy
  readonly state = new Map<string, Uint8Array>()
  book: RosterBook
  #acts = 0

  constructor(zone?: string, part: Partial<AlertPolicy> = {}) {
    this.plan = planIn(zone)
    this.policy = simplePolicy({ people: PEOPLE, ...part })
    this.book = new RosterBook(this.plan, this.policy)
  }

  act(at: string, deed: Deed, by: Actor = SYSTEM): Outcome | null {
    const action: Action = { id: `act${++this.#acts}`, time: ms(at), by, deed }
    const outcome = this.book.act(ms(at), action)
    for (const { key, value } of this.book.take())
      if (value === null) this.state.delete(key)
      else this.state.set(key, value)
    return outcome
  }

  /** Reads a roster; the sentence of its refusal, '' when it is taken. */
  read(text: string, name = 'street', at = '2026-01-01T00:00Z'): string {
    return said(this.act(at, { verb: 'roster', name, format: formatOf(text), text }))
  }

  /** Somebody stands in for somebody; the sentence of the refusal, '' when it is done. */
  cover(at: string, [from, to]: readonly [string, string], part: Partial<Cover>, who = 'sun'): string {
    const cover: Cover = { area: '32', person: 'sun', instead: '', ...part }
    const person = PEOPLE.get(who)
    const by: Actor =
      person === undefined ? SYSTEM : { person: who, role: person.role, area: person.area, unit: person.unit }
    return said(this.act(at, { verb: 'cover', ...cover, from: ms(from), to: ms(to), comment: '' }, by))
  }

  /** Who is on duty, in order; covers are marked with *. */
  who(at: string, area = '32'): string {
    const index = this.plan.grid.indexOf(area) ?? -1
    const onDuty = this.book.onDuty(index, ms(at))
    return onDuty.map(({ person, source }) => (source === 'cover' ? `${person}*` : person)).join(' ')
  }

  /** A new book from what is stored. */
  restart(part: Partial<AlertPolicy> = {}): void {
    this.book = new RosterBook(this.plan, { ...this.policy, ...part })
    this.book.restore(this.state)
  }
}

interface Cover {
  readonly area: string
  readonly person: string
  readonly instead: string
}

function said(outcome: Outcome | null): string {
  const code = outcome?.code
  if (outcome === null || code === null || code === undefined) return ''
  return `${code} ${messageOf(code as Parameters<typeof messageOf>[0], outcome.parameters)}`
}
