import { channelSet, type ChannelSet } from './channel-set.ts'
import type { Grid } from './grid.ts'
import type { Rank } from './level.ts'
import { inForce, type Schedule } from './schedule.ts'
import type { Subscription } from './subscription.ts'

/** Somebody whom an alert concerns by what they subscribed to: once, however many of their subscriptions match. */
export interface Recipient {
  readonly person: string
  /** The subscription that chose them: the first in force, nearest area first. */
  readonly subscription: string
  /** Channels of all that match and are in force. */
  readonly channels: ChannelSet
  /** Channels that only subscriptions outside their schedule name. */
  readonly resting: ChannelSet
}

/** What is asked: an alert's areas (all, and the smallest that holds them), its category, and the rank that counts. */
export interface Concern {
  readonly area: number
  readonly areas: readonly number[]
  readonly category: string
  readonly rank: Rank
}

/** A person in the index, with where in the answer of the present question they stand. */
interface Slot {
  readonly person: string
  question: number
  place: number
}

interface Row {
  readonly rank: Rank
  readonly slot: Slot
  readonly id: string
  readonly channels: ChannelSet
  readonly schedule: Schedule | null
}

type Writable = { -readonly [Key in keyof Recipient]: Recipient[Key] }

const before = (a: Row, b: Row): number =>
  a.rank - b.rank ||
  (a.slot.person < b.slot.person ? -1 : a.slot.person > b.slot.person ? 1 : 0) ||
  (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

/**
 * Subscriptions by area and category, lists sorted by rank: an alert asks only the lists of its areas and what lies above them,
 * and reads each no further than its own rank. Rate: per event about an alert; its cost is that of the answer, whoever else
 * subscribed to what.
 */
export class SubscriptionIndex {
  readonly #grid: Pick<Grid, 'parents' | 'size' | 'indexOf'>
  /** Category ('' for all) to area to rows. */
  readonly #rows = new Map<string, Map<number, Row[]>>()
  readonly #slots = new Map<string, Slot>()
  /** Number of the question at which an area was visited last. */
  readonly #visited: Uint32Array
  #question = 0
  #size = 0

  constructor(grid: Pick<Grid, 'parents' | 'size' | 'indexOf'>) {
    this.#grid = grid
    this.#visited = new Uint32Array(grid.size)
  }

  /** Subscriptions held. */
  get size(): number {
    return this.#size
  }

  /** Takes many at once: each list is sorted once. */
  load(subscriptions: Iterable<Subscription>): void {
    const touched = new Set<Row[]>()
    for (const each of subscriptions) {
      const list = this.#list(each)
      if (list === undefined) continue
      list.push(this.#row(each))
      touched.add(list)
      this.#size++
    }
    for (const list of touched) list.sort(before)
  }

  add(subscription: Subscription): void {
    const list = this.#list(subscription)
    if (list === undefined) return
    const row = this.#row(subscription)
    list.splice(placeOf(list, row), 0, row)
    this.#size++
  }

  remove(subscription: Subscription): void {
    const list = this.#list(subscription)
    if (list === undefined) return
    const at = placeOf(list, this.#row(subscription))
    if (list[at]?.id !== subscription.id) return
    list.splice(at, 1)
    this.#size--
  }

  /** Whom it concerns at a tick. The same subscriptions give the same order, in whichever order they came. */
  match({ area, areas, category, rank }: Concern, at: number): readonly Recipient[] {
    const question = ++this.#question
    const lists = [this.#rows.get(category), category === '' ? undefined : this.#rows.get('')].filter(
      (each) => each !== undefined,
    )
    const found: Writable[] = []
    // An alert of thousands of cells visits each area above them once.
    const climb = (from: number): void => {
      for (let up = from; up >= 0 && this.#visited[up] !== question; up = this.#grid.parents[up] ?? -1) {
        this.#visited[up] = question
        for (const byArea of lists) for (const row of byArea.get(up) ?? []) if (!take(row)) break
      }
    }
    const take = (row: Row): boolean => {
      if (row.rank > rank) return false
      join(found, row, question, row.schedule === null || inForce(row.schedule, at))
      return true
    }
    for (const each of areas) climb(each)
    climb(area)
    for (const each of found) each.resting &= ~each.channels
    return found
  }

  #list({ area, category }: Subscription): Row[] | undefined {
    // An area that a newer grid no longer has: nothing can match it.
    const index = this.#grid.indexOf(area)
    if (index === undefined) return undefined
    let byArea = this.#rows.get(category)
    if (byArea === undefined) this.#rows.set(category, (byArea = new Map<number, Row[]>()))
    let list = byArea.get(index)
    if (list === undefined) byArea.set(index, (list = []))
    return list
  }

  #row({ id, person, rank, channels, schedule }: Subscription): Row {
    let slot = this.#slots.get(person)
    if (slot === undefined) this.#slots.set(person, (slot = { person, question: 0, place: 0 }))
    return { rank, slot, id, channels: channelSet(channels), schedule }
  }
}

/** Adds what a row says to its person's line of the answer. */
function join(found: Writable[], { slot, id, channels }: Row, question: number, awake: boolean): void {
  const known = slot.question === question ? found[slot.place] : undefined
  if (known === undefined) {
    slot.question = question
    slot.place =
      found.push({
        person: slot.person,
        subscription: id,
        channels: awake ? channels : 0,
        resting: awake ? 0 : channels,
      }) - 1
    return
  }
  if (!awake) {
    known.resting |= channels
    return
  }
  if (known.channels === 0) known.subscription = id
  known.channels |= channels
}

/** Where a row stands in a sorted list, or would. */
function placeOf(list: readonly Row[], row: Row): number {
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const other = list[middle]
    if (other !== undefined && before(other, row) < 0) low = middle + 1
    else high = middle
  }
  return low
}
