import type { Incident } from './incident.ts'
import type { Rank } from './level.ts'

/** An incident with what the tracker remembers of it beside. */
export interface Kept {
  incident: Incident
  /** Tick at which it was born, merged, split or came back last: its centre jumped then. */
  settled: number
  /** Areas that it has of a younger one merged into it, by that one's id. */
  parts: ReadonlyMap<number, string>
  /** Newest value of its gravest area; unlike the incident's until a minute is over. */
  value: number | null
  /** When its clock runs out next; Infinity: none runs. */
  wake: number
  /** Time of its valid entry in the queue of clocks; Infinity: none waits. */
  queuedAt: number
}

/** Areas that belong together at a tick, ascending. */
export interface Component {
  readonly areas: readonly number[]
  readonly rank: Rank
}

/** Who was where until now. */
export interface Scene {
  /** Active incidents that these components may belong to, oldest first; each component holds all or none of the areas of every other. */
  readonly actives: readonly Kept[]
  /** Fading incidents that had an area last. */
  fadingAt(area: number): readonly Kept[]
  /** Merged not longer ago than the off-delay, by id. */
  readonly merged: ReadonlyMap<string, Kept>
  /** Areas near enough to an area to be where a fast incident has gone from it. */
  around(area: number): Iterable<number>
}

/** Which incident goes on in which component. */
export interface Matched {
  /** By component; null: a new one is born there. */
  readonly heirs: readonly (Kept | null)[]
  /** By component: where a new one is born, the active one that most of its areas were of; it split from that. */
  readonly from: readonly (Kept | null)[]
  /** Active ones that go on in none, with the one that has most of their areas now; null: nobody has any. */
  readonly lost: ReadonlyMap<Kept, Kept | null>
  /** Those that gave areas to others or took some: their centre moves though they may stand. */
  readonly jumped: ReadonlySet<Kept>
}

/** Older incidents first; those of one tick by their number in it. */
export function byAge(a: Kept, b: Kept): number {
  return a.incident.born - b.incident.born || numberAtBirth(a) - numberAtBirth(b)
}

function numberAtBirth({ incident }: Kept): number {
  return Number(incident.id.slice(incident.id.indexOf('-') + 1))
}

/** By component: areas that an incident has there, and those of them that are not of a merged one. */
type Shares = Map<number, { all: number; own: number }>

/** Gives each component to at most one incident, each incident at most one component, oldest incidents first. */
class Matching {
  readonly heirs: (Kept | null)[]
  readonly shares = new Map<Kept, Shares>()
  readonly #components: readonly Component[]
  readonly #scene: Scene
  /** Component of each area. */
  readonly #of = new Map<number, number>()
  readonly #before = new Map<number, Kept>()
  readonly #matched = new Set<Kept>()

