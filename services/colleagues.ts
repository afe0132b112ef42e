import { sentenceOf } from './core/errors.ts'
import type { ActBody, AlertRow } from './core/desk-wire.ts'
import type { Clock } from './ports.ts'

/** A simulated colleague's way to the desk, over the same door as people's. */
export interface Colleague {
  alerts(): Promise<readonly AlertRow[]>
  /** Rejects with the server's sentence when it refuses. */
  act(alert: string, verb: string, body: ActBody): Promise<void>
}

/** Who plays whom in the demo, by person id. */
export interface Cast {
  /** Acknowledges; not the one as whom visitors sign in first. */
  readonly officer: string
  readonly commander: string
  readonly supervisor: string
  /** Somebody of each unit. */
  readonly crews: ReadonlyMap<string, string>
}

/** A person of the demo, as the configuration has them. */
interface Player {
  readonly role: string
  readonly unit: string
  readonly demo: boolean
}

/** Shares out the parts among the people of a demo, in the order of the configuration; null when one of the offices is empty. */
export function castOf(people: Readonly<Record<string, Player>>): Cast | null {
  const players = Object.entries(people).filter(([, { demo }]) => demo)
  const first = (role: string): string | undefined => players.find(([, player]) => player.role === role)?.[0]
  const visitor = first('officer')
  const officers = players.filter(([id, { role }]) => role === 'officer' && id !== visitor)
  const [officer, commander, supervisor] = [officers[0]?.[0], first('commander'), first('supervisor')]
  if (officer === undefined || commander === undefined || supervisor === undefined) return null
  const crews = new Map<string, string>()
  for (const [id, { unit }] of officers) if (unit !== '' && !crews.has(unit)) crews.set(unit, id)
  return { officer, commander, supervisor, crews }
}

/** What a colleague does next. */
export interface NextDeed {
  readonly person: string
  readonly verb: 'acknowledge' | 'dispatch' | 'report-in' | 'handle' | 'verify' | 'close'
  readonly body: ActBody
}

const SECOND = 1000
/** How long colleagues let each state stand, ms: long enough for a visitor to be first. */
const PROMPT = 45 * SECOND
const PATIENT = 240 * SECOND
const SENDING = 60 * SECOND
const WORKING = 75 * SECOND
const CHECKING = 30 * SECOND
const ARRIVING = 25 * SECOND
const APART = 20 * SECOND
/** Time between two looks at the desk. */
const LOOK_MS = 5 * SECOND

/** Which half of the alerts colleagues take at once; the other half is left to visitors, and to the ladder. */
function isTheirs({ id }: AlertRow): boolean {
  let sum = 0
  for (const letter of id) sum += letter.charCodeAt(0)
  return sum % 2 === 0
}

/** The crew for a category: a unit of that name, else the first. */
function crewFor({ category }: AlertRow, { crews }: Cast): string {
  return crews.has(category) ? category : ([...crews.keys()][0] ?? '')
}

/** What colleagues do next about an alert at `now` (ms), one deed at a time; null: nothing yet. Exercises are left to those who train. */
export function nextDeed(alert: AlertRow, now: number, cast: Cast): NextDeed | null {
  if (alert.exercise || alert.closed !== null || alert.shelved !== null) return null
  const arrival = arrivalOf(alert, now, cast)
  if (arrival !== null) return arrival
  const stood = now - alert.since
  const sent = alert.unit !== '' || alert.person !== ''
  if (alert.ended !== null && !sent && alert.state !== 'handled' && alert.state !== 'verified')
    return now - alert.ended > CHECKING * 2 ? { person: cast.supervisor, verb: 'close', body: {} } : null
  switch (alert.state) {
    case 'raised':
      return stood > (isTheirs(alert) ? PROMPT : PATIENT)
        ? { person: cast.officer, verb: 'acknowledge', body: {} }
        : null
    case 'acknowledged': {
      // Who acknowledged by hand wants to go on by hand.
      const wait = alert.acknowledgedBy === cast.officer ? SENDING : PATIENT
      return stood > wait
        ? { person: cast.commander, verb: 'dispatch', body: { unit: crewFor(alert, cast) } }
        : null
    }
    case 'dispatched': {
      const person = cast.crews.get(alert.unit)
      // Nobody says that it is handled while everybody sees that it goes on; but not for ever.
      const work = alert.ended === null ? PATIENT : WORKING
      return person !== undefined && stood > work ? { person, verb: 'handle', body: {} } : null
    }
    case 'handled':
      return stood > CHECKING ? { person: cast.supervisor, verb: 'verify', body: {} } : null
    case 'verified':
      return stood > CHECKING / 2 ? { person: cast.supervisor, verb: 'close', body: {} } : null
    case 'closed':
      return null
  }
}

function arrivalOf({ whistle }: AlertRow, now: number, { crews }: Cast): NextDeed | null {
  for (const [i, call] of (whistle?.called ?? []).entries()) {
    const person = crews.get(call.unit)
    const due = (whistle?.at ?? now) + ARRIVING + i * APART
    if (call.came === null && person !== undefined && now > due)
      return { person, verb: 'report-in', body: { unit: call.unit } }
  }
  return null
}

/** What the colleagues need. */
export interface ColleagueOptions {
  readonly cast: Cast
  readonly clock: Clock
  /** Signs somebody in; rejects where that is not possible. */
  readonly open: (person: string) => Promise<Colleague>
  /** Told once, in a sentence, when they cannot work. */
  readonly warn: (sentence: string) => void
}

/** Has simulated colleagues work on alerts until `stop`: so that a demo lives, and a visitor's alert can come to its end. */
export function startColleagues({ cast, clock, open, warn }: ColleagueOptions): { stop(): void } {
  const desks = new Map<string, Promise<Colleague>>()
  let [stopped, warned] = [false, false]
  const deskOf = (person: string): Promise<Colleague> => {
    const known = desks.get(person) ?? open(person)
    desks.set(person, known)
    return known
  }
  const look = async (): Promise<void> => {
    const seen = await (await deskOf(cast.supervisor)).alerts()
    for (const alert of seen) {
      const deed = stopped ? null : nextDeed(alert, clock.now(), cast)
      // Refused when a person was quicker, which is as it should be.
      if (deed !== null)
        await (await deskOf(deed.person)).act(alert.id, deed.verb, deed.body).catch(() => undefined)
    }
  }
  const turn = (): void => {
    look()
      .catch((fault: unknown) => {
        desks.clear()
        if (!warned) warn(`The demo's colleagues cannot reach the desk: ${sentenceOf(fault)}`)
        warned = true
      })
      .finally(() => {
        if (!stopped) cancel = clock.at(clock.now() + LOOK_MS, turn)
      })
  }
  let cancel = clock.at(clock.now() + LOOK_MS, turn)
  return {
    stop: () => {
      stopped = true
      cancel()
    },
  }
}
