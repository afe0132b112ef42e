import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * What a proxy does to all its connections: `pass`; `delay`, each read by so many ms; `slice`, each read into pieces of so many
 * bytes, a turn of the event loop apart; `hang`, reads nothing either way, so that both sides wait as at a dead router; `cut`,
 * resets all and whoever comes; `mute`, passes requests on and resets when the reply comes.
 */
export type Mood =
  | { readonly kind: 'pass' | 'hang' | 'cut' | 'mute' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'slice'; readonly bytes: number }

/** Connections at once; more are reset. */
const MOST_LINKS = 1000
const PASS: Mood = { kind: 'pass' }

/** A connection and its continuation. */
interface Link {
  readonly client: Socket
  readonly server: Socket
}

function reset({ client, server }: Link): void {
  client.resetAndDestroy()
  server.resetAndDestroy()
}

/**
 * A TCP proxy on the loopback that does harm on command. Of each direction it holds one read (at most 64 KiB) and what the
 * sockets buffer; the order of bytes never changes.
 */
export class ChaosProxy {
  /** Where it listens. */
  readonly port: number
  readonly #server: Server
  readonly #links = new Set<Link>()
  readonly #goal: () => number
  #mood = PASS
  #changed: Promise<void>
  #change: () => void = () => undefined

  /** Listens on `port` (0: a free one) and passes on to the port that `goal` tells at each connection. */
  static async start(goal: () => number, port = 0): Promise<ChaosProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return new ChaosProxy(server, goal)
  }

  private constructor(server: Server, goal: () => number) {
    this.#server = server
    this.#goal = goal
    this.port = (server.address() as AddressInfo).port
    this.#changed = new Promise((resolve) => (this.#change = resolve))
    server.on('connection', (client) => this.#open(client))
  }

  /** Connections now. */
  get links(): number {
    return this.#links.size
  }

  /** Changes what is done, from the next read on; `cut` resets at once. */
  set(mood: Mood): void {
    this.#mood = mood
    const change = this.#change
    this.#changed = new Promise((resolve) => (this.#change = resolve))
    change()
    if (mood.kind === 'cut') for (const link of this.#links) reset(link)
  }

  /** Resets all connections and stops listening. */
  async close(): Promise<void> {
    this.set({ kind: 'cut' })
    const closed = once(this.#server, 'close')
    this.#server.close()
    await closed
  }

  #open(client: Socket): void {
    client.on('error', () => {})
    if (this.#mood.kind === 'cut' || this.#links.size >= MOST_LINKS) {
      client.resetAndDestroy()
      return
    }
    const server = connect({ port: this.#goal(), host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const link = { client, server }
    this.#links.add(link)
    server.on('error', () => {})
    void Promise.all([this.#pump(link, client, server), this.#pump(link, server, client)])
      // Whatever one side did wrong, the other sees as a reset.
      .catch(() => reset(link))
      .finally(() => this.#links.delete(link))
  }

  /** Moves bytes one way until their end, which is passed on too. */
  async #pump(link: Link, from: Socket, to: Socket): Promise<void> {
    for await (const read of from as AsyncIterable<Buffer>) {
      while (this.#mood.kind === 'hang') await this.#changed
      const mood = this.#mood
      if (mood.kind === 'cut' || (mood.kind === 'mute' && from === link.server)) return reset(link)
      if (mood.kind === 'delay') await pause(mood.ms)
      await this.#pass(read, to, mood.kind === 'slice' ? mood.bytes : read.length)
    }
    to.end()
  }

  async #pass(read: Buffer, to: Socket, piece: number): Promise<void> {
    for (let at = 0; at < read.length; at += piece) {
      const isTaken = to.write(read.subarray(at, at + piece))
      if (to.destroyed) throw new Error('the other side is gone')
      if (!isTaken) await Promise.race([once(to, 'drain'), once(to, 'close')])
      if (piece < read.length) await new Promise(setImmediate)
    }
  }
}
