import { ReasonCodes } from 'mqtt'
import type { Config } from '../config-schema.ts'
import { QingyuError, sentenceOf } from '../core/errors.ts'

/** Codes of CONNACK by which a broker refuses an account: those of MQTT 5, and of a broker that answers in 3.1.1. */
const ACCOUNT: ReadonlySet<unknown> = new Set([0x86, 0x87, 4, 5])
/** Another connection came with our client id. */
const TAKEN_OVER = 0x8e
/** What `node:tls` calls a certificate that it does not take. */
const UNTRUSTED = /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_|ERR_TLS_CERT)/
/** What does not pass by itself. */
const REFUSALS: ReadonlySet<string> = new Set(['MQ-account', 'MQ-certificate', 'MQ-refused', 'MQ-taken-over'])

/** The address without the account that a URL may name: it is shown and logged. */
export function shownAddress({ url }: Pick<Config['broker'], 'url'>): string {
  return url.replace(/\/\/[^@/]*@/, '//')
}

/** Why the broker said no, from a numbered reason or an error. */
function reasonOf(error: unknown, code: unknown): string {
  if (typeof code === 'number') return ReasonCodes[code as keyof typeof ReasonCodes] ?? `reason ${code}`
  // Where a name has several addresses and none answers, only the code says anything.
  return sentenceOf(error) || String(code)
}

/** What an error of a connection, or a DISCONNECT as `{ code }`, means to an operator. */
export function brokerFault(error: unknown, broker: Config['broker']): QingyuError {
  if (error instanceof QingyuError) return error
  const { code } = error as { readonly code?: unknown }
  const about = {
    value: shownAddress(broker),
    why: reasonOf(error, code),
    username: broker.username || 'none',
  }
  if (ACCOUNT.has(code)) return new QingyuError('MQ-account', about, error)
  if (code === TAKEN_OVER) return new QingyuError('MQ-taken-over', about, error)
  if (typeof code === 'string' && UNTRUSTED.test(code)) return new QingyuError('MQ-certificate', about, error)
  return new QingyuError('MQ-unreachable', about, error)
}

/** The broker does not permit `what` to our account. */
export function brokerRefusal(error: unknown, what: string, broker: Config['broker']): QingyuError {
  const { code } = error as { readonly code?: unknown }
  const why = reasonOf(error, code)
  const about = { value: shownAddress(broker), what, why, username: broker.username || 'none' }
  return new QingyuError('MQ-refused', about, error)
}

/** Whether somebody has to mend it before another attempt can succeed. */
export function isRefusal({ code }: QingyuError): boolean {
  return REFUSALS.has(code)
}
