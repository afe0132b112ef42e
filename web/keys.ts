import { centreOf, step } from './city.ts'
import { cancelOpening, openLast, toLive } from './player-door.ts'
import { player } from './player.ts'
import * as store from './store.ts'

/** Asks the map for the whole city; set by whoever holds the map. */
export const home: { run: () => void } = { run: () => undefined }

const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
}

function walk(dx: number, dy: number): void {
  const city = store.city.value
  if (city === null) return
  const from = store.chosen.value
  if (from >= 0 && city.doc.depths[from] === city.deepest) return choose(step(city, from, dx, dy))
  // From nothing the walk begins at the worst place, else at the cell nearest the middle.
  const worst = store.summary.value?.serious.find((row) => city.doc.depths[row.index] === city.deepest)
  const [x, y] = [(city.bounds[0] + city.bounds[2]) / 2, (city.bounds[1] + city.bounds[3]) / 2]
  const off = (i: number): number => Math.hypot(centreOf(city, i)[0] - x, centreOf(city, i)[1] - y)
  choose(worst?.index ?? city.cells.reduce((best, i) => (off(i) < off(best) ? i : best), city.cells[0] ?? 0))
}

/** Chooses an area by index; -1: none. */
export function choose(area: number): void {
  store.chosenCode.value = store.city.value?.doc.codes[area] ?? ''
}

function fullScreen(): void {
  const done = document.fullscreenElement
    ? document.exitFullscreen()
    : document.documentElement.requestFullscreen()
  // Refused without a person's gesture or inside a frame: the wall then stays as it is.
  done.catch(() => undefined)
}

function escape(): void {
  if (store.overlay.value !== '') store.overlay.value = ''
  else if (store.legend.value) store.legend.value = false
  else if (cancelOpening()) return
  else if (player !== null && store.chosenCode.value === '') toLive()
  else choose(-1)
}

/** Ticks that the upright arrows go. */
const STRIDE = 10

/** In a session arrows go through time; with the shift key they walk the cells as ever. */
const PLAYER_KEYS: Readonly<Record<string, () => void>> =
  player === null
    ? {}
    : {
        ' ': () => player?.toggle(),
        ArrowLeft: () => player?.step(-1),
        ArrowRight: () => player?.step(1),
        ArrowUp: () => player?.step(STRIDE),
        ArrowDown: () => player?.step(-STRIDE),
        '[': () => player?.hasten(-1),
        ']': () => player?.hasten(1),
        Home: () => player?.toBegin(),
        End: () => player?.toEnd(),
        o: () => player?.markLoop(),
      }

const KEYS: Readonly<Record<string, () => void>> = {
  '?': () => (store.overlay.value = store.overlay.value === 'help' ? '' : 'help'),
  '/': () => (store.overlay.value = 'find'),
  f: fullScreen,
  g: () => (store.lang.value = store.lang.value === 'zh' ? 'en' : 'zh'),
  h: () => home.run(),
  l: () => (store.legend.value = !store.legend.value),
  d: () => (store.theme.value = store.theme.value === 'dark' ? 'light' : 'dark'),
  t: () => {
    if (store.table.value !== 'forced') store.table.value = store.table.value === '' ? 'chosen' : ''
  },
  r: () => void openLast(),
  Escape: escape,
}

/** Listens to the keys of the wall; text fields keep theirs, but Escape leaves them. */
export function listenToKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    const typing = event.target instanceof HTMLInputElement
    if (typing && event.key !== 'Escape') return
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key
    const direction = DIRECTIONS[name]
    const played = event.shiftKey ? undefined : PLAYER_KEYS[name]
    // A button that has the focus is pressed by the space bar, as everywhere.
    if (name === ' ' && event.target instanceof HTMLButtonElement) return
    const act = played ?? (direction ? () => walk(...direction) : KEYS[name])
    if (act === undefined) return
    event.preventDefault()
    act()
  })
}
