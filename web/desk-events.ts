/** One server-sent event. */
export interface ServerEvent {
  readonly event: string
  readonly data: string
  /** '' where it has none of its own. */
  readonly id: string
}

/** Characters that one event may have; what is longer is not ours. */
const LONGEST = 1 << 20

/**
 * Reads server-sent events (WHATWG HTML, 9.2.6) out of a byte stream that is fed as it comes. By hand, as `EventSource` hides
 * what the desk must know: that bytes come at all, and why a stream was refused.
 */
export class EventReader {
  readonly #decoder = new TextDecoder()
  #rest = ''
  #event = ''
  #data: string[] = []
  #id = ''

  /** Takes bytes; gives the events that they complete. Throws RangeError on a line without end. */
  feed(bytes: Uint8Array): readonly ServerEvent[] {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split(/\r\n|\n|\r(?!$)/)
    this.#rest = lines.pop() ?? ''
    if (this.#rest.length > LONGEST) throw new RangeError(`an event of more than ${LONGEST} characters`)
    return lines.flatMap((line) => this.#take(line))
  }

  #take(line: string): readonly ServerEvent[] {
    if (line === '') {
      const done = { event: this.#event || 'message', data: this.#data.join('\n'), id: this.#id }
      const some = this.#data.length > 0
      this.#event = ''
      this.#data = []
      return some ? [done] : []
    }
    const colon = line.indexOf(':')
    // A comment: bytes that say no more than that somebody is there.
    if (colon === 0) return []
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') this.#event = value
    if (field === 'data') this.#data.push(value)
    if (field === 'id' && !value.includes('\0')) this.#id = value
    return []
  }
}
