import { beforeEach, describe, expect, it } from 'vitest'
import { createAccounts, hashPassword } from './adapters/accounts.scrypt.ts'
import { VirtualClock } from './adapters/clock.virtual.ts'
import { seededRandom } from './adapters/random.seeded.ts'
import { systemRandom } from './adapters/random.system.ts'
import { MemoryRegistry } from './adapters/registry.memory.ts'
import type { Deed } from './core/action.ts'
import type { Person } from './core/person.ts'
import { createSignIn, IDLE_MS, LONGEST_MS, type SignInParts } from './sign-in.ts'
import type { Attempt, Principal, SignIn } from './sign-in-port.ts'
import { PEOPLE } from './testdata/people.ts'

const NOW = Date.UTC(2026, 10, 22)
const MINUTE = 60_000

let clock: VirtualClock
let registry: MemoryRegistry
let hashes: Map<string, string>
let people: Map<string, Person>
let demo: Set<string>
let recorded: string[]
let signIn: SignIn

function parts(): SignInParts {
  return {
    registry,
    people,
    hashes,
    verify: async (person, password) =>
      people.has(person) && new TextDecoder().decode(password) === hashes.get(person) ? 'right' : 'wrong',
    demo,
    clock,
    random: seededRandom(7),
    record: async ({ person, role }, deed: Deed) => {
      if (deed.verb === 'sign-in' || deed.verb === 'sign-out')
        recorded.push(`${person} ${role} ${deed.verb} ${deed.from}`)
    },
  }
}

beforeEach(() => {
  clock = new VirtualClock(NOW)
  registry = new MemoryRegistry(clock)
  people = new Map(PEOPLE)
  hashes = new Map([...PEOPLE.keys()].map((id) => [id, `secret of ${id}`]))
  demo = new Set()
  recorded = []
  signIn = createSignIn(parts())
})

const attempt = (person: string, part: Partial<Attempt> = {}): Attempt => ({
  person,
  password: `secret of ${person}`,
  address: '10.0.0.1',
  local: false,
  agent: 'Browser',
  cookie: undefined,
  ...part,
})
const enter = async (person: string, part: Partial<Attempt> = {}) => signIn.enter(attempt(person, part))
const who = (cookie: string) => signIn.who({ cookie, bearer: undefined })
const bearing = (bearer: string) => signIn.who({ cookie: undefined, bearer })
const wrong = (person: string, part: Partial<Attempt> = {}) =>
  enter(person, { password: 'guess', ...part }).then(
    () => 'in',
    (fault: { code: string; parameters: { retryAfter?: number } }) =>
      [fault.code, fault.parameters.retryAfter].filter((each) => each !== undefined).join(' '),
  )

