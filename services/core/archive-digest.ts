import type { Digest, DigestAlert, DigestIncident } from './archive.ts'
import type { AlertRecord } from './alert-record.ts'
import type { LevelHistory } from './commit.ts'
import { alertLine, incidentLine } from './digest-line.ts'
import type { Grid } from './grid.ts'
import { levelId, UNKNOWN, type Rank, type Scheme } from './level.ts'

/** Time between two counts of levels in a digest, ms. */
export const DIGEST_STEP_MS = 60_000

type Counts = Digest['levels'][number]

/** How many areas of the deepest level stand at each rank. */
export class LevelCount {
  readonly #ranks: Uint8Array
  readonly #counts = new Uint32Array(UNKNOWN + 1)
  readonly #plan: { readonly grid: Grid; readonly scheme: Scheme }

  /** `levels` tell the ranks that areas have by now, oldest first; all others are unknown. */
  constructor(plan: { readonly grid: Grid; readonly scheme: Scheme }, levels: readonly LevelHistory[]) {
    this.#plan = plan
    this.#ranks = new Uint8Array(plan.grid.size).fill(UNKNOWN)
    for (let area = 0; area < plan.grid.size; area++) if (this.#isDeepest(area)) this.#add(UNKNOWN, 1)
    this.take(levels)
  }

  /** Rate: per line. */
  take(levels: readonly LevelHistory[]): void {
    for (const { area, decision } of levels) {
      if (!this.#isDeepest(area)) continue
      this.#add(this.#ranks[area] ?? UNKNOWN, -1)
      this.#ranks[area] = decision.rank
      this.#add(decision.rank, 1)
    }
  }

  /** Counts by level id, calm first; levels at which none stands are left out. */
  counts(): Counts {
    const ranks = [...this.#counts.keys()].filter((rank) => (this.#counts[rank] ?? 0) > 0)
    return Object.fromEntries(
      ranks.map((rank) => [levelId(this.#plan.scheme, rank), this.#counts[rank] ?? 0]),
    )
  }

  #isDeepest(area: number): boolean {
    const { depths, levels } = this.#plan.grid
    return depths[area] === levels.length - 1
  }

  #add(rank: Rank, count: number): void {
    this.#counts[rank] = (this.#counts[rank] ?? 0) + count
  }
}

/** The digest of one segment as it grows, tick by tick. Bound: what changed within a segment. */
export class DigestBook {
  readonly #grid: Grid
  /** End of the step that runs, ms. */
  #step = 0
  readonly #levels: Counts[] = []
  readonly #incidents = new Map<string, DigestIncident>()
  readonly #alerts = new Map<string, DigestAlert>()
  readonly #actions: Digest['actions'][number][] = []
  readonly #versions: { readonly at: number; readonly rules: string }[] = []
  #observations = 0

  /** Steps begin behind `from` (ms). */
  constructor(grid: Grid, from: number) {
    this.#grid = grid
    this.#step = Math.floor(from / DIGEST_STEP_MS + 1) * DIGEST_STEP_MS
  }

  get observations(): number {
    return this.#observations
  }

  /** What stands before tick `at` is what the steps end with that are over by then. */
  passTo(at: number, count: LevelCount): void {
    for (; this.#step < at; this.#step += DIGEST_STEP_MS) this.#levels.push(count.counts())
  }

  ruledBy(rules: string, at: number): void {
    this.#versions.push({ at, rules })
  }

  observed(rows: number): void {
    this.#observations += rows
  }

  /** Rate: per tick at which the alert stage says something. */
  take({ at, incidents, alerts, audit }: AlertRecord): void {
    for (const incident of incidents) {
      const most = Math.max(this.#incidents.get(incident.id)?.count ?? 0, incident.areas.length)
      this.#incidents.set(incident.id, incidentLine(incident, this.#grid, most))
    }
    for (const alert of alerts) this.#alerts.set(alert.id, alertLine(alert))
    for (const { person, verb, subject, code } of audit)
      if (person !== '' && code === null) this.#actions.push({ at, verb, subject, person })
  }

  /** The digest of a segment that ends with the city as `count` has it. */
  close(count: LevelCount): Digest {
    return {
      stepMs: DIGEST_STEP_MS,
      levels: [...this.#levels, count.counts()],
      incidents: byId(this.#incidents),
      alerts: byId(this.#alerts),
      actions: [...this.#actions],
      ...(this.#versions.length > 0 && { versions: [...this.#versions] }),
      observations: this.#observations,
    }
  }
}

function byId<Line extends { readonly id: string }>(lines: ReadonlyMap<string, Line>): Line[] {
  return [...lines.values()].sort((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id)))
}

/** The digest of segments that follow each other, oldest first, as if they had been written as one; `ends` are theirs, ms. */
export function mergeDigests(digests: readonly Digest[], ends: readonly number[]): Digest {
  const incidents = new Map<string, DigestIncident>()
  const alerts = new Map<string, DigestAlert>()
  for (const digest of digests) {
    for (const line of digest.incidents) {
      const count = Math.max(incidents.get(line.id)?.count ?? 0, line.count)
      incidents.set(line.id, { ...line, count })
    }
    for (const line of digest.alerts) alerts.set(line.id, line)
  }
  const versions = digests.flatMap((digest) => digest.versions ?? [])
  return {
    stepMs: DIGEST_STEP_MS,
    // A segment that ends within a step tells of it once more than the whole does.
    levels: digests.flatMap(({ levels }, i) =>
      i < digests.length - 1 && (ends[i] ?? 0) % DIGEST_STEP_MS !== 0 ? levels.slice(0, -1) : levels,
    ),
    incidents: byId(incidents),
    alerts: byId(alerts),
    actions: digests.flatMap(({ actions }) => actions),
    ...(versions.length > 0 && { versions }),
    observations: digests.reduce((sum, { observations }) => sum + observations, 0),
  }
}
