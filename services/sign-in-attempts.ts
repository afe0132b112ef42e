/** Wrong tries that are free: of a person from an address, from an address, of a person from anywhere. */
const FREE = { pair: 5, address: 30, person: 50 }
/** First wait after that, doubled with each further try, up to the longest; and how long a try is remembered, ms. */
const FIRST_WAIT = 30_000
const LONGEST_WAIT = 900_000
const REMEMBERED = 900_000
/** Lines remembered; the oldest go first. An address is locked long before it could push out others. */
const MOST_LINES = 10_000

interface Line {
  tries: number
  last: number
  until: number
}

/** IPv6 hands a whole /64 to one subscriber. */
function network(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address
  const [head = '', tail = ''] = address.split('::')
  const groups = [head, tail].map((part) => (part === '' ? [] : part.split(':')))
  const missing = 8 - (groups[0]?.length ?? 0) - (groups[1]?.length ?? 0)
  return [...(groups[0] ?? []), ...Array<string>(Math.max(0, missing)).fill('0'), ...(groups[1] ?? [])]
    .slice(0, 4)
    .join(':')
}

/** Wrong tries to sign in, counted for people who exist and who do not alike, so that nothing tells them apart. */
export class Attempts {
  readonly #lines = new Map<string, Line>()
  /** Pairs that were right once: nobody elsewhere can lock them out. */
  readonly #known = new Set<string>()

  /** Counts a try as wrong before it is looked at, so that tries at once are counted, too; ms to wait when it may not be made. */
  begin(person: string, address: string, now: number): number {
    const names = this.#namesOf(person, address)
    const waits = names.map(({ name }) => (this.#line(name, now)?.until ?? 0) - now)
    const wait = Math.max(0, ...waits)
    if (wait === 0) for (const { name, free } of names) this.#count(name, free, now)
    return wait
  }

  /** The try was right: all is forgiven to this person from there, the try itself elsewhere. */
  right(person: string, address: string): void {
    const [pair, ...others] = this.#namesOf(person, address)
    for (const { name } of others) this.#takeBack(name)
    this.#lines.delete(pair.name)
    this.#known.delete(pair.name)
    this.#known.add(pair.name)
    dropOldest(this.#known)
  }

  /** The try could not be looked at. */
  undone(person: string, address: string): void {
    for (const { name } of this.#namesOf(person, address)) this.#takeBack(name)
  }

  #takeBack(name: string): void {
    const line = this.#lines.get(name)
    if (line === undefined) return
    line.tries--
    line.until = 0
  }

  #line(name: string, now: number): Line | undefined {
    const line = this.#lines.get(name)
    if (line === undefined || now - Math.max(line.last, line.until) < REMEMBERED) return line
    this.#lines.delete(name)
    return undefined
  }

  #count(name: string, free: number, now: number): void {
    const line = this.#line(name, now) ?? { tries: 0, last: now, until: 0 }
    line.tries++
    line.last = now
    const over = line.tries - free
    if (over >= 0) line.until = now + Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(over, 16))
    this.#lines.delete(name)
    this.#lines.set(name, line)
    dropOldest(this.#lines)
  }

  #namesOf(person: string, address: string): [Named, ...Named[]] {
    const from = network(address)
    const pair = { name: `pair ${from} ${person}`, free: FREE.pair }
    if (this.#known.has(pair.name)) return [pair]
    const wider = { name: `address ${from}`, free: FREE.address }
    return [pair, wider, { name: `person ${person}`, free: FREE.person }]
  }
}

interface Named {
  readonly name: string
  readonly free: number
}

function dropOldest(lines: Map<string, Line> | Set<string>): void {
  const oldest = lines.size > MOST_LINES ? lines.keys().next().value : undefined
  if (oldest !== undefined) lines.delete(oldest)
}