describe('sessions', () => {
  it('[SE5] opens a session by password and records who came and went', async () => {
    const { secret, principal } = await enter('li')
    expect(secret).toMatch(/^[\w-]{43}$/)
    expect(principal).toMatchObject({ person: { id: 'li', role: 'officer' }, kind: 'session', since: NOW })
    expect(await who(secret)).toMatchObject({ person: { id: 'li' }, id: principal.id })
    expect(await signIn.revoke(principal, 'session', principal.id)).toBe(true)
    expect(await who(secret)).toBeNull()
    expect(recorded).toEqual(['li officer sign-in password', 'li officer sign-out asked'])
  })

  it('[SE5] keeps no secret, only its hash', async () => {
    const { secret } = await enter('li')
    const [entry] = await registry.list('session', 'li')
    expect(JSON.stringify(entry)).not.toContain(secret)
    expect(entry?.key).toMatch(/^[0-9a-f]{64}$/)
    // The hash that a thief of the store would find opens nothing.
    expect(await who(entry?.key ?? '')).toBeNull()
  })

  it('[SE5] gives every session a secret of its own and takes none that was brought along', async () => {
    const first = await enter('li')
    const second = await enter('li', { cookie: first.secret })
    expect(second.secret).not.toBe(first.secret)
    expect(await who(first.secret)).toBeNull()
    const fixed = 'A'.repeat(43)
    await enter('wang', { cookie: fixed })
    expect(await who(fixed)).toBeNull()
    expect(recorded).toContain('li officer sign-out replaced')
  })

  it('[SE6] ends a session 12 h after its last use and 7 d after its begin', async () => {
    const idle = await enter('li')
    clock.advance(IDLE_MS - 1)
    expect(await who(idle.secret)).not.toBeNull()
    clock.advance(IDLE_MS)
    expect(await who(idle.secret)).toBeNull()
    const used = await enter('li')
    const begin = clock.now()
    while (clock.now() - begin < LONGEST_MS - MINUTE) {
      expect(await who(used.secret)).not.toBeNull()
      clock.advance(Math.min(IDLE_MS / 2, begin + LONGEST_MS - MINUTE - clock.now()))
    }
    expect(await who(used.secret)).toMatchObject({ until: begin + LONGEST_MS })
    clock.advance(MINUTE)
    expect(await who(used.secret)).toBeNull()
  })

  it('[SE6] ends sessions of who is gone or has another password, and follows a changed role', async () => {
    const { secret } = await enter('li')
    people.set('li', { ...PEOPLE.get('li')!, role: 'viewer' })
    expect((await who(secret))?.person.role).toBe('viewer')
    hashes.set('li', 'another')
    expect(await who(secret)).toBeNull()
    const other = await enter('wang')
    people.delete('wang')
    expect(await who(other.secret)).toBeNull()
  })

  it('[SE6] does not bring back a session that was revoked while it was used', async () => {
    const { secret, principal } = await enter('li')
    clock.advance(2 * MINUTE)
    const [used] = await Promise.all([who(secret), registry.drop('session', principal.key)])
    expect(await who(secret)).toBeNull()
    expect(used === null || used.person.id === 'li').toBe(true)
  })

  it('[SE7] lists and ends sessions of the same person only', async () => {
    const mine = (await enter('li')).principal
    const elsewhere = await enter('li', { agent: `Phone ${'x'.repeat(500)}` })
    const other = (await enter('wang')).principal
    const listed = await signIn.sessions(mine)
    expect(listed.map(({ agent }) => agent.slice(0, 7))).toEqual(['Browser', 'Phone x'])
    expect(listed.every(({ agent }) => agent.length <= 120)).toBe(true)
    expect(await signIn.revoke(mine, 'session', other.id)).toBe(false)
    const ended: string[] = []
    const forget = signIn.onEnd((key) => ended.push(key))
    expect(await signIn.revoke(mine, 'session', elsewhere.principal.id)).toBe(true)
    expect(ended).toEqual([elsewhere.principal.key])
    expect(await who(elsewhere.secret)).toBeNull()
    forget()
  })
})

describe('wrong passwords', () => {
  it('[SE8] locks a person out from an address, longer each time, and says how long', async () => {
    const answers = []
    for (let n = 0; n < 5; n++) answers.push(await wrong('li'))
    expect(answers).toEqual(Array.from({ length: 5 }, () => 'SE-credentials'))
    expect(await wrong('li')).toBe('SE-locked 30')
    expect(await wrong('li', { password: 'secret of li' })).toBe('SE-locked 30')
    clock.advance(30_000)
    expect(await wrong('li')).toBe('SE-credentials')
    expect(await wrong('li')).toBe('SE-locked 60')
    // From elsewhere, and others from here, may still come.
    await enter('li', { address: '10.0.0.2' })
    await enter('wang')
  })

  it('[SE8] forgets tries after a while and forgives them to who knows the password', async () => {
    for (let n = 0; n < 4; n++) await wrong('li')
    await enter('li')
    for (let n = 0; n < 4; n++) expect(await wrong('li')).toBe('SE-credentials')
    clock.advance(15 * MINUTE)
    for (let n = 0; n < 4; n++) expect(await wrong('li')).toBe('SE-credentials')
  })

  it('[SE8] counts tries at once', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => wrong('li')))
    expect(answers.filter((answer) => answer === 'SE-credentials')).toHaveLength(5)
  })

  it('[SE8] locks out an address that tries many names, and a person whom many addresses try', async () => {
    for (let n = 0; n < 30; n++) await wrong(`name-${n}`)
    expect(await wrong('one-more')).toBe('SE-locked 30')
    for (let n = 0; n < 50; n++) await wrong('wang', { address: `10.1.0.${n}` })
    expect(await wrong('wang', { address: '10.2.0.1' })).toBe('SE-locked 30')
    // One IPv6 subscriber has as many addresses as he likes.
    for (let n = 0; n < 30; n++) await wrong(`v6-${n}`, { address: `2001:db8::${n.toString(16)}` })
    expect(await wrong('v6', { address: '2001:db8:0:0:1::1' })).toContain('SE-locked')
    expect(await wrong('v6', { address: '2001:db8:0:1::1' })).toBe('SE-credentials')
  })

  it('[SE8] cannot be used to lock out somebody where he signed in before', async () => {
    await enter('wang', { address: '10.9.0.9' })
    for (let n = 0; n < 60; n++) await wrong('wang', { address: `10.1.0.${n}` })
    expect(await wrong('wang', { address: '10.2.0.1' })).toContain('SE-locked')
    await enter('wang', { address: '10.9.0.9' })
  })

  it('[SE9] answers people who do not exist like wrong passwords, by the same work', async () => {
    const accounts = createAccounts({ li: { password: await hashPassword('right') } })
    let verified = 0
    signIn = createSignIn({
      ...parts(),
      hashes: new Map(),
      random: systemRandom(),
      verify: (person, password) => {
        verified++
        return accounts.verify(person, password)
      },
    })
    expect(await wrong('li')).toBe('SE-credentials')
    expect(await wrong('nobody-here')).toBe('SE-credentials')
    expect(await wrong('wang', { password: '' })).toBe('SE-credentials')
    expect(verified).toBe(3)
    expect((await enter('li', { password: 'right' })).principal.person.id).toBe('li')
  })

  it('[SE9] does not count a try that nobody could look at', async () => {
    signIn = createSignIn({ ...parts(), verify: () => Promise.resolve('busy') })
    for (let n = 0; n < 10; n++) expect(await wrong('li')).toBe('SE-busy')
  })
})

