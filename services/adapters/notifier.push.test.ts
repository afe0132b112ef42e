import { expect, it, onTestFinished } from 'vitest'
import { HttpReceiver } from '../testdata/http-receiver.ts'
import { PushBrowser, vapidClaims } from '../testdata/push-browser.ts'
import { alertOf, letterOf, noticeOf, RAISED } from '../testdata/sample-alert.ts'
import { smallPlan } from '../testdata/small-city.ts'
import { createVapidKeys, pushNotifier, vapidKeys } from './notifier.push.ts'
import { MemoryRegistry } from './registry.memory.ts'

const plan = smallPlan()
const keys = createVapidKeys()

async function pushBench() {
  const service = await HttpReceiver.start()
  onTestFinished(() => service.stop())
  const browser = new PushBrowser()
  const gone: (readonly [string, string])[] = []
  const notifier = pushNotifier({
    keys,
    subject: 'mailto:duty@city.example',
    reach: { permitted: ['127.0.0.1'] },
    clock: { now: () => RAISED },
    gone: (person, to) => gone.push([person, to]),
  })
  const to = browser.subscription(`http://127.0.0.1:${service.port}/push/1`)
  return { service, browser, notifier, to, gone }
}

it('[CH30] reads as RFC 8291 writes', () => {
  // Appendix A of RFC 8291.
  const browser = new PushBrowser({
    privateKey: Buffer.from('q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94', 'base64url'),
    auth: Buffer.from('BTBZMqHH6r4Tts7J_aSIgg', 'base64url'),
  })
  const body =
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN'
  expect(browser.decrypt(Buffer.from(body, 'base64url'))).toBe('When I grow up, I want to be a watermelon')
})

it('[CH31] encrypts for the browser alone what its worker shows', async () => {
  const { service, browser, notifier, to } = await pushBench()
  const letter = letterOf(plan, to)
  await notifier.send(letter)
  const body = service.received[0]?.body ?? Buffer.alloc(0)
  expect(JSON.parse(browser.decrypt(body))).toMatchObject({
    id: 'nmia2-1',
    alert: 'amia2-1',
    tag: 'amia2-1',
    rank: 3,
    exercise: false,
    title: letter.subject,
    body: letter.body,
    link: letter.link,
  })
  expect(body.includes('空气')).toBe(false)
  expect(() => new PushBrowser().decrypt(body)).toThrow(/authenticate/)
})

it('[CH32] proves by VAPID who we are, to that service alone', async () => {
  const { service, notifier, to } = await pushBench()
  await notifier.send(letterOf(plan, to))
  expect(vapidClaims(String(service.received[0]?.headers.authorization))).toEqual({
    key: keys.publicKey,
    aud: `http://127.0.0.1:${service.port}`,
    sub: 'mailto:duty@city.example',
  })
})

it('[CH33] says how urgent it is, how long it holds and what it takes the place of', async () => {
  const { service, notifier, to } = await pushBench()
  await notifier.send(letterOf(plan, to))
  await notifier.send(letterOf(plan, to, noticeOf({ id: 'n2', occasion: 'ended' })))
  await notifier.send(letterOf(plan, to, noticeOf({ id: 'n3', alerts: ['a9-1'] })))
  const sent = service.received.map(({ headers }) => headers)
  expect(sent.map(({ urgency }) => urgency)).toEqual(['high', 'normal', 'high'])
  expect(sent.map(({ ttl }) => ttl)).toEqual(['14400', '14400', '14400'])
  const [first, second, third] = sent.map(({ topic }) => String(topic))
  expect(first).toMatch(/^[\w-]{32}$/)
  expect(second).toBe(first)
  expect(third).not.toBe(first)
})

it.each([404, 410])('[CH34] has a subscription forgotten that the service answers %i for', async (status) => {
  const { service, notifier, to, gone } = await pushBench()
  service.says(status)
  expect(await notifier.send(letterOf(plan, to))).toEqual({
    sent: false,
    why: `Browser has given up its subscription (${status})`,
    retry: false,
  })
  expect(gone).toEqual([['li', to]])
})

it('[CH34] keeps a subscription through what may pass', async () => {
  const { service, notifier, to, gone } = await pushBench()
  service.says(503)
  expect(await notifier.send(letterOf(plan, to))).toMatchObject({ sent: false, retry: true })
  expect(gone).toEqual([])
})

it('[CH35] shortens a long text to what services take', async () => {
  const { service, browser, notifier, to } = await pushBench()
  const letter = { ...letterOf(plan, to), body: '长'.repeat(2_000) }
  expect(await notifier.send(letter)).toEqual({ sent: true })
  const body = service.received[0]?.body ?? Buffer.alloc(0)
  expect(body.length).toBeLessThanOrEqual(4_096)
  expect((JSON.parse(browser.decrypt(body)) as { body: string }).body).toMatch(/^长+$/)
})

it('[CH36] tells by its tag a digest from an alert', async () => {
  const { service, browser, notifier, to } = await pushBench()
  const notice = noticeOf({ occasion: 'digest', alerts: ['a1-1', 'a1-2'] })
  await notifier.send(letterOf(plan, to, notice, [alertOf({ id: 'a1-1' }), alertOf({ id: 'a1-2', rank: 4 })]))
  const payload = browser.decrypt(service.received[0]?.body ?? Buffer.alloc(0))
  expect(JSON.parse(payload)).toMatchObject({ tag: 'digest', rank: 4 })
})

it('[CH37] keeps the keys that browsers subscribed with', async () => {
  const clock = { now: () => RAISED }
  const registry = new MemoryRegistry(clock)
  const [one, other] = await Promise.all([vapidKeys(registry, clock), vapidKeys(registry, clock)])
  expect(one).toEqual(other)
  expect(Buffer.from(one.publicKey, 'base64url')).toHaveLength(65)
})
