import { readFileSync } from 'node:fs'
import type { Config } from '../config-schema.ts'
import { QingyuError, sentenceOf } from '../core/errors.ts'
import { asked, within, type Client, type Metadata, type Settings } from './kafka-driver.ts'

/** Time for the first answer of any broker, ms. */
const FIRST_ANSWER = 5000
/** The driver waits up to 10 s for a client that it failed to connect; we do not, ms. */
const MOST_CONNECT = 8000
/** A client that was told to go may take this long, ms. */
const GOODBYE = 2000
/** What brokers say of an account in librdkafka's log. */
const ACCOUNT = /SASL .*(error|failed)|authentication failed/i

function authority(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const expected = `a file that can be read (${sentenceOf(error)})`
    throw new QingyuError('CF-value', { file: 'configuration', field: 'kafka.ca', value: file, expected })
  }
}

function protocolOf({ tls, username }: Config['kafka']): string {
  const transport = tls ? 'ssl' : 'plaintext'
  return username === '' ? transport : `sasl_${transport}`
}

/** What every client of ours is told. Throws CF-value when `kafka.ca` cannot be read. */
export function clientSettings(kafka: Config['kafka'], name: string): Settings {
  const { brokers, username, password, mechanism, tls, ca } = kafka
  return {
    'bootstrap.servers': brokers,
    'client.id': `qingyu-${name}`,
    'security.protocol': protocolOf(kafka),
    ...(username !== '' && {
      'sasl.mechanisms': mechanism,
      'sasl.username': username,
      'sasl.password': password,
    }),
    ...(tls && ca !== '' && { 'ssl.ca.pem': authority(ca) }),
    'socket.nagle.disable': true,
    'socket.keepalive.enable': true,
    // A broker that is paused or cut off is given up after this, so that the next leader is asked, ms.
    'socket.timeout.ms': 6000,
    'socket.connection.setup.timeout.ms': 5000,
    'reconnect.backoff.max.ms': 1000,
    'topic.metadata.refresh.interval.ms': 30_000,
  }
}

/** `[thrd:…]: ssl://host:9092/bootstrap: Why (after 5ms in state …)` as `host:9092: Why`, in our own terms. */
function plain(line: string): string {
  const why = line
    .replace(/^\[thrd:[^\]]*\]: (?:\w+:\/\/)?([^/ ]+)\/\w+: /, '$1: ')
    .replace(/ \(after \d+ms in state .*\)$/, '')
    .replaceAll('ssl.ca.location', 'kafka.ca')
    .replaceAll('security.protocol', 'kafka.tls')
  return /closed by peer|Disconnected/.test(why)
    ? `${why} (does it ask for TLS, kafka.tls, or an account, kafka.username?)`
    : why
}

/** Listens to what librdkafka logs of broken connections: its errors tell neither which broker nor why. */
export function hearFaults(client: Client, hear: (sentence: string) => void): void {
  client.on('event.log', ({ fac, message }) => {
    if (fac === 'FAIL') hear(plain(message))
  })
}

/** Connects a client; rejects within 8 s with LG-unreachable, or LG-credentials. */
export async function connect<C extends Client>(client: C, brokers: string): Promise<C> {
  let last = ''
  const refused = new Promise<never>((_, reject) => {
    hearFaults(client, (why) => {
      last = why
      if (ACCOUNT.test(why)) reject(new QingyuError('LG-credentials', { value: brokers, why }))
    })
  })
  const question = { allTopics: false, timeout: FIRST_ANSWER }
  const answer = asked<Metadata>((done) => client.connect(question, done))
  let isIn = false
  let isWanted = true
  const known = answer.then(() => {
    isIn = true
    // Too late; a client that could not connect is dropped by the driver.
    if (!isWanted) void disconnect(client)
  })
  for (const promise of [known, refused]) promise.catch(() => {})
  try {
    await within(MOST_CONNECT, Promise.race([known, refused]))
    if (isIn) return client
  } catch (fault) {
    if (fault instanceof QingyuError) throw fault
    throw new QingyuError('LG-unreachable', { value: brokers, why: last || sentenceOf(fault) }, fault)
  } finally {
    isWanted = isIn
  }
  throw new QingyuError('LG-unreachable', { value: brokers, why: last || 'no answer' })
}

/** Disconnects; resolves after 2 s also when librdkafka still hangs. */
export function disconnect(client: Client): Promise<void> {
  return within(
    GOODBYE,
    asked<void>((done) => client.disconnect(done)).catch(() => {}),
  )
}
