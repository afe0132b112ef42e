import { resolve } from 'node:path'
import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { VirtualClock } from './adapters/clock.virtual.ts'
import { MemoryRegistry } from './adapters/registry.memory.ts'
import { openChannels, waysTo } from './app-channels.ts'
import { planOf } from './app-plan.ts'
import { readConfig } from './config.ts'
import { HttpReceiver } from './testdata/http-receiver.ts'
import { PushBrowser } from './testdata/push-browser.ts'
import { letterOf, RAISED, simplePolicy } from './testdata/sample-alert.ts'

const until = async (holds: () => Promise<boolean>) => {
  while (!(await holds())) await new Promise(setImmediate)
}

async function opened(channels: object, clocks: object = {}) {
  const read = readConfig(resolve(import.meta.dirname, '../config/qingyu.yaml'), {}, { channels, ...clocks })
  const plan = planOf(read, pino({ level: 'silent' }))
  const clock = new VirtualClock(RAISED)
  const registry = new MemoryRegistry(clock)
  const parts = { config: read.config, plan, policy: simplePolicy(), registry, clock, program: '1' }
  const ways = await openChannels({ ...parts, report: () => {} })
  onTestFinished(() => ways.close())
  return { ...ways, plan, registry, clock }
}

it('[CH65] opens the channels that are configured, and no other', async () => {
  const off = { webhookSecret: '', mailUrl: '', pushSubject: '', mqttUrl: '', capFolder: '' }
  const none = await opened(off)
  expect([none.notifiers, none.cap]).toEqual([[], null])
  const all = await opened({
    webhookSecret: 's',
    mailUrl: 'smtp://127.0.0.1:9',
    mailFrom: 'Qingyu <alerts@city.example>',
    pushSubject: 'mailto:duty@city.example',
    mqttUrl: 'mqtt://127.0.0.1:9',
    capFolder: 'nowhere',
  })
  expect(all.notifiers.map(({ channel }) => channel)).toEqual(['webhook', 'mail', 'push', 'mqtt'])
  expect(all.cap).not.toBeNull()
})

it('[CH79] opens none while history is brought in by its own clock', async () => {
  const past = await opened(
    { webhookSecret: 's', mqttUrl: 'mqtt://127.0.0.1:9', capFolder: 'nowhere' },
    { clock: { source: 'data' }, demo: { enabled: false } },
  )
  expect([past.notifiers, past.cap]).toEqual([[], null])
})

it('[CH66] knows on which ways somebody can be told', () => {
  const config = (channels: object, reach: object) =>
    readConfig(
      resolve(import.meta.dirname, '../config/qingyu.yaml'),
      {},
      { channels, people: { night: { reach } } },
    ).config
  const reach = { mail: 'a@city.example', webhook: 'https://city.example/hook' }
  expect(waysTo(config({ pushSubject: '' }, reach), 'night')).toEqual(['desk'])
  const open = config({ webhookSecret: 's' }, reach)
  expect(waysTo(open, 'night')).toEqual(['desk', 'webhook', 'push'])
  expect(waysTo(open, 'officer')).toEqual(['desk', 'push'])
})

it('[CH34] forgets the subscription of the one browser that gave it up', async () => {
  const service = await HttpReceiver.start()
  onTestFinished(() => service.stop())
  const { notifiers, plan, registry, clock } = await opened({
    pushSubject: 'mailto:duty@city.example',
    webhookPrivate: ['127.0.0.1'],
  })
  const [gone = '', kept = ''] = [1, 2].map((n) =>
    new PushBrowser().subscription(`http://127.0.0.1:${service.port}/${n}`),
  )
  const expires = clock.now() + 1e9
  await registry.put({ kind: 'push', key: 'a', person: 'li', value: gone, expires })
  await registry.put({ kind: 'push', key: 'b', person: 'li', value: kept, expires })
  service.says(410)
  const push = notifiers.find(({ channel }) => channel === 'push')
  expect(await push?.send(letterOf(plan, gone))).toMatchObject({ sent: false, retry: false })
  await until(async () => (await registry.get('push', 'a')) === undefined)
  expect(await registry.get('push', 'b')).toBeDefined()
})
