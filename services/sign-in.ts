import { createHash } from 'node:crypto'
import type { Deed } from './core/action.ts'
import { QingyuError } from './core/errors.ts'
import type { Actor, Person } from './core/person.ts'
import type { Clock, Random, Registry, RegistryEntry } from './ports.ts'
import { Attempts } from './sign-in-attempts.ts'
import type { Attempt, Principal, Shown, SignIn, Token } from './sign-in-port.ts'

/** A session ends this long after its last use, and this long after its begin, ms. */
export const IDLE_MS = 12 * 3_600_000
export const LONGEST_MS = 7 * 86_400_000
/** Its use is written down at most this often, ms. */
const TOUCH_MS = 60_000
/** Tokens of a person. */
const MOST_TOKENS = 20
/** What is kept of how a browser names itself. */
const MOST_AGENT = 120

const SECRET = /^[A-Za-z0-9_-]{43}$/
const TOKEN = /^qy_([A-Za-z0-9_-]{43})$/

/** What sessions are made of. */
export interface SignInParts {
  readonly registry: Registry
  readonly people: ReadonlyMap<string, Person>
  /** Stored hashes of passwords by person; a session ends when its person's changes. */
  readonly hashes: ReadonlyMap<string, string>
  /** Compares in a time that does not depend on what is wrong. */
  verify(person: string, password: Uint8Array): Promise<'right' | 'wrong' | 'busy'>
  /** Who needs no password; empty unless this is a demo that listens on the loopback alone. */
  readonly demo: ReadonlySet<string>
  readonly clock: Clock
  readonly random: Random
  /** Puts into the log who came and went; resolves once that is durable. */
  record(by: Actor, deed: Deed): Promise<void>
}

/** What the registry keeps of a session. Times are ms. */
interface KeptSession {
  readonly id: string
  readonly kind: 'session' | 'demo'
  readonly since: number
  readonly used: number
  readonly agent: string
  /** Of the password it was opened with. */
  readonly seal: string
}

interface KeptToken {
  readonly id: string
  readonly name: string
  readonly readOnly: boolean
  readonly since: number
  readonly demo: boolean
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Sessions and tokens, checked against the register of people each time they are used. */
export function createSignIn(parts: SignInParts): SignIn {
  return new Sessions(parts)
}

class Sessions implements SignIn {
  readonly #parts: SignInParts
  readonly #attempts = new Attempts()
  readonly #ended = new Set<(key: string) => void>()

  constructor(parts: SignInParts) {
    this.#parts = parts
  }

  demo(local: boolean): readonly Person[] {
    const { demo, people } = this.#parts
    return local ? [...demo].flatMap((id) => people.get(id) ?? []) : []
  }

  async enter(attempt: Attempt): Promise<{ secret: string; principal: Principal }> {
    const { demo, people, clock, random } = this.#parts
    const { person: name } = attempt
    const isDemo = attempt.local && attempt.password === '' && demo.has(name)
    if (!isDemo) await this.#verify(name, attempt)
    const person = people.get(name)
    if (person === undefined) throw new QingyuError('SE-credentials', {})
    const secret = secretOf(random)
    const now = clock.now()
    const kept: KeptSession = {
      id: idOf(random),
      kind: isDemo ? 'demo' : 'session',
      since: now,
      used: now,
      agent: attempt.agent.slice(0, MOST_AGENT),
      seal: isDemo ? '' : this.#seal(name),
    }
    await this.#parts.record(actorOf(person), { verb: 'sign-in', from: isDemo ? 'demo' : 'password' })
    // Never taken over: what was open in this browser is closed, and its secret was made here.
    const before = await this.who({ cookie: attempt.cookie, bearer: undefined })
    if (before !== null) await this.#end('session', before.key, before.person, 'replaced')
    await this.#parts.registry.put(entryOf(digest(secret), name, kept))
    return { secret, principal: principalOf(person, digest(secret), kept) }
  }

  async #verify(name: string, { address, password }: Attempt): Promise<void> {
    const wait = this.#attempts.begin(name, address, this.#parts.clock.now())
    if (wait > 0) {
      const seconds = Math.ceil(wait / 1000)
      throw new QingyuError('SE-locked', { value: seconds, retryAfter: seconds })
    }
    const verdict = await this.#parts.verify(name, new TextEncoder().encode(password))
    if (verdict === 'busy') {
      this.#attempts.undone(name, address)
      throw new QingyuError('SE-busy', { value: 'Sign-in', why: 'too many passwords wait to be verified' })
    }
    if (verdict === 'wrong') throw new QingyuError('SE-credentials', {})
    this.#attempts.right(name, address)
  }

  async who({ cookie, bearer }: Shown): Promise<Principal | null> {
    const token = TOKEN.exec(bearer ?? '')?.[1]
    if (token !== undefined) return this.#byToken(digest(token))
    return cookie !== undefined && SECRET.test(cookie) ? this.#bySession(digest(cookie)) : null
  }

