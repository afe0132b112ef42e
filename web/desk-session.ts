import { batch } from '@preact/signals'
import type { AlertAnswer, AlertsAnswer, DemoAnswer, SessionView } from '../services/core/desk-wire.ts'
import { ask } from './desk-api.ts'
import { refusalOf } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { hearServer } from './desk-clock.ts'
import { alarming } from './desk-order.ts'
import { ring } from './desk-alarm.ts'
import * as desk from './desk-store.ts'
import { markRead, readOf } from './desk-unread.ts'
import { city, scheme } from './store.ts'
import { cityOf } from './city.ts'
import type { AreasDocument } from '../services/core/areas.ts'

/** Alerts asked for at once; the most urgent come first. */
const LONGEST_LIST = 500

function enter(session: SessionView): void {
  hearServer(session.now)
  batch(() => {
    desk.me.value = session
    desk.door.value = 'open'
    // Who watches over others' work begins with all of it.
    if (session.role !== 'officer') desk.filter.value = { ...desk.filter.value, whose: 'all' }
  })
}

/** Nobody is signed in any more; what was opened stays chosen, so that signing in returns to it. */
export function leave(how: 'shut' | 'expired'): void {
  batch(() => {
    desk.door.value = how
    desk.me.value = null
    desk.rows.value = new Map()
    desk.listed.value = 'none'
    desk.opened.value = { id: '', got: null, fault: '' }
    desk.sheet.value = null
    desk.pending.value = new Map()
    desk.tick.value = 0
  })
}

/** Asks who I am. Resolves true when somebody is signed in. */
export async function comeBack(): Promise<boolean> {
  try {
    enter(await ask<SessionView>('session'))
    return true
  } catch (thrown) {
    const { status } = refusalOf(thrown)
    desk.door.value = status === 401 ? 'shut' : status === 404 ? 'absent' : 'offline'
    return false
  }
}

/** People who may sign in by a tap; none outside a demo. */
export async function demoPeople(): Promise<DemoAnswer['people']> {
  return (await ask<DemoAnswer>('session/demo')).people
}

/** Signs in; rejects with a refusal. `password` null: as one of the demo's people. */
export async function signIn(person: string, password: string | null): Promise<void> {
  enter(await ask<SessionView>('session', 'POST', { person, password: password ?? '' }))
}

/** Signs out here; without an answer of the server the browser still forgets. */
export async function signOut(): Promise<void> {
  await ask('session', 'DELETE').catch(() => undefined)
  leave('shut')
}

/** Takes a refusal that means the session is over; true when it did. */
export function expired(refusal: Refusal): boolean {
  if (refusal.status !== 401) return false
  leave('expired')
  return true
}

function hear(tick: number): void {
  desk.tick.value = Math.max(desk.tick.value, tick)
}

/** Loads the list. What is new and grave since the last list sounds. */
export async function loadRows(): Promise<void> {
  try {
    const closed = desk.filter.peek().whose === 'closed'
    const query = new URLSearchParams({ limit: String(LONGEST_LIST), ...(closed ? { closed: 'true' } : {}) })
    const got = await ask<AlertsAnswer>(`alerts?${query}`)
    if (desk.me.peek() === null) return
    const before = desk.rows.peek()
    const first = desk.listed.peek() === 'none'
    batch(() => {
      hear(got.tick)
      desk.rows.value = new Map(got.alerts.map((row) => [row.id, row]))
      desk.totals.value = { open: got.open, overdue: got.overdue }
      desk.people.value = { ...desk.people.peek(), ...got.people }
      desk.listed.value = 'some'
      desk.listFault.value = ''
      // Where both fit, the list is not shown beside nothing: the most urgent is what one would open.
      if (first && !desk.SMALL.matches && desk.chosenId.peek() === '')
        desk.chosenId.value = desk.shown.peek()[0]?.id ?? ''
    })
    // The first list is how things stand, not news.
    const gravest = (scheme.peek()?.levels.length ?? 5) - 1
    // Of what is over nobody is called; a drill calls as life does.
    if (!first && !desk.isPast.peek())
      ring(alarming(before, got.alerts, gravest, desk.me.peek()?.person ?? ''))
  } catch (thrown) {
    const refusal = refusalOf(thrown)
    if (expired(refusal)) return
    desk.listFault.value = refusal.message
    if (desk.listed.peek() !== 'some') desk.listed.value = 'failed'
    throw refusal
  }
}

/** Loads the opened alert. */
export async function loadOpened(): Promise<void> {
  const id = desk.chosenId.peek()
  if (id === '' || desk.me.peek() === null) return
  try {
    const got = await ask<AlertAnswer>(`alerts/${encodeURIComponent(id)}`)
    if (desk.chosenId.peek() !== id || desk.me.peek() === null) return
    batch(() => {
      hear(got.tick)
      desk.people.value = { ...desk.people.peek(), ...got.people }
      desk.opened.value = { id, got, fault: '' }
      const rows = new Map(desk.rows.peek())
      if (rows.has(id)) desk.rows.value = rows.set(id, got.alert)
    })
    if (readOf(got.alert)) return
    markRead(got.alert)
    // Told to the server, so that others see who has seen it; a failure costs no more than that mark.
    // Of what is closed nothing is counted any more.
    if (desk.may('act') && got.alert.closed === null)
      await ask(`alerts/${encodeURIComponent(id)}/see`, 'POST', {}).catch(() => undefined)
  } catch (thrown) {
    const refusal = refusalOf(thrown)
    if (expired(refusal) || desk.chosenId.peek() !== id) return
    const last = desk.opened.peek()
    const got = last.id === id ? last.got : null
    desk.opened.value = { id, got, fault: refusal.status === 404 ? 'gone' : refusal.message }
  }
}

/** Loads the grid, from the browser's own store where the server says that it is the same. */
export async function loadGrid(): Promise<void> {
  if (city.peek() !== null) return
  city.value = cityOf(await ask<AreasDocument>('areas'))
}
