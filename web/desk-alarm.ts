import { signal } from '@preact/signals'
import type { AlertRow } from '../services/core/desk-wire.ts'
import { headlineOf, levelOf } from './desk-say.ts'
import { d, openAlert } from './desk-store.ts'

const KEY = 'qingyu.desk.mute'
/** Two notes, falling: heard through a room, unlike the ring of any telephone. Hertz and seconds. */
const NOTES = [
  [880, 0],
  [660, 0.22],
  [880, 0.6],
  [660, 0.82],
] as const
const NOTE = 0.2

/** Whether the sound is off; remembered by the browser. */
export const muted = signal(localStorage.getItem(KEY) === '1')
/** Browsers play nothing before a person touched the page. */
export const unlocked = signal(false)

/** Nobody has touched the page yet, so that nothing can be heard. */
export const untouched = signal(true)

let context: AudioContext | null = null

/** Turns the sound on or off. */
export function mute(off: boolean): void {
  muted.value = off
  localStorage.setItem(KEY, off ? '1' : '0')
}

async function unlock(): Promise<void> {
  try {
    context ??= new AudioContext()
    if (context.state !== 'running') await context.resume()
    unlocked.value = context.state === 'running'
  } catch {
    // No sound on this machine: notices and the page itself stay.
    unlocked.value = false
  }
}

/** Waits for the first touch or key; once, for the page's life. */
export function awaitTouch(): void {
  const touched = (): void => {
    untouched.value = false
    void unlock().then(() => {
      if (!unlocked.peek()) return
      removeEventListener('pointerdown', touched)
      removeEventListener('keydown', touched)
    })
  }
  addEventListener('pointerdown', touched)
  addEventListener('keydown', touched)
}

/** Plays the alarm, unless it is muted or locked. */
export function sound(): void {
  if (context === null || muted.peek() || !unlocked.peek()) return
  const begin = context.currentTime + 0.02
  for (const [hertz, after] of NOTES) {
    const [tone, level] = [context.createOscillator(), context.createGain()]
    tone.type = 'triangle'
    tone.frequency.value = hertz
    const from = begin + after
    // Ramps, as a tone that is cut off clicks.
    level.gain.setValueAtTime(0, from)
    level.gain.linearRampToValueAtTime(0.35, from + 0.02)
    level.gain.exponentialRampToValueAtTime(0.001, from + NOTE)
    tone.connect(level).connect(context.destination)
    tone.start(from)
    tone.stop(from + NOTE)
  }
}

function notify(row: AlertRow): void {
  // Where push is on the worker tells; a page that is seen needs no notice beside itself.
  if (!('Notification' in window) || Notification.permission !== 'granted' || !document.hidden) return
  const title = `${row.exercise ? `${d('exercise')} · ` : ''}${levelOf(row.rank)} · ${headlineOf(row)}`
  try {
    const notice = new Notification(title, { tag: row.id, body: row.mine ? d('noticeMine') : '' })
    notice.addEventListener('click', () => {
      window.focus()
      openAlert(row.id)
      notice.close()
    })
  } catch {
    // Phones show notices by a service worker alone; there push does it.
  }
}

/** Sounds once for all that is new, and notifies of each, the first three. */
export function ring(rows: readonly AlertRow[]): void {
  if (rows.length === 0) return
  sound()
  for (const row of rows.slice(0, 3)) notify(row)
}