  constructor(components: readonly Component[], scene: Scene) {
    this.heirs = components.map(() => null)
    this.#components = components
    this.#scene = scene
    for (const [nth, { areas }] of components.entries()) for (const area of areas) this.#of.set(area, nth)
    for (const kept of scene.actives) {
      for (const area of kept.incident.areas) this.#before.set(area, kept)
      this.shares.set(kept, this.#sharesOf(kept))
    }
  }

  /** An incident goes on where most of its own areas are; the oldest chooses first, so that it keeps its id when two merge. */
  goOn(): void {
    for (const kept of this.#scene.actives) this.#give(kept, this.shares.get(kept))
  }

  /** What is left comes back as what it was: one that was fading there, or that was merged into the one that it splits from. */
  comeBack(): void {
    this.#giveAll((area, count) => {
      for (const fading of this.#scene.fadingAt(area)) {
        count(fading)
        count(this.#partAt(fading, area))
      }
      const host = this.#before.get(area)
      if (host) count(this.#partAt(host, area))
    })
  }

  /** A fast one is where nobody was before, near to where it was. */
  follow(wanted: (kept: Kept) => boolean): void {
    this.#giveAll((area, count, nth) => {
      if (this.#shared(nth)) return
      for (const near of this.#scene.around(area)) {
        const host = this.#before.get(near)
        if (host && this.shares.get(host)?.size === 0 && wanted(host)) count(host)
        for (const fading of this.#scene.fadingAt(near)) if (wanted(fading)) count(fading)
      }
    })
  }

  /** The incident that most of a component's areas were of; the oldest of equals. */
  from(nth: number): Kept | null {
    const counts = new Map<Kept, number>()
    for (const area of this.#components[nth]?.areas ?? []) {
      const host = this.#before.get(area)
      if (host) counts.set(host, (counts.get(host) ?? 0) + 1)
    }
    const most = [...counts].sort(([a, m], [b, n]) => n - m || byAge(a, b))
    return most[0]?.[0] ?? null
  }

  /** Active incidents that go on nowhere, each with the one that has most of its areas; the first component of equals. */
  lost(): Map<Kept, Kept | null> {
    const lost = new Map<Kept, Kept | null>()
    for (const [kept, shares] of this.shares) {
      if (this.#matched.has(kept)) continue
      const most = [...shares].sort(([a, m], [b, n]) => n.all - m.all || a - b)
      lost.set(kept, this.heirs[most[0]?.[0] ?? -1] ?? null)
    }
    return lost
  }

  /** Incidents between which areas have changed hands. */
  jumped(): Set<Kept> {
    const jumped = new Set<Kept>()
    for (const [kept, shares] of this.shares)
      for (const nth of shares.keys()) {
        const heir = this.heirs[nth] ?? null
        if (heir === kept) continue
        jumped.add(kept)
        if (heir) jumped.add(heir)
      }
    return jumped
  }

  #partAt(host: Kept, area: number): Kept | undefined {
    return this.#scene.merged.get(host.parts.get(area) ?? '')
  }

  #shared(nth: number): boolean {
    return (this.#components[nth]?.areas ?? []).some((area) => this.#before.has(area))
  }

  #sharesOf({ incident, parts }: Kept): Shares {
    const shares: Shares = new Map()
    for (const area of incident.areas) {
      const nth = this.#of.get(area)
      if (nth !== undefined) add(shares, nth, !this.#scene.merged.has(parts.get(area) ?? ''))
    }
    return shares
  }

  /** Counts claims on the components that nobody has yet, then gives them away, oldest claimants first. */
  #giveAll(look: (area: number, count: (kept: Kept | undefined) => void, component: number) => void): void {
    const claims = new Map<Kept, Shares>()
    for (const [nth, { areas }] of this.#components.entries()) {
      if (this.heirs[nth] !== null) continue
      const count = (kept: Kept | undefined): void => {
        if (kept === undefined || this.#matched.has(kept)) return
        let shares = claims.get(kept)
        if (!shares) claims.set(kept, (shares = new Map() as Shares))
        add(shares, nth, true)
      }
      for (const area of areas) look(area, count, nth)
    }
    for (const kept of [...claims.keys()].sort(byAge)) this.#give(kept, claims.get(kept))
  }

  /** To the free component where it has most areas; of equals the gravest, then the one with the smallest area index. */
  #give(kept: Kept, shares: Shares | undefined): void {
    let best = -1
    for (const nth of [...(shares?.keys() ?? [])].sort((a, b) => a - b)) {
      if (this.heirs[nth] !== null) continue
      if (best < 0 || this.#better(nth, best, shares)) best = nth
    }
    if (best < 0) return
    this.heirs[best] = kept
    this.#matched.add(kept)
  }

  #better(nth: number, than: number, shares: Shares | undefined): boolean {
    const [a, b] = [shares?.get(nth), shares?.get(than)]
    const [rank, other] = [this.#components[nth]?.rank ?? 0, this.#components[than]?.rank ?? 0]
    return ((a?.own ?? 0) - (b?.own ?? 0) || (a?.all ?? 0) - (b?.all ?? 0) || rank - other) > 0
  }
}

function add(shares: Shares, nth: number, own: boolean): void {
  const share = shares.get(nth)
  if (!share) shares.set(nth, { all: 1, own: Number(own) })
  else {
    share.all++
    share.own += Number(own)
  }
}

/** Finds out which incident goes on in which component; `components` by their smallest area. */
export function matchIncidents(components: readonly Component[], scene: Scene): Matched {
  const matching = new Matching(components, scene)
  matching.goOn()
  if (matching.heirs.includes(null)) {
    matching.comeBack()
    matching.follow(({ incident }) => incident.state === 'active')
    matching.follow(({ incident }) => incident.state === 'fading')
  }
  const { heirs } = matching
  return {
    heirs,
    from: heirs.map((heir, nth) => (heir === null ? matching.from(nth) : null)),
    lost: matching.lost(),
    jumped: matching.jumped(),
  }
}
