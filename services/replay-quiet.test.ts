import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ReplayView } from './core/replay-wire.ts'
import { HttpReceiver } from './testdata/http-receiver.ts'
import { liveCity, sound, type LiveCity } from './testdata/live-city.ts'
import { HouseWall, until } from './testdata/replay-house.ts'

/** A mail server that counts who comes. */
async function mailbox(): Promise<{ readonly port: number; readonly callers: () => number }> {
  let callers = 0
  const server = createServer((socket) => {
    callers++
    socket.on('error', () => undefined)
    socket.end('421 closed\r\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, callers: () => callers }
}

/** Somebody who is told of everything, by mail and webhook. */
function watched(mail: number, hook: number) {
  return {
    people: {
      chen: {
        name: { zh: '陈', en: 'Chen' },
        role: 'commander',
        demo: true,
        reach: { mail: 'chen@city.example', webhook: `http://127.0.0.1:${hook}/hook` },
      },
    },
    alerts: { fallback: 'chen', defaults: { commander: { channels: ['webhook', 'mail', 'desk'] } } },
    channels: {
      webhookSecret: 'a secret that signs',
      webhookPrivate: ['127.0.0.1'],
      mailUrl: `smtp://127.0.0.1:${mail}`,
      mailFrom: 'Qingyu <alerts@city.example>',
    },
  }
}

async function post<Answer>(city: LiveCity, path: string, body: object): Promise<Answer> {
  const response = await city.post(path, JSON.stringify(body))
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Answer
}

/** A session over the newest alert, once the archive holds it. */
async function opened(city: LiveCity): Promise<ReplayView> {
  for (;;) {
    const made = await post<ReplayView>(city, '/api/v1/replays', {}).catch(() => null)
    for (let view = made; view !== null; view = await city.get<ReplayView>(`/api/v1/replays/${view.id}`))
      if (view.state === 'failed') break
      else if (view.state !== 'opening') return view
      else await pause(20)
    await pause(200)
  }
}

describe('a replay of notices', () => {
  it('[RY12] reaches nobody whom live told', { timeout: 120_000 }, async () => {
    const [mail, hooks] = [await mailbox(), await HttpReceiver.start()]
    onTestFinished(() => hooks.stop())
    const city = await liveCity({ ...watched(mail.port, hooks.port), archive: { every: '1s' } })
    onTestFinished(() => city.stop())
    const device = await city.device(5)
    for (let call = 0; call < 2; call++)
      await device.send('line', sound({ indicator: 'call.manhole', value: 1, id: `call-${call}` }))
    await until(() => hooks.received.length > 0 && mail.callers() > 0)
    const view = await opened(city)
    const seen = new HouseWall(new URL(`${view.path}ws`, city.app.http).href.replace('http', 'ws'), [
      'qingyu.v1',
    ])
    onTestFinished(() => seen.socket.terminate())
    const raised = () =>
      seen.messages.some((message) => message.type === 'board' && message.alerts.length > 0)
    const letters = hooks.received.length
    await post(city, `/api/v1/replays/${view.id}/play`, { rate: 'max' })
    await until(raised)
    await until(() => seen.last('replay')?.session.state === 'ended')
    expect(hooks.received.length).toBe(letters)
  })
})
