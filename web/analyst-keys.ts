import { panned, zoomed } from './analyst-axis.ts'
import { look, lookAtAll } from './analyst-history.ts'
import { chosenCell, homeAll } from './analyst-map.tsx'
import { backToLive, goTo, hop, shiftRate, step, toggle, toggleLoop } from './analyst-replay.ts'
import { share } from './analyst-share.ts'
import { bounds, chosen, compare, head, overlay, span } from './analyst-store.ts'
import { lang, theme } from './store.ts'

/** Zoom and move of one key press. */
const ZOOM = 0.7
const MOVE = 0.2
/** Ticks of one press of an arrow up or down. */
const STRIDE = 10

function zoom(factor: number): void {
  const [seen, all] = [span.peek(), bounds.peek()]
  if (seen === null || all === null) return
  const at = head.peek()
  const middle = at !== null && at > seen.from && at < seen.to ? at : (seen.from + seen.to) / 2
  look(zoomed(seen, middle, factor, all))
}

function pan(share: number): void {
  const [seen, all] = [span.peek(), bounds.peek()]
  if (seen !== null && all !== null) look(panned(seen, share * (seen.to - seen.from), all))
}

function escape(): void {
  if (overlay.value !== '') overlay.value = ''
  else chosenCell.value = ''
}

const KEYS: Readonly<Record<string, () => void>> = {
  ' ': () => void toggle(),
  ArrowLeft: () => void step(-1),
  ArrowRight: () => void step(1),
  ArrowDown: () => void step(-STRIDE),
  ArrowUp: () => void step(STRIDE),
  Home: () => void goTo(span.peek()?.from ?? 0),
  'shift ArrowLeft': () => hop(-1),
  'shift ArrowRight': () => hop(1),
  '[': () => shiftRate(-1),
  ']': () => shiftRate(1),
  '+': () => zoom(ZOOM),
  '=': () => zoom(ZOOM),
  '-': () => zoom(1 / ZOOM),
  ',': () => pan(-MOVE),
  '.': () => pan(MOVE),
  '0': lookAtAll,
  h: homeAll,
  o: () => void toggleLoop(chosen.peek()),
  c: () => (compare.value = !compare.value),
  n: backToLive,
  k: () => void share(),
  g: () => (lang.value = lang.value === 'zh' ? 'en' : 'zh'),
  d: () => (theme.value = theme.value === 'dark' ? 'light' : 'dark'),
  '?': () => (overlay.value = overlay.value === 'help' ? '' : 'help'),
  Escape: escape,
}

/** Whether somebody writes, so that letters are letters. */
function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type))
  )
}

/** Listens to the keys of the page; fields keep theirs, and the space bar presses what is focused. */
export function listenToAnalystKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    const { key, target } = event
    if (isWriting(target) && key !== 'Escape') return
    if (key === ' ' && target instanceof HTMLElement && target.matches('button, summary, label, input'))
      return
    const name = key.length === 1 ? key.toLowerCase() : key
    const act = KEYS[event.shiftKey && key.startsWith('Arrow') ? `shift ${key}` : name]
    if (act === undefined) return
    event.preventDefault()
    act()
  })
}
