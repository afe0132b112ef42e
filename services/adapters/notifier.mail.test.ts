import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { letterOf, noticeOf } from '../testdata/sample-alert.ts'
import { smallPlan } from '../testdata/small-city.ts'
import { mailNotifier } from './notifier.mail.ts'

const plan = smallPlan()
const FROM = 'Qingyu <alerts@city.example>'

interface Mail {
  readonly from: string
  readonly to: readonly string[]
  readonly text: string
}

/** An SMTP server on the loopback that keeps what it takes. */
async function mailServer(options: SMTPServerOptions = {}) {
  const mails: Mail[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        mails.push({
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString(),
        })
        done()
      })
    },
    ...options,
  })
  // A client that gives up is what is tested.
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  const open = (account = '', timeoutMs = 5_000) => {
    const notifier = mailNotifier({ url: `smtp://${account}127.0.0.1:${port}`, from: FROM, timeoutMs })
    onTestFinished(() => notifier.close())
    return notifier
  }
  onTestFinished(() => new Promise<void>((resolve) => server.close(resolve)))
  return { mails, open }
}

/** Headers of a mail, unfolded, by name in lower case. */
function headersOf({ text }: Mail): ReadonlyMap<string, string> {
  const [head = ''] = text.split('\r\n\r\n', 1)
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
  return new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  )
}

/** The parts of a mail that are written in base64 or as they are, together. */
function wordsOf({ text }: Mail): string {
  const coded = text
    .replace(/=\r\n/g, '')
    .replace(/(=[0-9A-F]{2})+/g, (run) => Buffer.from(run.replaceAll('=', ''), 'hex').toString())
  return coded.replace(/(?:^[A-Za-z0-9+/=]{1,76}\r\n)+/gm, (block) => Buffer.from(block, 'base64').toString())
}

it('[CH40] is text and simple HTML of the letter, to one mailbox', async () => {
  const { mails, open } = await mailServer()
  const letter = letterOf(plan, 'li@city.example')
  expect(await open().send(letter)).toEqual({ sent: true })
  const [mail] = mails
  expect(mail).toMatchObject({ from: 'alerts@city.example', to: ['li@city.example'] })
  const words = mail === undefined ? '' : wordsOf(mail)
  for (const text of [
    'text/plain',
    'text/html',
    letter.body.split('\n')[1] ?? '',
    `<a href="${letter.link}">`,
  ])
    expect(words).toContain(text)
})

it('[CH41] threads all mail about one alert, each with the id of its notice', async () => {
  const { mails, open } = await mailServer()
  const notifier = open()
  await notifier.send(letterOf(plan, 'li@city.example'))
  await notifier.send(letterOf(plan, 'li@city.example', noticeOf({ id: 'n2-1', occasion: 'graver' })))
  await notifier.send(letterOf(plan, 'li@city.example', noticeOf({ id: 'n3-1', alerts: ['a1', 'a2'] })))
  const headers = mails.map(headersOf)
  expect(headers.map((each) => each.get('message-id'))).toEqual([
    '<nmia2-1@city.example>',
    '<n2-1@city.example>',
    '<n3-1@city.example>',
  ])
  expect(headers.map((each) => each.get('in-reply-to'))).toEqual([
    '<amia2-1@city.example>',
    '<amia2-1@city.example>',
    undefined,
  ])
  expect(headers.map((each) => each.get('auto-submitted'))).toEqual(Array(3).fill('auto-generated'))
})

it('[CH42] lets nothing that somebody wrote become a header or a tag', async () => {
  const { mails, open } = await mailServer()
  const letter = {
    ...letterOf(plan, 'li@city.example'),
    subject: 'a\r\nBcc: other@b.example\r\n\r\n<script>',
    body: 'b\r\n.\r\nMAIL FROM:<x@y>\n<script>alert(1)</script>',
    link: 'https://a.example/"><script>',
  }
  expect(await open().send(letter)).toEqual({ sent: true })
  const [mail] = mails
  expect(mails).toHaveLength(1)
  expect(mail?.to).toEqual(['li@city.example'])
  const headers = mail === undefined ? new Map<string, string>() : headersOf(mail)
  expect(headers.has('bcc')).toBe(false)
  expect(headers.get('subject')).toBe('a Bcc: other@b.example <script>')
  const [, html = ''] = mail?.text.split('text/html') ?? []
  expect(html).not.toContain('<script>')
})

it('[CH43] tries again what a server puts off, and not what it refuses', async () => {
  const refusing = (responseCode: number) =>
    mailServer({
      onRcptTo(_address, _session, done) {
        done(Object.assign(new Error('no'), { responseCode }))
      },
    })
  const judged = async (code: number) => (await refusing(code)).open().send(letterOf(plan, 'li@city.example'))
  expect(await judged(451)).toEqual({ sent: false, why: 'Mail server answered 451', retry: true })
  expect(await judged(550)).toEqual({ sent: false, why: 'Mail server answered 550', retry: false })
})

it('[CH44] keeps a letter while the account is wrong', async () => {
  const { open } = await mailServer({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth(_auth, _session, done) {
      done(Object.assign(new Error('no'), { responseCode: 535 }))
    },
  })
  expect(await open('u:p@').send(letterOf(plan, 'li@city.example'))).toEqual({
    sent: false,
    why: 'Mail server refuses our account (535)',
    retry: true,
  })
})

it('[CH45] gives up a mail server that hangs', async () => {
  const { open } = await mailServer({ onMailFrom: () => {} })
  expect(await open('', 100).send(letterOf(plan, 'li@city.example'))).toMatchObject({
    sent: false,
    retry: true,
  })
})
