import { generate, parser, type ISubscribePacket, type IUnsubscribePacket, type Packet } from 'mqtt-packet'
import { messageOf } from '../core/errors.ts'
import { parseFeedbackFilter } from '../core/topic.ts'
import { ACK } from './listener-acks.ts'
import { MOST_SUBSCRIPTIONS } from './listener-feedback.ts'
import { countRefused } from './listener-metrics.ts'
import type { Session } from './listener-session.ts'
import { Cursor, REASON, TYPE } from './listener-wire.ts'

/** Answers without a version. */
const PINGRESP = Buffer.from([0xd0, 0])
/** The only failure that SUBACK of 3.1.1 knows; in MQTT 5 failures begin here. */
const REFUSED_311 = 0x80
/** UNSUBACK of MQTT 5: there was none. */
const NO_SUBSCRIPTION = 0x11
const cursor = new Cursor()

/** One parser a version: packets come whole, so that nothing is left in it between sessions. */
const parsers = { 4: parser({ protocolVersion: 4 }), 5: parser({ protocolVersion: 5 }) }
let parsed: Packet | null = null
for (const each of Object.values(parsers)) {
  each.on('packet', (packet) => {
    parsed = packet
  })
  each.on('error', () => {
    parsed = null
  })
}

/** Parses a body that passed `checkControl`, under a remaining length of its own. */
function decode(session: Session, bytes: Buffer, header: number, start: number, end: number): Packet | null {
  const length = end - start
  const head = [header]
  let rest = length
  do {
    head.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
    rest >>= 7
  } while (rest > 0)
  parsed = null
  parsers[session.version === 5 ? 5 : 4].parse(Buffer.concat([Buffer.from(head), bytes.subarray(start, end)]))
  return parsed
}

/** Takes a sound packet that is neither CONNECT nor PUBLISH; true when reading goes on. Rate: per control packet. */
export function control(
  session: Session,
  bytes: Buffer,
  header: number,
  start: number,
  end: number,
): boolean {
  const { packets } = session.metrics
  const id = (bytes.readUInt8(Math.min(start, bytes.length - 1)) << 8) | (bytes[start + 1] ?? 0)
  switch (header >> 4) {
    case TYPE.puback:
      packets.ack++
      session.outbox.acknowledged(id)
      return true
    case TYPE.pubrel:
      packets.ack++
      return release(session, id)
    case TYPE.subscribe:
      packets.subscribe++
      return subscribe(session, decode(session, bytes, header, start, end) as ISubscribePacket | null)
    case TYPE.unsubscribe:
      packets.unsubscribe++
      return unsubscribe(session, decode(session, bytes, header, start, end) as IUnsubscribePacket | null)
    case TYPE.pingreq:
      packets.pingreq++
      session.send(PINGRESP)
      return true
    case TYPE.disconnect:
      packets.disconnect++
      return disconnected(session, bytes, start, end)
    default:
      // PUBREC and PUBCOMP answer QoS 2, which is never granted.
      return session.fail(REASON.protocol, `type ${header >> 4} is not expected`)
  }
}

/** PUBREL ends a QoS 2 exchange; its PUBCOMP keeps its place behind confirmations that are not durable yet. */
function release(session: Session, id: number): boolean {
  session.inbound.delete(id)
  if (session.ring.full) return session.fail(REASON.receiveMaximum, 'too much is unconfirmed')
  session.ring.push(ACK.pubcomp, id, session.ring.newestCommit)
  session.touch()
  return true
}

function subscribe(session: Session, packet: ISubscribePacket | null): boolean {
  if (packet === null) return session.fail(REASON.malformed, 'SUBSCRIBE')
  const refused: string[] = []
  const granted = packet.subscriptions.map(({ topic, qos }) => {
    const code = grant(session, topic, qos)
    if (code >= REFUSED_311) refused.push(topic)
    return session.version === 5 || code < REFUSED_311 ? code : REFUSED_311
  })
  const first = refused[0]
  const reasonString =
    first === undefined
      ? undefined
      : `MQ-not-permitted: ${messageOf('MQ-not-permitted', { value: first.slice(0, 256), vendor: session.vendor || 'anonymous clients' })}`
  send(session, { cmd: 'suback', messageId: packet.messageId ?? 0, granted }, reasonString)
  return true
}

/** The granted QoS, or why not. Only feedback may be read, and only one's own; anonymous clients may read everybody's. */
function grant(session: Session, topic: string, qos: number): number {
  const filter = parseFeedbackFilter(topic)
  if (filter === null || (session.vendor !== '' && filter.vendor !== session.vendor)) {
    countRefused(session.metrics, 'MQ-not-permitted')
    return REASON.notAuthorized
  }
  if (session.subscriptions.size >= MOST_SUBSCRIPTIONS && !session.subscriptions.has(topic)) {
    countRefused(session.metrics, 'MQ-quota')
    return REASON.quota
  }
  const granted = qos === 0 ? 0 : 1
  session.subscriptions.set(topic, { ...filter, qos: granted })
  session.hub.subscribers.add(session, filter.vendor)
  return granted
}

/** [MQTT-3.10.4-4]: answered also where nothing was subscribed. */
function unsubscribe(session: Session, packet: IUnsubscribePacket | null): boolean {
  if (packet === null) return session.fail(REASON.malformed, 'UNSUBSCRIBE')
  const granted = packet.unsubscriptions.map((topic) => {
    const before = session.subscriptions.get(topic)
    if (before === undefined) return NO_SUBSCRIPTION
    session.subscriptions.delete(topic)
    session.hub.subscribers.prune(session, [before.vendor])
    return 0
  })
  send(session, { cmd: 'unsuback', messageId: packet.messageId ?? 0, granted }, undefined)
  return true
}

/** Sends an answer, with its reason string where the client wants one and can take it. */
function send(
  session: Session,
  packet: { readonly cmd: 'suback' | 'unsuback'; readonly messageId: number; readonly granted: number[] },
  reasonString: string | undefined,
): void {
  const version = { protocolVersion: session.version }
  if (session.version === 5 && reasonString !== undefined && session.problemInformation) {
    const full = generate({ ...packet, properties: { reasonString } }, version)
    if (full.length <= session.mostBytes) return session.send(full)
  }
  session.send(generate(packet, version))
}

/** [MQTT-3.14.4-1]: nothing more is taken; what was accepted stays in the log. */
function disconnected(session: Session, bytes: Buffer, start: number, end: number): boolean {
  const EXPIRY = 0x11
  // MQTT 5 §3.14.2.2.2: a session expiry of zero cannot be raised afterwards.
  if (session.version === 5 && session.sessionExpiry === 0 && end - start > 2) {
    const c = cursor.over(bytes, start + 1, end)
    const stop = c.varint() + c.at
    if (c.at < stop && bytes[c.at] === EXPIRY && bytes.readUInt32BE(c.at + 1) > 0) {
      return session.fail(REASON.protocol, 'session expiry of DISCONNECT')
    }
  }
  session.finish()
  return false
}