  async #bySession(key: string): Promise<Principal | null> {
    const { registry, clock } = this.#parts
    const entry = await registry.get('session', key)
    const found = entry === undefined ? null : this.#sessionOf(entry)
    if (entry === undefined || found === null) return null
    const now = clock.now()
    if (now - found.used < TOUCH_MS) return found
    const kept: KeptSession = { ...(JSON.parse(entry.value) as KeptSession), used: now }
    const isThere = await registry.renew(entryOf(key, entry.person, kept))
    return isThere ? principalOf(found.person, key, kept) : null
  }

  /** Null where the person is gone, the password is another one, or the demo is over. */
  #sessionOf({ key, person: id, value }: RegistryEntry): Principal | null {
    const kept = JSON.parse(value) as KeptSession
    const person = this.#parts.people.get(id)
    const holds = kept.kind === 'demo' ? this.#parts.demo.has(id) : kept.seal === this.#seal(id)
    return person !== undefined && holds ? principalOf(person, key, kept) : null
  }

  async #byToken(key: string): Promise<Principal | null> {
    const entry = await this.#parts.registry.get('token', key)
    if (entry === undefined) return null
    const kept = JSON.parse(entry.value) as KeptToken
    const person = this.#parts.people.get(entry.person)
    if (person === undefined || (kept.demo && !this.#parts.demo.has(entry.person))) return null
    return {
      // A vendor sees less than a viewer does.
      person: { ...person, role: kept.readOnly && person.role !== 'vendor' ? 'viewer' : person.role },
      kind: 'token',
      id: kept.id,
      key,
      since: kept.since,
      used: this.#parts.clock.now(),
      idleUntil: entry.expires,
      until: entry.expires,
      agent: kept.name,
    }
  }

  async sessions(of: Principal): Promise<readonly Principal[]> {
    const entries = await this.#parts.registry.list('session', of.person.id)
    return entries.flatMap((entry) => this.#sessionOf(entry) ?? [])
  }

  async tokens(of: Principal): Promise<readonly Token[]> {
    const entries = await this.#parts.registry.list('token', of.person.id)
    return entries.map(tokenOf)
  }

  async issue(of: Principal, name: string, until: number, readOnly: boolean) {
    const { registry, random, clock } = this.#parts
    const known = await registry.list('token', of.person.id)
    if (known.length >= MOST_TOKENS)
      throw new QingyuError('SE-most', { value: known.length, what: 'tokens', most: MOST_TOKENS })
    const secret = secretOf(random)
    const kept: KeptToken = {
      id: idOf(random),
      name,
      readOnly,
      since: clock.now(),
      demo: of.kind === 'demo',
    }
    await this.#parts.record(actorOf(of.person), { verb: 'sign-in', from: `token ${kept.id}` })
    const entry = {
      kind: 'token',
      key: digest(secret),
      person: of.person.id,
      value: JSON.stringify(kept),
      expires: until,
    } as const
    await registry.put(entry)
    return { ...tokenOf(entry), secret: `qy_${secret}` }
  }

  async revoke(of: Principal, kind: 'session' | 'token', id: string): Promise<boolean> {
    const entries = await this.#parts.registry.list(kind, of.person.id)
    const entry = entries.find(({ value }) => (JSON.parse(value) as { readonly id: string }).id === id)
    if (entry === undefined) return false
    const from = kind === 'token' ? `token ${id}` : id === of.id ? 'asked' : 'revoked'
    await this.#end(kind, entry.key, of.person, from)
    return true
  }

  // Ended first: a log that is away must not keep a door open.
  async #end(kind: 'session' | 'token', key: string, person: Person, from: string): Promise<void> {
    await this.#parts.registry.drop(kind, key)
    for (const listener of this.#ended) listener(key)
    await this.#parts.record(actorOf(person), { verb: 'sign-out', from })
  }

  onEnd(listener: (key: string) => void): () => void {
    this.#ended.add(listener)
    return () => this.#ended.delete(listener)
  }

  #seal(person: string): string {
    return digest(this.#parts.hashes.get(person) ?? '').slice(0, 16)
  }
}

/** 256 bits that nobody can guess. */
function secretOf(random: Random): string {
  const words = Uint32Array.from({ length: 8 }, () => random.uint32())
  return Buffer.from(words.buffer).toString('base64url')
}

function idOf(random: Random): string {
  return random.uint32().toString(16).padStart(8, '0')
}

/** Who somebody is to the log. */
export function actorOf({ id, role, area, unit }: Person): Actor {
  return { person: id, role, area, unit }
}

function entryOf(key: string, person: string, kept: KeptSession): RegistryEntry {
  const expires = Math.min(kept.used + IDLE_MS, kept.since + LONGEST_MS)
  return { kind: 'session', key, person, value: JSON.stringify(kept), expires }
}

function principalOf(person: Person, key: string, kept: KeptSession): Principal {
  const { id, kind, since, used, agent } = kept
  const until = since + LONGEST_MS
  return {
    person,
    kind,
    id,
    key,
    since,
    used,
    idleUntil: Math.min(used + IDLE_MS, until),
    until,
    agent,
  }
}

function tokenOf({ value, expires }: RegistryEntry): Token {
  const { id, name, readOnly, since } = JSON.parse(value) as KeptToken
  return { id, name, readOnly, since, until: expires }
}
