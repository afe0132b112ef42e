import { signal } from '@preact/signals'
import { cityOf } from './city.ts'
import type { AreasDocument } from '../services/core/areas.ts'
import { Connection } from './connection.ts'
import { ask } from './desk-api.ts'
import { hearServer } from './desk-clock.ts'
import { rota } from './desk-live.ts'
import { player } from './player.ts'
import { Rota } from './rota.ts'
import { city, drawing, picture, server, welcome } from './store.ts'
import { wallToken } from './token.ts'

/** Tick of the colours that are drawn, ms; 0: none yet. */
export const coloured = signal(0)

/** A map that went away may be followed by another at once, ms. */
const LINGER = 5000

let watching = 0
let connection: Connection | null = null
let timer = 0

async function renew(grid: string): Promise<void> {
  if (city.peek()?.doc.grid === grid) return
  const doc = await ask<AreasDocument>(`grids/${encodeURIComponent(grid)}`).catch(() => null)
  if (doc !== null) city.value = cityOf(doc)
}

function join(): void {
  if (connection !== null) return
  const made = new Connection(new Rota(server.peek()), wallToken(), {
    link: () => undefined,
    message: (message) => {
      if (message.type === 'summary') hearServer(message.now)
      if (message.type === 'replay') player?.learn(message.session)
      if (message.type !== 'welcome') return
      if (message.replay !== undefined) player?.learn(message.replay)
      hearServer(message.now)
      welcome.value = message
      if (message.gateways !== undefined && message.replay === undefined) rota.learn(message.gateways)
      void renew(message.grid)
    },
    frame: (frame) => {
      if (picture.apply(frame) === null) {
        picture.epoch = ''
        made.subscribe()
        return
      }
      drawing.value++
      player?.reach(frame.tick)
      coloured.value = frame.tick
      made.drawn(frame.tick)
    },
    subscription: () => ({
      type: 'subscribe',
      layer: 'levels',
      ...(picture.epoch === '' ? {} : { resume: { epoch: picture.epoch, tick: picture.tick } }),
    }),
  })
  connection = made
  made.start()
}

/** A page that nobody sees follows nothing. */
function followSight(): void {
  if (document.hidden) {
    connection?.stop()
    connection = null
  } else if (watching > 0) join()
}
document.addEventListener('visibilitychange', followSight)

/**
 * Follows the colours as walls do, while a map is seen: a phone in a pocket should not. Answers how to stop.
 */
export function watchLevels(): () => void {
  watching++
  clearTimeout(timer)
  if (!document.hidden) join()
  let done = false
  return () => {
    if (done) return
    done = true
    watching--
    timer = window.setTimeout(() => {
      if (watching > 0) return
      connection?.stop()
      connection = null
    }, LINGER)
  }
}
