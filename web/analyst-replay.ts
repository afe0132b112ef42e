import { batch, effect } from '@preact/signals'
import type { OpenReplay, Rate, ReplayView } from '../services/core/replay-wire.ts'
import type { Span } from './analyst-axis.ts'
import { nextIncident } from './analyst-lanes.ts'
import * as page from './analyst-store.ts'
import { a, past, player, wanted } from './analyst-store.ts'
import { closeReplay, fetchReplay, fetchReplays, openReplay } from './player-api.ts'
import { rateBeside } from './player-time.ts'
import { Player } from './player.ts'
import { Refusal, refusalOf } from './refusal.ts'

/** How often an opening session is asked whether it is ready, ms. */
const ASK = 400
/** Before an incident, ms: what led to it is seen. */
export const LEAD = 5 * 60_000
/** Where play begins that nobody sent anywhere, ms before live. */
const AGO = 10 * 60_000

past.heard = (message) => {
  const told =
    message.type === 'replay' ? message.session : message.type === 'welcome' ? message.replay : undefined
  const known = player.peek()
  if (told !== undefined && told.id === known?.id) known.learn(told)
}

function reasonOf(thrown: unknown): string {
  const refusal = refusalOf(thrown)
  return refusal.status === 0 ? a('offline') : [refusal.message, refusal.hint].filter(Boolean).join('. ')
}

function failed(thrown: unknown): void {
  page.replayFault.value = reasonOf(thrown)
  if (refusalOf(thrown).code !== 'RY-full') return
  void fetchReplays().then(
    (answer) => (page.crowd.value = answer),
    () => undefined,
  )
}

/** Waits until a session can be looked at; rejects with why it cannot. */
async function ready(opened: ReplayView): Promise<ReplayView> {
  let view = opened
  while (view.state === 'opening') {
    await new Promise((done) => setTimeout(done, ASK))
    view = await fetchReplay(view.id)
  }
  if (view.state === 'failed') throw new Refusal(view.why, 'RY-failed', '', 500)
  return view
}

/** Takes a session before the page's eyes. */
function attend(view: ReplayView): Player {
  forget()
  const made = new Player(view.id)
  made.learn(view)
  made.start()
  batch(() => {
    player.value = made
    page.rate.value = view.rate
    wanted.value = view.at
  })
  past.join(page.baseOf(view))
  return made
}

function forget(): void {
  player.peek()?.stop()
  player.value = null
  past.leave()
}

async function open(body: OpenReplay): Promise<Player | null> {
  if (page.opening.peek()) return null
  batch(() => {
    page.opening.value = true
    page.replayFault.value = ''
    page.crowd.value = null
  })
  try {
    const source = page.bundle.peek()
    return attend(await ready(await openReplay({ ...body, ...(source !== '' && { bundle: source }) })))
  } catch (thrown) {
    failed(thrown)
    return null
  } finally {
    page.opening.value = false
  }
}

/** The session, opened at `at` where there is none; null when that failed or is on its way. */
async function playerAt(at: number): Promise<Player | null> {
  const known = player.peek()
  if (known !== null) return known
  wanted.value = at
  const made = await open({ at: Math.round(at), rate: page.rate.peek(), playing: false })
  // Sent on while it was being opened: the newest wish counts.
  const wish = wanted.peek()
  if (made !== null && wish !== null && Math.abs(wish - at) > 1) made.seek(wish)
  return made
}

/** Shows a moment: opens a session where there is none, else moves it. Rate: as a pointer moves. */
export async function goTo(at: number): Promise<void> {
  const known = page.playable.peek()
  const to = known === null ? at : Math.min(Math.max(at, known.from), known.to)
  wanted.value = to
  const session = player.peek()
  if (session === null) await playerAt(to)
  else session.seek(to)
}

/** Opens at an incident, five minutes before it was born. */
export function goToIncident(id: string): void {
  const found = page.incidents.peek().find((one) => one.id === id)
  page.incidentId.value = id
  if (found !== undefined) void goTo(found.born - LEAD)
}

/** Where the head is, or would be: ten minutes ago while nobody sent it anywhere. */
function here(): number {
  const known = page.playable.peek()
  return page.head.peek() ?? Math.max(known?.from ?? 0, (known?.to ?? 0) - AGO)
}

/** To the next or the last incident before the head. */
export function hop(by: 1 | -1): void {
  // The head stands before an incident that it was sent to: the next is the one after that.
  const found = nextIncident(page.incidents.peek(), here() + LEAD + by, by)
  if (found === null) page.speak(a(by === 1 ? 'noneLater' : 'noneEarlier'))
  else goToIncident(found.id)
}

/** Plays from the head, or stands still. */
export async function toggle(): Promise<void> {
  const known = player.peek()
  if (known !== null) return known.toggle()
  ;(await playerAt(here()))?.play()
}

/** Some ticks on or back, and stands still. */
export async function step(ticks: number): Promise<void> {
  const session = await playerAt(here())
  if (session?.isPlaying.peek() === true) session.pause()
  session?.step(ticks)
}

/** Sets how fast it plays. */
export function setRate(rate: Rate): void {
  page.rate.value = rate
  player.peek()?.setRate(rate)
}

/** The next faster or slower rate. */
export function shiftRate(by: 1 | -1): void {
  setRate(rateBeside(page.rate.peek(), by))
}

/** Plays a stretch again and again; a second time ends that. */
export async function toggleLoop(span: Span | null): Promise<void> {
  if (span !== null) (await playerAt(span.from))?.loopOver(page.replay.peek()?.loop ? null : span)
}

/** Back to live; the session is given back. */
export function backToLive(): void {
  const { id = '', kind } = page.replay.peek() ?? {}
  forget()
  batch(() => {
    wanted.value = null
    page.replayFault.value = ''
    page.crowd.value = null
    page.compare.value = false
  })
  if (id !== '' && kind === 'replay') closeReplay(id).catch(() => undefined)
}

/** Closes another session to make room; then what was wanted is tried again. */
export async function closeOther(id: string): Promise<void> {
  await closeReplay(id).catch(failed)
  page.crowd.value = null
  page.replayFault.value = ''
  const wish = wanted.peek()
  if (wish !== null) await goTo(wish)
}

/** Looks on at a session that is there already, as a drill. */
export function watch(view: ReplayView): void {
  attend(view)
}

/** Keeps page and session in step; gives the session back when the page goes, but a drill goes on without it. */
export function keepSession(): void {
  effect(() => {
    if (past.tick.value > 0) player.peek()?.reach(past.tick.value)
  })
  effect(() => {
    // Closed for want of use, or by somebody who needed the place: what is asked for next opens another.
    if (player.value?.gone.value !== 'closed') return
    const at = player.peek()?.at.peek() ?? null
    forget()
    wanted.value = at
    page.speak(a('closedByOthers'), true)
  })
  addEventListener('pagehide', () => {
    const session = page.replay.peek()
    if (session?.kind === 'replay') closeReplay(session.id).catch(() => undefined)
  })
  addEventListener('pageshow', ({ persisted }) => {
    const wish = wanted.peek()
    if (!persisted || wish === null) return
    forget()
    void goTo(wish)
  })
}
