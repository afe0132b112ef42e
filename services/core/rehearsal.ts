import type { AlertPolicy } from './alert-policy.ts'
import { alertPartition, decodeAlertRecord } from './alert-record.ts'
import type { Keyframe, TickSlice } from './archive.ts'
import { CityMachine, type Played } from './city-machine.ts'
import { decodeIncident } from './incident-entry.ts'
import type { Incident } from './incident.ts'
import { areaOfKey, decodeLevel } from './level-table.ts'
import { decodeMeta, META_KEY } from './partition-meta.ts'
import type { Plan } from './plan.ts'
import { Courses } from './rehearsal-course.ts'
import { RehearsalLevels, SIDES, type Move, type SideName } from './rehearsal-levels.ts'
import { isLoad, RehearsalLoad } from './rehearsal-load.ts'
import { compareCourses } from './rehearsal-match.ts'
import { rehearsalSentence } from './rehearsal-sentence.ts'
import { isRehearsed, keyframeUnder, rehearsalPolicy } from './rehearsal-warm.ts'
import type { RehearsalResult } from './replay-wire.ts'
import type { RuleSet } from './rule.ts'

/** What is rehearsed: the city as it was judged, other rules for it, and the time that is compared, [from, to] in ms. */
export interface RehearsalSetting {
  readonly plan: Plan
  readonly policy: AlertPolicy
  readonly rules: RuleSet
  readonly from: number
  readonly to: number
}

/**
 * The same log under two sets of rules, tick by tick: as it was judged, and as other rules would have judged it. People's acts on
 * alerts are left out on both sides, so that an alert lasts as its condition does; so compared are incidents, each of which raises
 * one alert, and on the log's side their ids are those of life.
 */
export class Rehearsal {
  readonly #setting: RehearsalSetting
  #plan: Plan
  #policy: AlertPolicy
  readonly #levels: RehearsalLevels
  readonly #load: RehearsalLoad
  readonly #courses: Readonly<Record<SideName, Courses>>
  readonly #gaps: (readonly [number, number])[] = []
  #machines: Readonly<Record<SideName, CityMachine>> | null = null
  /** From when on ticks are compared in this stretch, ms; and whether they are. */
  #from = 0
  #isComparing = false
  #at = 0
  #was = ''

