import { createTransport } from 'nodemailer'
import { messageOf } from '../core/errors.ts'
import { spell } from '../core/time.ts'
import type { Delivery, Letter, Notifier } from '../ports.ts'
import { troubleOf } from './outbound.ts'

const NAME = 'Mail server'
const TIMEOUT_MS = 20_000
/** Connections kept to the mail server. */
const MOST_CONNECTIONS = 2
const MOST_ADDRESS = 254

/** What mail needs. */
export interface MailSettings {
  /** `smtp://user:password@host:587` or `smtps://`. */
  readonly url: string
  /** Sender, as `Qingyu <alerts@city.example>`. */
  readonly from: string
  readonly timeoutMs?: number
}

/** One mailbox and nothing else (RFC 5321, 4.1.2, without quoted names): no list, no name, no line. */
const MAILBOX = /^[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]{1,64}@([\p{L}\p{N}]([\p{L}\p{N}-]{0,62})\.?){1,10}$/u

const escaped = (text: string) => text.replace(/[&<>"]/g, (mark) => `&#${String(mark.codePointAt(0))};`)
/** A header is one line: what could end it goes. */
// oxlint-disable-next-line no-control-regex
const oneLine = (text: string) => text.replace(/[\u0000-\u001f\u007f\u2028\u2029]+/g, ' ')

function htmlOf({ subject, body, link }: Letter): string {
  const lines = body.split('\n').filter((line) => line !== subject)
  const paragraphs = lines.map((line) => `<p style="margin:0 0 4px">${escaped(line)}</p>`).join('\n')
  const desk = link === '' ? '' : `\n<p><a href="${escaped(link)}">${escaped(link)}</a></p>`
  return `<h3 style="margin:0 0 8px">${escaped(subject)}</h3>\n${paragraphs}${desk}\n`
}

/** The code that the server answered; null where it said nothing. */
function answerOf(error: unknown): number | null {
  const code = error instanceof Error && 'responseCode' in error ? error.responseCode : null
  return typeof code === 'number' && code > 0 ? code : null
}

/** 4xx may pass, 5xx will not (RFC 5321, 4.2.1); a wrong account is ours to mend, so the letter waits for that. */
function failureOf(error: unknown): Delivery {
  const value = answerOf(error)
  if (error instanceof Error && 'code' in error && error.code === 'EAUTH')
    return {
      sent: false,
      why: messageOf('CH-account', { channel: NAME, value: value ?? 'EAUTH' }),
      retry: true,
    }
  if (value !== null)
    return { sent: false, why: messageOf('CH-refused', { channel: NAME, value }), retry: value < 500 }
  const why = messageOf('CH-unreachable', { channel: NAME, why: troubleOf(error) })
  return { sent: false, why, retry: true }
}

/** Letters as mail, text and simple HTML. Message-ID is made of the notice's id, and all about one alert stand in one thread. */
export function mailNotifier({ url, from, timeoutMs = TIMEOUT_MS }: MailSettings): Notifier {
  const server = new URL(url)
  const account = server.username !== ''
  const local = /^(localhost|127\.|\[::1\])/.test(server.hostname)
  const transport = createTransport(
    {
      host: server.hostname.replace(/^\[|\]$/g, ''),
      port: Number(server.port) || (server.protocol === 'smtps:' ? 465 : 587),
      secure: server.protocol === 'smtps:',
      // A password goes over no open line.
      requireTLS: account && !local,
      ...(account && {
        auth: { user: decodeURIComponent(server.username), pass: decodeURIComponent(server.password) },
      }),
      pool: true,
      maxConnections: MOST_CONNECTIONS,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    },
    { from },
  )
  const domain = /@([^\s<>@]+)>?\s*$/.exec(from)?.[1] ?? 'qingyu.invalid'
  const idOf = (id: string) => `<${id.replace(/[^\w.-]/g, '')}@${domain}>`
  const send = async (letter: Letter): Promise<Delivery> => {
    const { notice, to, subject, body, link } = letter
    const [alert] = notice.alerts
    const thread = notice.alerts.length === 1 && alert !== undefined ? idOf(alert) : undefined
    try {
      await transport.sendMail({
        to: { name: '', address: to },
        subject: oneLine(subject),
        text: link === '' ? body : `${body}\n\n${link}`,
        html: htmlOf(letter),
        messageId: idOf(notice.id),
        ...(thread !== undefined && { inReplyTo: thread, references: [thread] }),
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Qingyu-Notice': notice.id },
        ...(['eased', 'ended', 'closed', 'digest'].includes(notice.occasion)
          ? {}
          : { priority: 'high' as const }),
      })
      return { sent: true }
    } catch (error) {
      return failureOf(error)
    }
  }
  return {
    channel: 'mail',
    async send(letter) {
      const wrong = addressFault(letter.to)
      if (wrong !== null) return { sent: false, why: wrong, retry: false }
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<Delivery>((resolve) => {
        const why = messageOf('CH-timeout', { channel: NAME, value: spell(timeoutMs) })
        timer = setTimeout(() => resolve({ sent: false, why, retry: true }), timeoutMs)
      })
      // The pool may wait for a connection longer than any one of its own limits.
      const delivery = await Promise.race([send(letter), late])
      clearTimeout(timer)
      return delivery
    },
    address: addressFault,
    close: () => {
      transport.close()
      return Promise.resolve()
    },
  }
}

function addressFault(to: string): string | null {
  if (to.length <= MOST_ADDRESS && MAILBOX.test(to)) return null
  return messageOf('CH-address', { channel: NAME, why: 'it is no single mailbox as li@city.example' })
}
