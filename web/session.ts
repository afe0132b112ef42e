import { batch, effect } from '@preact/signals'
import type { Frame } from '../services/core/frame.ts'
import type { History, Occurrences, ServerMessage, Subscribe, Welcome } from '../services/core/wire.ts'
import { writeAddress } from './address.ts'
import { fetchAreas } from './api.ts'
import { cityOf } from './city.ts'
import { Connection } from './connection.ts'
import { playedTick, ServerClock, staleAfter } from './freshness.ts'
import type { Stroke } from './picture.ts'
import { player } from './player.ts'
import { Rota } from './rota.ts'
import * as store from './store.ts'
import { retell } from './tidings.ts'
import { wallToken } from './token.ts'

/** What the map wants to hear at once, not through signals: each stroke and each occurrence. */
export interface Painter {
  paint(stroke: Stroke, tick: number): void
  pulse(occurrences: Occurrences): void
}

/** Columns of the level history kept: six hours of five minutes. */
const COLUMNS = 72

const clock = new ServerClock()
let painter: Painter | null = null
let connection: Connection | null = null
let gridWanted = ''
/** Tick that was shown before the last frame; only what came after it is news. */
let before = 0

/** Hands strokes and occurrences to the map; null when it is gone. */
export function paintWith(next: Painter | null): void {
  painter = next
}

/** Says that a tick is on the glass, so that the server knows this wall keeps up. */
export function drawn(tick: number): void {
  connection?.drawn(tick)
}

function subscription(): Subscribe {
  const { epoch, tick } = store.picture
  return {
    type: 'subscribe',
    layer: 'levels',
    ...(store.area.value === '' ? {} : { area: store.area.value }),
    ...(epoch === '' ? {} : { resume: { epoch, tick } }),
  }
}

async function loadGrid(version: string, tries: number): Promise<void> {
  try {
    const doc = await fetchAreas(version)
    if (version !== gridWanted) return
    batch(() => {
      store.gridFault.value = ''
      store.city.value = cityOf(doc, store.area.peek())
    })
  } catch (error) {
    if (version !== gridWanted) return
    store.gridFault.value = error instanceof Error ? error.message : String(error)
    setTimeout(() => void loadGrid(version, tries + 1), Math.min(30_000, 2000 * 2 ** tries))
  }
}

/** The clock by which this page tells how old what it shows is: the server's; of a session, whose time is another's, its own. */
function moment(): number {
  const local = performance.now()
  return player === null ? clock.now(local) : performance.timeOrigin + local
}

/** A session was taken elsewhere: what was listed and drawn over time belongs to where it was. */
function moved(): void {
  store.tidings.value = []
  store.history.value = null
}

function greet(welcome: Welcome): void {
  clock.hear(welcome.now, performance.now())
  store.welcome.value = welcome
  if (welcome.replay !== undefined) {
    player?.learn(welcome.replay)
    moved()
  }
  if (welcome.grid !== gridWanted) {
    gridWanted = welcome.grid
    store.city.value = null
    void loadGrid(welcome.grid, 0)
  }
}

function remember(next: History): void {
  const last = store.history.value
  if (last === null || next.times.length !== 1) {
    store.history.value = next
    return
  }
  const same = last.times.at(-1) === next.times[0]
  const keep = <T>(old: readonly T[], more: readonly T[]): readonly T[] =>
    [...(same ? old.slice(0, -1) : old), ...more].slice(-COLUMNS)
  const ids = new Set([...Object.keys(last.levels), ...Object.keys(next.levels)])
  const blank = last.times.map(() => 0)
  store.history.value = {
    type: 'history',
    times: keep(last.times, next.times),
    levels: Object.fromEntries(
      [...ids].map((id) => [id, keep(last.levels[id] ?? blank, next.levels[id] ?? [0])] as const),
    ),
  }
}

function hear(message: ServerMessage): void {
  switch (message.type) {
    case 'welcome':
      return greet(message)
    case 'summary':
      clock.hear(message.now, performance.now())
      store.heard.value = player === null ? message.now : moment()
      store.summary.value = message
      return
    case 'history':
      return remember(message)
    case 'occurrences':
      // Who steps back sees no news.
      if (message.tick > before) painter?.pulse(message)
      return
    case 'replay':
      return player?.learn(message.session)
    case 'board':
      store.board.value = message
      return
    case 'problem':
      store.problem.value = `${message.message}. ${message.hint}`
      return
  }
}

function take(frame: Frame): void {
  const shown = store.picture.tick
  const stroke = store.picture.apply(frame)
  // A delta that does not continue the picture: ask anew, without the resume that led here.
  if (stroke === null) {
    store.picture.epoch = ''
    connection?.subscribe()
    return
  }
  before = shown
  batch(() => {
    player?.reach(frame.tick)
    store.drawing.value++
    store.problem.value = ''
    const city = store.city.value
    if (city !== null)
      store.tidings.value = retell(
        store.tidings.value,
        stroke,
        store.picture.ranks,
        city,
        frame.tick,
        store.veil.value,
      )
  })
  // A hidden page draws nothing and owes nothing; else the map tells when it has drawn, or the next frame of the table does.
  if (document.hidden) drawn(frame.tick)
  else if (painter === null) requestAnimationFrame(() => drawn(frame.tick))
  else painter.paint(stroke, frame.tick)
}

function beat(): void {
  const local = performance.now()
  store.now.value = moment()
  if (store.link.value.state === 'open' && connection !== null && local - connection.heard > silence())
    connection.giveUp()
}

/** Silence after which a socket is given up, ms. A session that stands has nothing to say; whether it is there, is asked. */
function silence(): number {
  const tickMs = store.welcome.value?.tickMs ?? 1000
  if (player === null) return 2 * staleAfter(tickMs)
  const { view, gone } = player
  if (view.value?.state === 'playing') return 2 * staleAfter(playedTick(tickMs, view.value.rate))
  return gone.value === 'unheard' ? staleAfter(0) : Infinity
}

/** Joins the server and keeps the page's address in step; once, for the page's life. */
export function begin(): void {
  const rota = new Rota(store.server.value)
  connection = new Connection(rota, wallToken(), {
    subscription,
    message: hear,
    frame: take,
    link: (state, tries) =>
      batch(() => {
        if (state === 'lost' && store.link.value.state !== 'lost') store.lostAt.value = moment() || 0
        if (state === 'open') store.server.value = rota.current
        store.link.value = { state, tries }
      }),
  })
  connection.start()
  player?.start()
  // What is closed does not come back.
  player?.gone.subscribe((gone) => void (gone === 'closed' && connection?.stop()))
  setInterval(beat, 250)
  effect(() => {
    const query = writeAddress({
      lang: store.lang.value,
      theme: store.theme.value,
      kiosk: store.kiosk.value,
      table: store.table.value === 'chosen',
      area: store.area.value,
      cell: store.chosenCode.value,
      view: store.view.value,
    })
    if (query !== location.search) window.history.replaceState(null, '', query + location.hash)
  })
}
