import { QingyuError } from './core/errors.ts'
import type { DigestIncident, Manifest } from './core/archive.ts'
import { nearest } from './core/nearest.ts'
import type { Person } from './core/person.ts'
import type { DrillScore, ReplaysAnswer, ReplayView } from './core/replay-wire.ts'
import { isoOf } from './core/time.ts'
import type { Archive, Clock, Random } from './ports.ts'
import type { FromReplay, ReplaySetting, ToReplay, VerbCall } from './replay-message.ts'
import { ReplaySession } from './replay-session.ts'
import { readOpening, type Opening } from './replay-wanted.ts'
import type { Opener, Replays, Wanted } from './replays-port.ts'
import type { Thread, ThreadSetting } from './thread.ts'

/** A session opens so long before what it shows began, ms. */
const BEFORE_MS = 5 * 60_000
/** A drill ends by itself after so long, ms of the city's time, where nobody said when. */
const DRILL_MS = 2 * 3_600_000
/** Time between two looks for sessions that nobody uses, ms. */
const LOOK_MS = 10_000

/** What live knows that the archive may not hold yet. Times are ms. */
export interface LiveEvents {
  incident(id: string): { readonly born: number } | undefined
  alert(id: string): { readonly raised: number } | undefined
}

/** An archive that sessions play. */
export interface Played {
  readonly dir: string
  readonly archive: Pick<Archive, 'spans' | 'manifests'>
}

/** What sessions are made of. */
export interface ReplaysParts {
  /** This installation's archive; null where none is kept. */
  readonly own: Played | null
  /** That of an opened bundle. GW-not-found. */
  readonly bundle: (id: string) => Promise<Played>
  readonly live: LiveEvents | null
  /** Who can take part in drills, by id. */
  readonly people: ReadonlyMap<string, Person>
  readonly settings: { readonly sessions: number; readonly idle: number; readonly memory: number }
  /** What all sessions are opened with. */
  readonly common: Pick<ReplaySetting, 'names' | 'http' | 'state' | 'web' | 'program'>
  /** Address of a session's socket by its id. */
  readonly socketOf: (id: string) => string
  readonly start: (setting: ThreadSetting<FromReplay>) => Thread<ToReplay>
  readonly clock: Clock
  readonly random: Random
  readonly report: (sentence: string) => void
}

/** Keeps sessions of replays and drills, each in a thread of its own: what happens in one touches neither live nor another. */
export class ReplayKeeper implements Replays {
  readonly #parts: ReplaysParts
  readonly #sessions = new Map<string, ReplaySession>()
  #cancelLook: () => void
  #isStopped = false

  constructor(parts: ReplaysParts) {
    this.#parts = parts
    this.#cancelLook = this.#lookLater()
  }

