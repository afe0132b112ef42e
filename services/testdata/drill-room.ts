import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { AreasDocument } from '../core/areas.ts'
import type { AlertRow, AlertsAnswer } from '../core/desk-wire.ts'
import type { ReplayView, Timeline } from '../core/replay-wire.ts'
import { HttpReceiver } from './http-receiver.ts'
import { liveCity, sound, type LiveCity } from './live-city.ts'

/** For what waits for ticks and threads, on a machine that does other things. */
export const PATIENCE = { timeout: 60_000, interval: 50 }

const HOUR_EACH = { acknowledge: '1h', dispatch: '1h', handle: '1h', verify: '1h' }

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(50)
}

/** Somebody of the demo, signed in to the live desk; asks below the installation's address. */
export class Somebody {
  readonly #home: string
  readonly #cookie: string

  private constructor(home: string, cookie: string) {
    this.#home = home
    this.#cookie = cookie
  }

  static async of(home: string, person: string): Promise<Somebody> {
    const answer = await fetch(new URL('api/v1/session', home), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ person, password: '' }),
    })
    return new Somebody(home, answer.headers.get('set-cookie')?.split(';')[0] ?? '')
  }

  async ask(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    const json = { 'content-type': 'application/json' }
    const answer = await fetch(new URL(path, this.#home), {
      method,
      headers: { cookie: this.#cookie, ...(body !== undefined && json) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.includes('json') === true
    return { status: answer.status, body: isJson ? JSON.parse(text) : text }
  }

  async get<Answer>(path: string): Promise<Answer> {
    const { status, body } = await this.ask('GET', path)
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`)
    return body as Answer
  }

  /** Alerts as the desk lists them: of a session by its path without the first stroke, live by ''. */
  async alerts(path = ''): Promise<readonly AlertRow[]> {
    return (await this.get<AlertsAnswer>(`${path}api/v1/alerts?limit=100`)).alerts
  }
}

/** The whole program with the demo street, an incident that somebody acknowledged, and an archive that holds it. */
export interface DrillRoom {
  readonly city: LiveCity
  readonly officer: Somebody
  /** Who acknowledged in life. */
  readonly night: Somebody
  readonly supervisor: Somebody
  readonly commander: Somebody
  readonly lived: AlertRow
  /** Webhooks that came, and connections to the mail server. */
  told(): { readonly hooks: number; readonly mails: number }
  /** A drill about the incident, opened by the supervisor, once it can be looked at. */
  open(people: readonly string[], more?: object): Promise<ReplayView>
  close(): Promise<void>
}

/** Dust in two neighbouring cells, from two sources each; the alert that comes of it. */
async function dust(city: LiveCity, officer: Somebody): Promise<AlertRow> {
  const device = await city.device(5)
  const grid = await city.get<AreasDocument>('/api/v1/areas')
  const deepest = Math.max(...grid.depths)
  const cell = grid.depths.findIndex((depth) => depth === deepest)
  const near = grid.depths.findIndex(
    (depth, area) => depth === deepest && area !== cell && grid.parents[area] === grid.parents[cell],
  )
  for (const [nth, area] of [cell, near, cell, near].entries()) {
    const [lon, lat] = grid.centres[area] ?? [0, 0]
    await device.send(`dust-${nth}`, sound({ indicator: 'pm25', value: 400, lon, lat }))
  }
  await until(async () => (await officer.alerts())[0]?.rank === 4)
  const [alert] = await officer.alerts()
  if (alert === undefined) throw new Error('no alert was raised')
  return alert
}

/** Lives through the incident; `lasts`: how long after it the archive holds, ms; `web`: folder of the built pages. */
export async function openDrillRoom(lasts: number, web = ''): Promise<DrillRoom> {
  const hooks = await HttpReceiver.start()
  let mails = 0
  const smtp = createServer((socket) => {
    mails++
    socket.end()
  })
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve))
  const { port } = smtp.address() as AddressInfo
  const city = await liveCity({
    http: { port: 0, web },
    demo: { enabled: true },
    cluster: { stages: 'ingest,aggregate,alert,archive,gateway' },
    archive: { every: '1s', keyframe: 10 },
    channels: {
      webhookSecret: 'secret of the test',
      webhookPrivate: ['127.0.0.1'],
      mailUrl: `smtp://127.0.0.1:${port}`,
      mailFrom: 'Qingyu <alerts@city.example>',
      pushSubject: '',
    },
    people: {
      officer: {
        reach: { webhook: `http://127.0.0.1:${hooks.port}/officer`, mail: 'officer@city.example' },
      },
    },
    // Long, so that live says nothing new while a drill goes on.
    alerts: {
      defaults: { officer: { level: 'blue', channels: ['desk', 'webhook'] } },
      step: '1h',
      repeat: '0s',
      deadlines: { ...HOUR_EACH, levels: { orange: HOUR_EACH, red: HOUR_EACH } },
    },
  })
  const of = (person: string) => Somebody.of(city.app.http, person)
  const officer = await of('officer')
  const night = await of('night')
  const supervisor = await of('supervisor')
  const commander = await of('commander')
  const { id, raised } = await dust(city, officer)
  await night.ask('POST', `api/v1/alerts/${id}/acknowledge`, { comment: '' })
  await until(async () => hooks.received.length > 0 && (await officer.alerts())[0]?.state === 'acknowledged')
  const [lived] = await officer.alerts()
  if (lived === undefined) throw new Error('the alert is gone')
  const end = raised + lasts
  const held = async (): Promise<number> => {
    const line = await supervisor.get<Timeline>(`api/v1/timeline?from=${raised - 60_000}&to=${end}`)
    return line.held.at(-1)?.to ?? 0
  }
  await until(async () => (await held()) > end)
  return {
    city,
    officer,
    night,
    supervisor,
    commander,
    lived,
    told: () => ({ hooks: hooks.received.length, mails }),
    async open(people, more = {}) {
      const wanted = { kind: 'drill', incident: lived.incident, people, title: 'Dust on a Sunday', ...more }
      const { status, body } = await supervisor.ask('POST', 'api/v1/replays', wanted)
      if (status !== 201) throw new Error(JSON.stringify(body))
      const view = () => supervisor.get<ReplayView>(`api/v1/replays/${(body as ReplayView).id}`)
      await until(async () => (await view()).state !== 'opening')
      return view()
    },
    async close() {
      await city.stop()
      await hooks.stop()
      await new Promise((resolve) => smtp.close(resolve))
    },
  }
}
