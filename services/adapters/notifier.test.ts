import { SMTPServer } from 'smtp-server'
import type { AddressInfo } from 'node:net'
import { HttpReceiver } from '../testdata/http-receiver.ts'
import { PushBrowser } from '../testdata/push-browser.ts'
import { smallPlan } from '../testdata/small-city.ts'
import { systemClock } from './clock.system.ts'
import { notifierContract, type NotifierBench } from './notifier.contract.ts'
import { mailNotifier } from './notifier.mail.ts'
import { createVapidKeys, pushNotifier } from './notifier.push.ts'
import { webhookNotifier } from './notifier.webhook.ts'

const plan = smallPlan()
const reach = { permitted: ['127.0.0.1'] }
const clock = systemClock

notifierContract('webhook', async (): Promise<NotifierBench> => {
  const receiver = await HttpReceiver.start()
  return {
    notifier: webhookNotifier({ secret: 's', reach, plan, clock, program: '1' }),
    to: `http://127.0.0.1:${receiver.port}/hook?key=secret`,
    wrong: [
      '',
      'no-url-at-all',
      'ftp://a.example/x',
      'https://u:p@a.example/',
      'http://10.0.0.1/',
      'http://[::1]/',
    ],
    received: () => receiver.received.map(({ headers }) => String(headers['idempotency-key'])),
    vanish: () => receiver.stop(),
    dispose: () => receiver.stop(),
  }
})

notifierContract('push', async (): Promise<NotifierBench> => {
  const receiver = await HttpReceiver.start()
  const browser = new PushBrowser()
  const keys = createVapidKeys()
  const good = browser.subscription(`http://127.0.0.1:${receiver.port}/push`)
  return {
    notifier: pushNotifier({ keys, subject: 'mailto:duty@city.example', reach, clock, gone: () => {} }),
    to: good,
    wrong: [
      '',
      'null',
      '{}',
      browser.subscription('https://192.168.1.1/push'),
      browser.subscription('http://push.example/1'),
      good.replace(/"auth":"[^"]*"/, '"auth":"short"'),
      good.replace(/"p256dh":"B/, '"p256dh":"C'),
    ],
    received: () =>
      receiver.received.map(({ body }) => (JSON.parse(browser.decrypt(body)) as { id: string }).id),
    vanish: () => receiver.stop(),
    dispose: () => receiver.stop(),
  }
})

notifierContract('mail', async (): Promise<NotifierBench> => {
  const ids: string[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        ids.push(/^Message-ID: (\S+)/im.exec(Buffer.concat(chunks).toString())?.[1] ?? '')
        done()
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  const notifier = mailNotifier({ url: `smtp://127.0.0.1:${port}`, from: 'Qingyu <alerts@city.example>' })
  const stop = () => new Promise<void>((resolve) => server.close(resolve))
  return {
    notifier,
    to: 'li@city.example',
    wrong: [
      '',
      'somebody',
      'li@a.example, wang@b.example',
      'Li <li@a.example>',
      'li@a.example\r\nBcc: x@b.example',
    ],
    received: () => ids,
    vanish: stop,
    dispose: async () => {
      await notifier.close()
      await stop()
    },
  }
})