  constructor(setting: RehearsalSetting) {
    const { plan, policy } = setting
    this.#setting = setting
    this.#plan = plan
    this.#policy = policy
    this.#was = plan.rules.version
    this.#levels = new RehearsalLevels(plan.grid, plan.scheme, setting, plan.tickMs)
    this.#courses = {
      was: new Courses(plan.scheme.levels.length),
      would: new Courses(plan.scheme.levels.length),
    }
    const entries = () => this.#machines?.was.entries(alertPartition(plan)) ?? new Map<string, Uint8Array>()
    this.#load = new RehearsalLoad(plan, () => this.#policy, entries)
  }

  /** Newest tick played, ms; 0 before the first. */
  get at(): number {
    return this.#at
  }

  /** Version of the rules in force where comparing began. */
  get was(): string {
    return this.#was
  }

  /**
   * A stretch of the log without gaps begins at a keyframe, or where the log began (null); it is compared from `from` (ms) on, which
   * should lie core/rehearsal-warm `warmMs` behind a keyframe.
   */
  begin(keyframe: Keyframe | null, from: number): void {
    this.end()
    const { rules } = this.#setting
    this.#start(keyframe, keyframe && keyframeUnder(keyframe, this.#plan, rules))
    this.#from = from
    this.#at = keyframe?.at ?? 0
  }

  /** Goes on by another plan of the same grid and indicators, from where both sides stand; false: not at this tick, for partitions stand apart. */
  replan(plan: Plan, policy: AlertPolicy): boolean {
    const [was, would] = [this.#machines?.was.keyframe(), this.#machines?.would.keyframe()]
    if (was === undefined || would === undefined) return this.#machines === null
    this.#plan = plan
    this.#policy = policy
    this.#start(was, would)
    return true
  }

  #start(was: Keyframe | null, would: Keyframe | null): void {
    const [plan, policy, { rules }] = [this.#plan, this.#policy, this.#setting]
    const plays = isRehearsed
    this.#machines = {
      was: new CityMachine(plan, { policy: rehearsalPolicy(plan, policy, plan.rules), plays }, was),
      would: new CityMachine(plan, { policy: rehearsalPolicy(plan, policy, rules), plays, rules }, would),
    }
  }

  /** Plays one slice on both sides. Rate: per tick. LG-record when a record is damaged. */
  play(slice: TickSlice): void {
    if (this.#machines === null) return
    if (!this.#isComparing && slice.at > this.#from) this.#compare()
    const was = this.#machines.was.play(slice)
    const would = this.#machines.would.play(slice)
    for (const [i, played] of was.entries()) {
      this.#at = played.tick.at
      this.#take('was', played)
      const other = would[i]
      if (other !== undefined) this.#take('would', other)
    }
  }

  /** The stretch is over: nothing more is known until the next one begins. */
  end(): void {
    const at = Math.min(this.#at, this.#setting.to)
    if (!this.#isComparing && this.#machines !== null && this.#at >= this.#from) this.#compare()
    if (this.#isComparing) {
      this.#levels.end(at)
      this.#load.end(at)
      for (const name of SIDES) this.#courses[name].end(at)
    }
    this.#isComparing = false
    this.#machines = null
  }

  /** Ticks in (after, to] are missing; told in order. */
  gap(after: number, to: number): void {
    if (to > after) this.#gaps.push([after, to])
  }

  /** What both sides came to so far; the stretch must be over. */
  result(): RehearsalResult {
    const { plan, policy, from, to } = this.#setting
    const { was, would } = this.#courses
    const compared = compareCourses(was.all, would.all, plan.grid, policy.incidents.offDelayMs)
    const uncounted = was.uncounted + would.uncounted
    const result = {
      from,
      to,
      levels: plan.scheme.levels.map(({ id }) => id),
      ...compared,
      unlisted: compared.unlisted + uncounted,
      load: this.#load.shifts,
      ...this.#levels.result(),
      gaps: this.#gaps,
    }
    return { ...result, sentence: rehearsalSentence(result, plan) }
  }

  /** Comparing begins with what stands now. */
  #compare(): void {
    const { plan } = this.#setting
    const machines = this.#machines
    if (machines === null) return
    this.#isComparing = true
    this.#was = decodeMeta(machines.was.entry(0, META_KEY))?.rules ?? this.#was
    this.#levels.begin(this.#from, {
      was: levelsOf(plan, machines.was),
      would: levelsOf(plan, machines.would),
    })
    this.#load.begin(this.#from)
    for (const name of SIDES) this.#courses[name].begin(this.#from, incidentsOf(plan, machines[name]))
  }

  /** Rate: per tick and side. */
  #take(name: SideName, { tick, alert }: Played): void {
    if (!this.#isComparing || tick.at > this.#setting.to) return
    for (const { changes } of tick.records) this.#levels.take(tick.at, name, changes)
    if (alert === null) return
    const { incidents, notices } = decodeAlertRecord(alert.record)
    const born = this.#courses[name].take(tick.at, incidents)
    const told = notices.filter((notice) => notice.at === tick.at && isLoad(notice)).length
    if (born + told > 0) this.#load.add(tick.at, name, born, told)
  }
}

function* levelsOf(plan: Plan, machine: CityMachine): Generator<Move> {
  for (let partition = 0; partition <= plan.partitions; partition++)
    for (const [key, bytes] of machine.entries(partition))
      if (key.startsWith('a/')) yield { area: areaOfKey(key), rank: decodeLevel(bytes).rank }
}

/** Living incidents, oldest first. */
function incidentsOf(plan: Plan, machine: CityMachine): Incident[] {
  const found: Incident[] = []
  for (const [key, bytes] of machine.entries(alertPartition(plan)))
    if (key.startsWith('i/')) found.push(decodeIncident(bytes).incident)
  return found.sort((a, b) => a.born - b.born || (a.id < b.id ? -1 : 1))
}
