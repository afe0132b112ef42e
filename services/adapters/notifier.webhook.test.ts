import { createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { expect, it, onTestFinished } from 'vitest'
import { HttpReceiver } from '../testdata/http-receiver.ts'
import { letterOf, RAISED } from '../testdata/sample-alert.ts'
import { smallPlan } from '../testdata/small-city.ts'
import { signatureOf, webhookNotifier } from './notifier.webhook.ts'

const plan = smallPlan()

it('[CH20] signs time and body, so that a receiver can tell what is ours and fresh', async () => {
  const receiver = await HttpReceiver.start()
  onTestFinished(() => receiver.stop())
  const notifier = webhookNotifier({
    secret: 'shared',
    reach: { permitted: ['127.0.0.1'] },
    plan,
    clock: { now: () => RAISED + 999 },
    program: '1.2.3',
  })
  await notifier.send(letterOf(plan, `http://127.0.0.1:${receiver.port}/hook`))
  const headers: IncomingHttpHeaders = receiver.received[0]?.headers ?? {}
  const body = receiver.received[0]?.body ?? Buffer.alloc(0)
  const [, time = '', proof = ''] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['qingyu-signature'])) ?? []
  expect(Number(time)).toBe(RAISED / 1000)
  expect(createHmac('sha256', 'shared').update(`${time}.`).update(body).digest('hex')).toBe(proof)
  expect(headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'idempotency-key': 'nmia2-1',
    'user-agent': 'Qingyu/1.2.3',
  })
  expect(signatureOf('other', RAISED, body.toString())).not.toContain(proof)
})

it('[CH21] carries the notice and its alerts, and no way to the person', async () => {
  const receiver = await HttpReceiver.start()
  onTestFinished(() => receiver.stop())
  const to = `http://127.0.0.1:${receiver.port}/hook?token=private`
  const notifier = webhookNotifier({
    secret: 'shared',
    reach: { permitted: ['127.0.0.1'] },
    plan,
    clock: { now: () => RAISED },
    program: '1',
  })
  await notifier.send(letterOf(plan, to))
  const text = receiver.received[0]?.body.toString() ?? ''
  expect(text).not.toContain('private')
  expect(JSON.parse(text)).toMatchObject({
    version: 1,
    id: 'nmia2-1',
    at: '2026-11-22T00:05:00.000Z',
    occasion: 'raised',
    person: 'li',
    why: 'duty',
    link: 'https://qingyu.example/desk?alert=amia2-1',
    alerts: [
      {
        id: 'amia2-1',
        level: 'orange',
        rank: 3,
        state: 'raised',
        area: { code: '3201', name: { zh: '3201区', en: '3201' } },
        count: 2,
        worst: { area: '3201001', rule: 'pm25-high', value: 161.25, limit: 150 },
        due: { duty: 'acknowledge', at: '2026-11-22T00:15:00.000Z', overdue: false },
      },
    ],
  })
})
