import { ServerClock } from './freshness.ts'
import { player } from './player.ts'
import { now } from './store.ts'

/** Times a second that the page's clock moves. */
const BEAT = 250

const clock = new ServerClock()

/** Takes a reading of the server's clock, ms. In a session it does not matter: there time is the tick that is shown. */
export function hearServer(server: number): void {
  if (player !== null) return
  clock.hear(server, performance.now())
  now.value = clock.now(performance.now())
}

/** Sets the page's clock going; once, for its life. */
export function startClock(beat: () => void): void {
  player?.start()
  player?.at.subscribe((at) => {
    if (at > 0) now.value = at
  })
  setInterval(() => {
    if (player === null) now.value = clock.now(performance.now())
    beat()
  }, BEAT)
}
