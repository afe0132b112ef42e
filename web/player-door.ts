import { signal } from '@preact/signals'
import { addressOf, closeReplay, fetchReplay, home, openReplay, sessionId } from './player-api.ts'
import { refusalOf } from './refusal.ts'
import { cityNow } from './store.ts'

/** What the wall's key opens, ms before now. */
const LAST = 10 * 60_000
/** While a session opens it is asked this often how far it is, ms. */
const EVERY = 400
/** Mark of this tab: the session that it opened, and closes when it leaves. */
const OWN = 'qingyu.replay.own'

/** A session that is being opened from the live wall: `fault` why it was not. */
export const opening = signal<{ readonly fault: string } | null>(null)
let wanted = 0

/** Takes words, colours, place and camera along to another page of ours. */
function go(address: string): void {
  const url = new URL(address)
  url.search = location.search
  location.assign(url)
}

/** Opens the last ten minutes as a replay in this tab; the wall stays live until there is something to see. */
export async function openLast(): Promise<void> {
  if (sessionId !== '' || opening.peek()?.fault === '' || !Number.isFinite(cityNow.peek())) return
  const own = ++wanted
  opening.value = { fault: '' }
  let id = ''
  try {
    let view = await openReplay({ at: Math.round(cityNow.peek() - LAST), playing: true })
    id = view.id
    while (own === wanted && view.state === 'opening') {
      await new Promise((done) => setTimeout(done, EVERY))
      view = await fetchReplay(id)
    }
    if (view.state === 'failed') throw new Error(view.why)
    if (own !== wanted) return void closeReplay(id).catch(() => undefined)
    sessionStorage.setItem(OWN, id)
    go(addressOf(id))
  } catch (thrown) {
    // What was opened for nothing must not take the place of another.
    if (id !== '') void closeReplay(id).catch(() => undefined)
    const { message, hint } = refusalOf(thrown)
    if (own === wanted) opening.value = { fault: [message, hint].filter(Boolean).join('. ') }
  }
}

/** Gives an opening up, or takes the sentence about its failure away; false when there was neither. */
export function cancelOpening(): boolean {
  if (opening.peek() === null) return false
  wanted++
  opening.value = null
  return true
}

/** Back to the live page of that name ('' : the wall). A session that this tab opened is closed with it; one that came as a link is others' too. */
export function toLive(page = ''): void {
  const own = sessionStorage.getItem(OWN) === sessionId
  sessionStorage.removeItem(OWN)
  if (own) void closeReplay(sessionId).catch(() => undefined)
  go(new URL(page, home).href)
}