describe('demo accounts', () => {
  it('[SE10] lets in without a password who is marked so, from this machine, in a demo', async () => {
    expect(await wrong('li', { password: '', local: true })).toBe('SE-credentials')
    demo.add('li')
    expect(signIn.demo(true).map(({ id }) => id)).toEqual(['li'])
    expect(signIn.demo(false)).toEqual([])
    expect(await wrong('li', { password: '' })).toBe('SE-credentials')
    expect(await wrong('wang', { password: '', local: true })).toBe('SE-credentials')
    const { secret } = await enter('li', { password: '', local: true })
    expect(await who(secret)).toMatchObject({ kind: 'demo' })
    demo.clear()
    expect(await who(secret)).toBeNull()
  })
})

describe('tokens for other programs', () => {
  let mine: Principal
  beforeEach(async () => {
    mine = (await enter('sun')).principal
  })

  it('[SE11] opens by a bearer token until it runs out or is revoked', async () => {
    const token = await signIn.issue(mine, 'dispatch system', NOW + 10 * MINUTE, false)
    expect(token.secret).toMatch(/^qy_[\w-]{43}$/)
    expect(await bearing(token.secret)).toMatchObject({ person: { id: 'sun' }, kind: 'token' })
    expect(await who(token.secret.slice(3))).toBeNull()
    expect(await signIn.tokens(mine)).toEqual([
      { id: token.id, name: 'dispatch system', readOnly: false, since: NOW, until: NOW + 10 * MINUTE },
    ])
    clock.advance(10 * MINUTE)
    expect(await bearing(token.secret)).toBeNull()
    const another = await signIn.issue(mine, 'x', NOW + 20 * MINUTE, false)
    expect(await signIn.revoke(mine, 'token', another.id)).toBe(true)
    expect(await bearing(another.secret)).toBeNull()
    expect(recorded.at(-1)).toBe(`sun supervisor sign-out token ${another.id}`)
  })

  it('[SE11] lowers the role of a token that only reads, and raises nobody', async () => {
    const reads = await signIn.issue(mine, 'x', NOW + MINUTE, true)
    expect((await bearing(reads.secret))?.person.role).toBe('viewer')
    const vendor = (await enter('acme-desk')).principal
    const theirs = await signIn.issue(vendor, 'x', NOW + MINUTE, true)
    expect((await bearing(theirs.secret))?.person.role).toBe('vendor')
  })

  it('[SE11] refuses more tokens than a person may have', async () => {
    for (let n = 0; n < 20; n++) await signIn.issue(mine, `t${n}`, NOW + MINUTE, false)
    await expect(signIn.issue(mine, 'x', NOW + MINUTE, false)).rejects.toMatchObject({ code: 'SE-most' })
  })
})
