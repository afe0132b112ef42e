import { batch, effect } from '@preact/signals'
import type { Timeline } from '../services/core/replay-wire.ts'
import { ask } from './analyst-api.ts'
import { within } from './analyst-axis.ts'
import type { Span } from './analyst-axis.ts'
import { bounds, bundle, span, timeline, timelineFault, wanted, whole } from './analyst-store.ts'

/** All that is held is asked for again so often: the archive follows live within a minute, ms. */
const RENEW = 30_000
const AGAIN = 4000
/** A view that still moves is not asked for, ms. */
const REST = 160
/** First seen: the last day. */
const DAY = 86_400_000
/** What lies so near an end counts as there, ms. */
const EDGE = 1000

function query(seen: Span | null): string {
  const parts = new URLSearchParams()
  if (seen !== null) {
    parts.set('from', String(Math.round(seen.from)))
    parts.set('to', String(Math.round(seen.to)))
  }
  if (bundle.peek() !== '') parts.set('bundle', bundle.peek())
  return `timeline?${parts}`
}

let generation = 0
let timer = 0

async function loadWhole(): Promise<void> {
  const own = ++generation
  clearTimeout(timer)
  try {
    let got = await ask<Timeline>(query(null))
    const first = got.held[0]?.from
    const last = Math.max(got.live, got.held.at(-1)?.to ?? 0)
    if (first !== undefined && first < got.from) got = await ask<Timeline>(query({ from: first, to: last }))
    if (own !== generation) return
    batch(() => {
      whole.value = got
      timelineFault.value = ''
      follow(last)
    })
    timer = window.setTimeout(() => void loadWhole(), got.held.length === 0 ? AGAIN : RENEW)
  } catch (thrown) {
    if (own !== generation) return
    timelineFault.value = thrown instanceof Error ? thrown.message : String(thrown)
    timer = window.setTimeout(() => void loadWhole(), AGAIN)
  }
}

let newest = 0

/** The last day, or the day around the moment that a link leads to. */
function first(all: Span): Span {
  const at = wanted.peek()
  const to = at === null || at > all.to - DAY ? all.to : at + DAY / 2
  return within({ from: to - DAY, to }, all)
}

/** A view that reaches up to now goes on doing so. */
function follow(last: number): void {
  const all = bounds.peek()
  if (all === null) return
  const seen = span.peek()
  if (seen === null) span.value = first(all)
  else if (newest > 0 && Math.abs(seen.to - newest) < EDGE) {
    const moved = { from: seen.from + last - newest, to: last }
    // All that is held goes on being all of it, up to a day.
    const isAll = seen.from - all.from < EDGE && last - all.from <= DAY
    span.value = isAll ? all : within(moved, all)
  }
  newest = last
}

let asked = 0

async function loadSeen(seen: Span): Promise<void> {
  const own = ++asked
  const all = bounds.peek()
  if (all === null) return
  // A quarter more on each side, so that a small move shows no empty edge.
  const room = (seen.to - seen.from) / 4
  const wide = { from: Math.max(all.from, seen.from - room), to: Math.min(all.to, seen.to + room) }
  try {
    const got = await ask<Timeline>(query(wide))
    if (own === asked) timeline.value = got
  } catch {
    // The coarser picture of all that is held stands in; it tells what is wrong when it fails as well.
  }
}

/** Follows what is held and what is seen; once, for the page's life. */
export function followHistory(): void {
  effect(() => {
    if (bundle.value !== '') span.value = span.peek()
    newest = 0
    void loadWhole()
  })
  let rest = 0
  effect(() => {
    const [seen, all] = [span.value, bounds.value]
    clearTimeout(rest)
    if (seen !== null && all !== null) rest = window.setTimeout(() => void loadSeen(seen), REST)
  })
}

/** Asks again now, as when something was published or a bundle opened. */
export function renew(): void {
  void loadWhole()
}

/** Shows a stretch. */
export function look(next: Span): void {
  const all = bounds.peek()
  if (all !== null) span.value = within(next, all)
}

/** Shows all that is held. */
export function lookAtAll(): void {
  if (bounds.peek() !== null) span.value = bounds.peek()
}
