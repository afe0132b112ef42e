import { ServerClock } from './freshness.ts'
import { now } from './store.ts'

/** Times a second that the page's clock moves. */
const BEAT = 250

const clock = new ServerClock()

/** Takes a reading of the server's clock, ms. */
export function hearServer(server: number): void {
  clock.hear(server, performance.now())
  now.value = clock.now(performance.now())
}

/** Sets the page's clock going; once, for its life. */
export function startClock(beat: () => void): void {
  setInterval(() => {
    now.value = clock.now(performance.now())
    beat()
  }, BEAT)
}
