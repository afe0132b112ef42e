import type { AlertVerb } from '../services/core/alert-transitions.ts'
import { mute, muted } from './desk-alarm.ts'
import { VERB_KEYS, start } from './desk-acts.tsx'
import { FIND_ID } from './desk-list.tsx'
import * as desk from './desk-store.ts'
import type { Filter } from './desk-order.ts'
import { lang, theme } from './store.ts'

function step(by: number): void {
  const rows = desk.shown.peek()
  const at = rows.findIndex((row) => row.id === desk.chosenId.peek())
  const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))]
  if (next !== undefined) desk.openAlert(next.id)
}

function turn(): void {
  const order: readonly Filter['whose'][] = ['mine', 'all', 'closed']
  const { whose } = desk.filter.peek()
  desk.filter.value = {
    ...desk.filter.peek(),
    whose: order[(order.indexOf(whose) + 1) % order.length] ?? 'mine',
  }
}

function back(): void {
  if (desk.mapLarge.peek()) desk.mapLarge.value = false
  else desk.openAlert('')
}

const open = (kind: 'menu' | 'help' | 'acts' | 'silences') => () => {
  if (kind !== 'acts' || desk.opened.peek().got !== null) desk.sheet.value = { kind }
}

const KEYS: Readonly<Record<string, () => void>> = {
  j: () => step(1),
  k: () => step(-1),
  Enter: () => {
    if (desk.chosenId.peek() === '') step(1)
    else document.querySelector<HTMLElement>('.incident .body')?.focus()
  },
  Escape: back,
  '/': () => document.getElementById(FIND_ID)?.focus(),
  '?': open('help'),
  '.': open('acts'),
  s: open('silences'),
  m: open('menu'),
  t: turn,
  u: () => mute(!muted.peek()),
  g: () => (lang.value = lang.peek() === 'zh' ? 'en' : 'zh'),
  l: () => (theme.value = theme.peek() === 'dark' ? 'light' : 'dark'),
}

/** What a key leads to; undefined for none. */
function deedOf(key: string): (() => void) | undefined {
  const own = KEYS[key]
  if (own !== undefined) return own
  const verb = (Object.keys(VERB_KEYS) as AlertVerb[]).find((one) => VERB_KEYS[one] === key)
  const { got, id } = desk.opened.peek()
  if (verb === undefined || got === null || id !== desk.chosenId.peek()) return undefined
  return () => start(got, verb)
}

/** Listens to the keys of the desk; fields and sheets keep theirs, but Escape leaves a field. */
export function listenToDeskKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return
    if (desk.door.peek() !== 'open' || desk.sheet.peek() !== null) return
    const { target } = event
    if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) {
      if (event.key === 'Escape') target.blur()
      return
    }
    // A button that has the focus is pressed, not passed over.
    if (event.key === 'Enter' && target instanceof HTMLButtonElement) return
    const deed = deedOf(event.key.length === 1 ? event.key.toLowerCase() : event.key)
    if (deed === undefined) return
    event.preventDefault()
    deed()
  })
}