  list(): ReplaysAnswer {
    const replays = [...this.#sessions.values()].map(({ view }) => view)
    return { replays, most: this.#parts.settings.sessions }
  }

  get(id: string): ReplayView {
    return this.#session(id).view
  }

  async open(wanted: Wanted, by: Opener): Promise<ReplayView> {
    const opening = readOpening(wanted)
    if (opening.kind === 'drill' && !by.drills)
      throw new QingyuError('SE-role', {
        value: 'A drill',
        role: by.person === '' ? 'of nobody' : by.person,
        expected: 'supervisor, commander, admin',
      })
    const played = opening.bundle === '' ? this.#parts.own : await this.#parts.bundle(opening.bundle)
    if (played === null)
      throw new QingyuError('AV-gap', { value: 'the past', held: 'nothing: archive.enabled is off' })
    const at = await this.#whereOf(opening, played.archive)
    const id = this.#draw()
    const { common, start, settings, socketOf, clock } = this.#parts
    const { kind, rate, playing, bundle, title } = opening
    const people = this.#trainees(opening)
    const to = kind === 'drill' ? await endOfDrill(played.archive, at, opening.to) : opening.to
    const named = { id, kind, title, path: `/replay/${id}/`, bundle, by: by.person }
    // Nothing is awaited from here on, so that two at once cannot both take the last place.
    this.#assertRoom()
    const session = new ReplaySession({
      setting: { ...common, named, at, to, rate, playing, people, archive: played.dir, socket: socketOf(id) },
      memory: settings.memory,
      start,
      clock,
      report: (sentence) => this.#parts.report(sentence),
    })
    this.#sessions.set(id, session)
    return session.view
  }

  /** Who takes part in a drill; RY-field. */
  #trainees({ kind, people: ids }: Opening): readonly Person[] {
    const wrong = (value: string, expected: string) =>
      new QingyuError('RY-field', { field: 'people', value, expected })
    if (kind === 'replay') {
      if (ids.length > 0) throw wrong(ids.join(', '), 'nobody: only a drill has people')
      return []
    }
    if (ids.length === 0) throw wrong('empty', 'ids of those who take part')
    return ids.map((id) => {
      const { people } = this.#parts
      const person = people.get(id)
      const best = person === undefined ? nearest(id, people.keys()) : undefined
      if (person === undefined || person.role === 'viewer' || person.role === 'vendor')
        throw wrong(id, `somebody who may act${best === undefined ? '' : `, perhaps ${best}`}`)
      return person
    })
  }

  /** RY-full. What has failed makes room by itself. */
  #assertRoom(): void {
    const { sessions: most } = this.#parts.settings
    const failed = [...this.#sessions].find(([, { view }]) => view.state === 'failed')
    if (this.#sessions.size >= most && failed !== undefined) void this.close(failed[0])
    if (this.#sessions.size >= most || this.#isStopped)
      throw new QingyuError('RY-full', {
        value: this.#sessions.size,
        what: 'replays',
        most,
        field: 'replay.sessions',
      })
  }

  /** Where a session opens; RY-future, AV-gap, AL-unknown. */
  async #whereOf(opening: Opening, archive: Played['archive']): Promise<number> {
    const spans = await archive.spans()
    const newest = spans.at(-1)?.to
    const oldest = spans[0]?.after
    if (newest === undefined || oldest === undefined)
      throw new QingyuError('AV-gap', {
        value: 'the past',
        held: 'nothing yet; it follows live within a minute',
      })
    const { at, to } = opening
    if (at !== null && at > newest)
      throw new QingyuError('RY-future', { value: isoOf(at), newest: isoOf(newest) })
    if (at !== null && at <= oldest)
      throw new QingyuError('AV-gap', { value: isoOf(at), held: `${isoOf(oldest + 1)} to ${isoOf(newest)}` })
    if (to !== null && to > newest)
      throw new QingyuError('RY-future', { value: isoOf(to), newest: isoOf(newest) })
    if (at !== null && to !== null && to <= at)
      throw new QingyuError('RY-field', {
        field: 'to',
        value: isoOf(to),
        expected: `a time after ${isoOf(at)}`,
      })
    if (at !== null) return at
    const began = (await this.#beganAt(opening, archive, newest)) - BEFORE_MS
    return Math.min(newest, Math.max(began, oldest + 1))
  }

  async #beganAt(opening: Opening, archive: Played['archive'], newest: number): Promise<number> {
    const live = opening.bundle === '' ? this.#parts.live : null
    const { incident, alert } = opening
    if (incident !== null) {
      const found =
        live?.incident(incident) ??
        (await lastOf(archive, newest, ({ incidents }) => incidents.find(({ id }) => id === incident)))
      if (found === undefined) throw new QingyuError('AL-unknown', { what: 'Incident', value: incident })
      return found.born
    }
    if (alert !== null) {
      const found =
        live?.alert(alert) ??
        (await lastOf(archive, newest, ({ alerts }) => alerts.find(({ id }) => id === alert)))
      if (found === undefined) throw new QingyuError('AL-unknown', { what: 'Alert', value: alert })
      return found.raised
    }
    const last = await lastOf(archive, newest, ({ incidents }) => newestOf(incidents))
    return last?.born ?? newest
  }

  async do(id: string, call: VerbCall): Promise<ReplayView> {
    return this.#session(id).do(call)
  }

  async score(id: string): Promise<DrillScore> {
    const session = this.#session(id)
    if (session.view.kind !== 'drill')
      throw new QingyuError('RY-field', {
        field: 'id',
        value: id,
        expected: 'a drill: a replay has no score',
      })
    return session.score()
  }

  async close(id: string): Promise<void> {
    const session = this.#session(id)
    this.#sessions.delete(id)
    await session.close()
  }

  async enter(id: string): Promise<{ readonly socket: string; readonly leave: () => void }> {
    return this.#session(id).enter()
  }

  #session(id: string): ReplaySession {
    const session = this.#sessions.get(id)
    if (session === undefined) throw new QingyuError('RY-unknown', { value: `Replay ${id.slice(0, 40)}` })
    return session
  }

  #draw(): string {
    const word = () => this.#parts.random.uint32().toString(16).padStart(8, '0')
    return word() + word()
  }

  #lookLater(): () => void {
    const { clock, settings } = this.#parts
    return clock.at(clock.now() + LOOK_MS, () => {
      for (const [id, session] of this.#sessions)
        if (session.unusedSince(clock.now()) > settings.idle) void this.close(id)
      this.#cancelLook = this.#lookLater()
    })
  }

  /** Ends all of them. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelLook()
    const sessions = [...this.#sessions.values()]
    this.#sessions.clear()
    await Promise.all(sessions.map((session) => session.close()))
  }
}

function newestOf(incidents: readonly DigestIncident[]): DigestIncident | undefined {
  return [...incidents].sort((a, b) => b.born - a.born || (a.id < b.id ? -1 : 1))[0]
}

/** Where a drill ends: it goes on without a gap, for people are in the middle of it. */
async function endOfDrill(archive: Played['archive'], at: number, to: number | null): Promise<number> {
  const span = (await archive.spans()).findLast(({ after }) => after < at)
  return Math.min(to ?? at + DRILL_MS, span?.to ?? at)
}

/** Manifests are looked through backwards in steps of so long, ms. */
const STEP_MS = 86_400_000

/** What the newest segment has that has it at all. */
async function lastOf<Found>(
  archive: Played['archive'],
  newest: number,
  find: (digest: Manifest['digest']) => Found | undefined,
): Promise<Found | undefined> {
  const oldest = (await archive.spans())[0]?.after ?? newest
  for (let to = newest; to > oldest; to -= STEP_MS)
    for (const { digest } of (await archive.manifests(to - STEP_MS, to)).toReversed()) {
      const found = find(digest)
      if (found !== undefined) return found
    }
  return undefined
}
