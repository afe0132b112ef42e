import { randomInt } from 'node:crypto'
import { connect, createServer } from 'node:net'

/** All that a cluster on one machine opens, it opens here. */
export const LOOPBACK = '127.0.0.1'
/** Longest wait for someone who accepts a connection and says nothing, ms. */
const PATIENCE = 1000

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((done) => {
    server.once('error', () => done(false))
    server.listen(port, LOOPBACK, () => server.close(() => done(true)))
  })
}

/** Hands out ports of the loopback that nobody listens on, each once. */
export class Ports {
  readonly #given = new Set<number>()

  /** The port wished for, or else the next one that is free. */
  async from(wished: number): Promise<number> {
    for (let port = wished; port < 65_536; port++)
      if (!this.#given.has(port) && (await isFree(port))) {
        this.#given.add(port)
        return port
      }
    throw new RangeError(`no port from ${wished} on is free`)
  }

  /**
   * A free port below those that the system gives to clients: while the server of a test is away, no connection of another test
   * may take its place.
   */
  any(): Promise<number> {
    return this.from(randomInt(20_000, 31_000))
  }
}

/** What the server on a port answers to `question`; '' when it only accepts the connection, null when nobody is there. */
export function answerOf(port: number, question = ''): Promise<string | null> {
  return new Promise((done) => {
    const socket = connect({ port, host: LOOPBACK })
    const end = (answer: string | null) => {
      done(answer)
      socket.destroy()
    }
    socket.setTimeout(PATIENCE, () => end(null))
    socket.once('connect', () => (question === '' ? end('') : socket.write(question)))
    socket.once('data', (bytes) => end(bytes.toString('latin1')))
    socket.once('error', () => end(null))
    socket.once('close', () => end(null))
  })
}

/** Whether `GET path` of an HTTP server on the loopback is answered with 2xx. */
export async function isWell(port: number, path: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PATIENCE)
    const response = await fetch(`http://${LOOPBACK}:${port}${path}`, { signal })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}
