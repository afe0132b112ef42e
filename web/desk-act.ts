import type { Verb } from '../services/core/action.ts'
import type { ActBody, DoneAnswer } from '../services/core/desk-wire.ts'
import { perform } from './desk-api.ts'
import { refusalOf } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { at } from './desk-say.ts'
import { expired, loadOpened, loadRows } from './desk-session.ts'
import * as desk from './desk-store.ts'
import { DONE, STATE, VERB } from './desk-terms.ts'
import { named, told } from './store.ts'

/** An act that the server took but has not decided is waited for this long at most, ms. */
const LONG = 30_000

function wait(id: string, verb: Verb | null, long = false): void {
  const next = new Map(desk.pending.peek())
  if (verb === null) next.delete(id)
  else next.set(id, { verb, long })
  desk.pending.value = next
}

/** Who was faster, by the alert's record; null where it says nothing of the verb. */
function rival(id: string, verb: Verb): string | null {
  const { got } = desk.opened.peek()
  if (got?.alert.id !== id) return null
  const entry = got.alert.record.findLast(({ what }) => what === verb)
  if (entry === undefined) return null
  const pair = DONE[entry.what]
  return desk.d('conflict', {
    who: desk.who(entry.person),
    t: at(entry.at),
    verb: told(pair, { to: '', unit: desk.unitName(entry.unit) }).trim(),
  })
}

/** Why an act was refused, as a sentence in the page's language where it can be said better than the server does. */
function reasonOf(refusal: Refusal, id: string, verb: Verb): string {
  if (refusal.status === 0) return desk.d(navigator.onLine ? 'sentMaybe' : 'sentNot')
  if (refusal.code === 'AL-done') {
    const faster = rival(id, verb)
    if (faster !== null) return faster
  }
  if (refusal.status === 409) {
    const { got } = desk.opened.peek()
    if (got?.alert.id === id) return desk.d('conflictMoved', { state: named(STATE[got.alert.state]) })
  }
  if (refusal.code === 'AL-own-work') return `${desk.d('notOwn')}.`
  const why = [refusal.message, refusal.hint].filter(Boolean).join('. ')
  return desk.d('refused', { verb: named(VERB[verb]) || verb, why })
}

async function settle(id: string): Promise<void> {
  await Promise.all([loadOpened(), loadRows().catch(() => undefined)])
  wait(id, null)
}

/**
 * Does something to an alert: the page says at once that it waits for the record, and only then what became of it. Resolves true
 * when it is on record.
 */
export async function act(id: string, verb: Verb, body: ActBody = {}): Promise<boolean> {
  if (desk.pending.peek().has(id)) return false
  wait(id, verb)
  try {
    const done = await perform<DoneAnswer>(`alerts/${encodeURIComponent(id)}/${verb}`, 'POST', body)
    if (!done.done) {
      wait(id, verb, true)
      await decided(done.tick)
    }
    await settle(id)
    desk.speak(desk.d('doneNow', { verb: named(VERB[verb]) || verb }))
    return true
  } catch (thrown) {
    const refusal = refusalOf(thrown)
    if (expired(refusal)) return false
    await settle(id)
    desk.speak(reasonOf(refusal, id, verb), true)
    return false
  }
}

/** Resolves once the desk has heard of a later tick than that, or after {@link LONG}. */
function decided(after: number): Promise<void> {
  return new Promise((done) => {
    const stop = desk.tick.subscribe((tick) => {
      if (tick > after) end()
    })
    const timer = setTimeout(() => end(), LONG)
    function end(): void {
      clearTimeout(timer)
      // The subscription may answer before it is handed over.
      queueMicrotask(() => stop())
      done()
    }
  })
}

/** Sends a form; true when the server took it. What it refuses is said at the foot of the page. */
export async function send<Answer>(path: string, method: string, body?: unknown): Promise<Answer | null> {
  try {
    return await perform<Answer>(path, method, body)
  } catch (thrown) {
    const refusal = refusalOf(thrown)
    if (expired(refusal)) return null
    const why = [refusal.message, refusal.hint].filter(Boolean).join('. ')
    desk.speak(refusal.status === 0 ? desk.d(navigator.onLine ? 'sentMaybe' : 'sentNot') : why, true)
    return null
  }
}
