import { ownAll } from '../adapters/ownership.embedded.ts'
import { seededRandom } from '../adapters/random.seeded.ts'
import { MemoryRegistry } from '../adapters/registry.memory.ts'
import { startAlert, type AlertStage } from '../alert.ts'
import type { Config } from '../config-schema.ts'
import type { AlertPolicy } from '../core/alert-policy.ts'
import { Alerting } from '../core/alerting.ts'
import { aligned } from '../core/align.ts'
import { RosterBook } from '../core/roster-book.ts'
import { startDesk } from '../desk.ts'
import type { Desk } from '../desk-port.ts'
import type { HistoryDoor } from '../history-port.ts'
import { Reports } from '../reports.ts'
import { openPublisher } from '../rule-publisher.ts'
import type { SignIn } from '../sign-in-port.ts'
import { createSignIn } from '../sign-in.ts'
import { PEOPLE } from './people.ts'
import { simplePolicy } from './sample-alert.ts'
import { smallPlan } from './small-city.ts'
import { startSmallServer, until, type SmallServer } from './small-server.ts'

/** A {@link SmallServer} with its alert stage and desk. */
export interface DeskServer extends SmallServer {
  readonly desk: Desk
  readonly signIn: SignIn
  readonly registry: MemoryRegistry
  /** Signs somebody in by password; the answer asks as them. */
  enter(person: string): Promise<Asker>
  /** Lets time pass until what was asked has its answer: decisions come with a tick. */
  soon<Answer>(asked: Promise<Answer>): Promise<Answer>
  /** Makes one cell of a street orange, so that an alert is raised; its id. */
  alarm(street?: number): Promise<string>
}

/** What a request answered. */
export interface Answered {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>> & { readonly code?: string; readonly done?: boolean }
  readonly headers: Headers
}

/** Asks as somebody who is signed in. */
export interface Asker {
  readonly cookie: string
  get(path: string, headers?: Record<string, string>): Promise<Answered>
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>
}

/** Password of everybody here. */
export const PASSWORD = 'correct horse'

/** An asker that shows these headers with everything. */
export function askerOf(url: string, shown: Record<string, string>): Asker {
  const send: Asker['send'] = async (method, path, body, headers = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...shown,
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = text !== '' && /json/.test(response.headers.get('content-type') ?? '')
    const parsed: unknown = isJson ? JSON.parse(text) : { text }
    return {
      status: response.status,
      body: parsed as Answered['body'],
      headers: response.headers,
    }
  }
  return {
    cookie: shown['cookie'] ?? '',
    send,
    get: (path, headers) => send('GET', path, undefined, headers),
  }
}

/** How a desk under test differs from the usual one. */
export interface DeskOptions {
  readonly http?: Partial<Config['http']>
  readonly policy?: Partial<AlertPolicy>
  readonly demo?: readonly string[]
  readonly history?: HistoryDoor
}

/** Starts a {@link DeskServer}. */
export async function startDeskServer(options: DeskOptions = {}): Promise<DeskServer> {
  const plan = smallPlan()
  const policy = simplePolicy({
    people: PEOPLE,
    fallback: 'zhao',
    units: new Map([
      ['water', { zh: '水务', en: 'Water' }],
      ['traffic', { zh: '交通', en: 'Traffic' }],
    ]),
    ...options.policy,
  })
  let made: { desk: Desk; signIn: SignIn; registry: MemoryRegistry; stage: AlertStage } | undefined
  const server = await startSmallServer(options.http, plan, ({ clock, log, state, fail }) => {
    const random = seededRandom(3)
    const registry = new MemoryRegistry(clock)
    const publisher = openPublisher({
      log,
      state,
      plan,
      clock,
      program: 'test',
      tell: () => undefined,
      report: fail,
    })
    const stage = startAlert({
      ticks: aligned(state, plan.partitions),
      state,
      plan,
      ownership: ownAll(1),
      watch: (stored) => new Alerting(plan, policy, stored),
      onActive: (stored, lost) => publisher.begin(stored, lost),
      committed: (record) => publisher.take(record),
    })
    stage.failed.catch(fail)
    const duty = (entries: ReadonlyMap<string, Uint8Array>) => {
      const book = new RosterBook(plan, policy)
      book.restore(entries)
      return book
    }
    const desk = startDesk({ state, log, plan, policy, clock, random, duty, report: fail })
    const signIn = createSignIn({
      registry,
      people: policy.people,
      hashes: new Map(),
      verify: async (id, password) =>
        policy.people.has(id) && new TextDecoder().decode(password) === PASSWORD ? 'right' : 'wrong',
      demo: new Set(options.demo),
      clock,
      random,
      record: (by, deed) => desk.record(by, deed),
    })
    made = { desk, signIn, registry, stage }
    const standing = () => [{ source: 'acme/cam-1', kind: 'camera' as const, lon: 118.005, lat: 32.005 }]
    const push = { key: 'BKey', notifier: { address: pushFault } }
    return {
      reports: new Reports({ state, plan, policy }),
      publishes: true,
      ...(options.history && { history: options.history }),
      desk: {
        desk,
        signIn,
        registry,
        policy,
        standing,
        capOf: () => '/cap/x.xml',
        push,
        waysTo: () => ['desk'],
        secure: false,
      },
    }
  })
  if (made === undefined) throw new Error('the server was made without its desk')
  const { desk, signIn, registry, stage } = made
  await desk.caughtUp()
  const tick = async () => {
    await server.ticks(1)
    const goal = server.clock.now()
    await until(() => stage.reached >= goal || server.faults.length > 0)
  }
  const soon = async <Answer>(asked: Promise<Answer>): Promise<Answer> => {
    let isOver = false
    const over = asked.finally(() => (isOver = true))
    over.catch(() => undefined)
    while (!isOver) {
      // The request is on its way through a socket: time stands still until it may have got there.
      for (let turn = 0; turn < 20 && !isOver; turn++) await new Promise((resolve) => setImmediate(resolve))
      if (!isOver) await tick()
    }
    return over
  }
  const enter = async (person: string): Promise<Asker> => {
    const { headers, status } = await askerOf(server.url, {}).send('POST', '/api/v1/session', {
      person,
      password: PASSWORD,
    })
    if (status !== 201) throw new Error(`sign-in answered ${status}`)
    return askerOf(server.url, { cookie: (headers.get('set-cookie') ?? '').split(';')[0] ?? '' })
  }
  const alarm = async (street = 0): Promise<string> => {
    const before = new Set(desk.open().keys())
    const at = new Date(server.clock.now() + 500).toISOString()
    for (const source of ['s1', 's2'])
      await server.observe(source, {
        indicator: 'pm25',
        value: 200,
        time: at,
        // Apart from each other: neighbours would be one incident.
        lon: 118.005 + (street * 3) / 100,
        lat: 32.005 + street / 100,
      })
    while ([...desk.open().keys()].every((id) => before.has(id))) {
      if (server.faults.length > 0) throw server.faults[0]
      await tick()
    }
    return [...desk.open().keys()].find((id) => !before.has(id)) ?? ''
  }
  const stop = async () => {
    await desk.stop()
    await stage.stop()
    await server.stop()
  }
  return { ...server, desk, signIn, registry, enter, soon, alarm, stop }
}

function pushFault(to: string): string | null {
  return to.includes('https://push.example/') ? null : 'it is no push service'
}
