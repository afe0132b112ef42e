import { generate } from 'mqtt-packet'
import { MOST_REFUSALS } from '../core/decode.ts'
import { ERRORS, hintOf, messageOf, type ErrorCode } from '../core/errors.ts'
import type { Refusal, Sender } from '../core/observation.ts'
import { MAX_TOPIC_BYTES, NO_SOURCE, parseObservationsTopic, shownTopic } from '../core/topic.ts'
import { ACK } from './listener-acks.ts'
import { ALIASES, PAUSE, RECEIVE_MAXIMUM } from './listener-bounds.ts'
import { isTopicOf, takeToken, type Destination } from './listener-routes.ts'
import type { Session } from './listener-session.ts'
import { Cursor, hasWildcard, isText, REASON, TYPE } from './listener-wire.ts'

/** From this reason code on a PUBREC ends the exchange, and its packet id is free again. */
const ERROR_REASONS = 0x80
/** Longest reason string sent, characters. */
const MOST_REASON = 400
/** One for all, as {@link at}. */
const cursor = new Cursor()

/** Fields of the PUBLISH at hand; one object for all, since each is done with before the next. */
const at = { topic: 0, topicEnd: 0, id: 0, payload: 0, alias: -1 }

/** Reads the variable header into {@link at}; 0 or the reason to disconnect with. Rate: per publish. */
function readHeader(bytes: Buffer, header: number, start: number, end: number, version: number): number {
  const qos = (header >> 1) & 3
  // [MQTT-3.3.1-4], [MQTT-3.3.1-2]
  if (qos === 3 || (qos === 0 && (header & 8) !== 0)) return REASON.malformed
  if (start + 2 > end) return REASON.malformed
  at.topic = start + 2
  at.topicEnd = at.topic + (((bytes[start] ?? 0) << 8) | (bytes[start + 1] ?? 0))
  let next = at.topicEnd
  at.id = 0
  if (qos > 0) {
    if (next + 2 > end) return REASON.malformed
    at.id = ((bytes[next] ?? 0) << 8) | (bytes[next + 1] ?? 0)
    next += 2
    if (at.id === 0) return REASON.protocol
  }
  if (next > end) return REASON.malformed
  at.alias = -1
  if (version === 5) {
    if (next < end && bytes[next] === 0) next++
    else {
      cursor.over(bytes, next, end).properties(TYPE.publish)
      if (cursor.fault !== 0) return cursor.fault
      next = cursor.at
      at.alias = cursor.alias
    }
  }
  at.payload = next
  return 0
}

/** The destination of the topic at hand; a number is the reason to disconnect with. Rate: per change of topic. */
function locate(session: Session, bytes: Buffer): Destination | number {
  const { alias, topic, topicEnd } = at
  if (alias !== -1 && (alias === 0 || alias > ALIASES)) return REASON.aliasInvalid
  if (topic === topicEnd) {
    if (alias === -1) return session.version === 5 ? REASON.malformed : REASON.protocol
    return session.aliases?.[alias] ?? REASON.protocol
  }
  const destination = resolve(session, bytes, topic, topicEnd)
  if (alias !== -1 && typeof destination !== 'number') (session.aliases ??= [])[alias] = destination
  return destination
}

/** Topics of ours are remembered; others are looked at each time, since they should not last. */
function resolve(session: Session, bytes: Buffer, start: number, end: number): Destination | number {
  const route = session.hub.routes.find(bytes, start, end, session.vendor, session.hub.now)
  if (route !== null) return (session.route = route)
  if (!isText(bytes, start, end) || hasWildcard(bytes, start, end)) return REASON.malformed
  return bytes.toString('utf8', start, Math.min(end, start + MAX_TOPIC_BYTES))
}

/**
 * Takes one PUBLISH that lies whole in [start, end): parses it in place and hands the payload on without copying. False when
 * the session paused (the packet is offered again) or closed. Rate: every observation that comes by MQTT.
 */
export function publish(
  session: Session,
  bytes: Buffer,
  header: number,
  start: number,
  end: number,
): boolean {
  const { hub, ring } = session
  const fault = readHeader(bytes, header, start, end, session.version)
  if (fault !== 0) return session.fail(fault, 'PUBLISH')
  // A device mostly publishes to the topic it published to before.
  const last = session.route
  const destination =
    last !== null && at.alias === -1 && isTopicOf(last, bytes, at.topic, at.topicEnd)
      ? last
      : locate(session, bytes)
  if (typeof destination === 'number') return session.fail(destination, 'topic of PUBLISH')

  const qos = (header >> 1) & 3
  const { id } = at
  if (hub.intake.congested) {
    hub.metrics.paused.congested++
    return session.pause(PAUSE.congested)
  }
  // Not reading on keeps a client within its receive maximum; reading one more would oblige us to disconnect it.
  if (ring.full) {
    hub.metrics.paused.unacknowledged++
    session.touch()
    return session.pause(PAUSE.unacknowledged)
  }
  if (qos === 2 && session.inbound.has(id)) return repeated(session, id)
  if (qos === 2 && session.inbound.size >= RECEIVE_MAXIMUM) {
    return session.fail(REASON.receiveMaximum, `${RECEIVE_MAXIMUM} publishes at QoS 2 without PUBREL`)
  }
  const isOurs = typeof destination !== 'string'
  const bucket = isOurs ? destination.bucket : hub.routes.bucketOf(nobody(session), hub.now)
  const wait = takeToken(bucket, hub.now, hub.settings.rate, hub.settings.burst)
  if (wait > 0) return session.pauseFor(wait)

  hub.metrics.packets.publish++
  if (!isOurs) return refuseTopic(session, destination, bytes.subarray(at.payload, end), qos)
  const receipt = hub.intake.accept(destination.sender, bytes.subarray(at.payload, end))
  if (receipt.refusals !== null) {
    const { accepted, refusals, commit } = receipt
    answer(session, qos, id, commit, accepted, refusals)
    tell(session, destination.vendor, destination.source, refusals)
    return true
  }
  if (qos === 0) return true
  if (qos === 2) session.inbound.add(id)
  ring.push(qos === 1 ? ACK.puback : ACK.pubrec, id, receipt.commit)
  session.touch()
  return true
}

/** A QoS 2 publish seen before: confirmed again, once what it was confirmed for is durable, and not taken again. */
function repeated(session: Session, id: number): boolean {
  session.metrics.repeated++
  session.metrics.packets.publish++
  session.ring.push(ACK.pubrec, id, session.ring.newestCommit)
  session.touch()
  return true
}

/** Tells refusals to the subscribers of the source's feedback, at once. */
function tell(session: Session, vendor: string, source: string, refusals: readonly Refusal[]): void {
  const received = session.hub.now
  session.hub.subscribers.tell(
    vendor,
    source,
    refusals.map((refusal) => ({ ...refusal, received })),
  )
}

/** Confirms a publish of which something was refused: MQTT 5 hears why, 3.1.1 has only "done" [MQTT-3.3.5-2]. */
function answer(
  session: Session,
  qos: number,
  id: number,
  commit: number,
  accepted: number,
  refusals: readonly Refusal[],
): void {
  const first = refusals[0]
  if (qos === 0 || first === undefined) return
  const header = qos === 1 ? ACK.puback : ACK.pubrec
  const isFive = session.version === 5
  const reason = isFive && accepted === 0 ? (ERRORS[first.code].mqtt ?? REASON.quota) : 0
  if (qos === 2 && reason < ERROR_REASONS) session.inbound.add(id)
  session.ring.push(
    header,
    id,
    commit,
    isFive ? encodeAnswer(session, qos, id, reason, accepted, refusals) : null,
  )
  session.touch()
}

/** The packet with its reason; null where four plain bytes say the same. Rate: per refused payload. */
function encodeAnswer(
  session: Session,
  qos: number,
  messageId: number,
  reasonCode: number,
  accepted: number,
  refusals: readonly Refusal[],
): Uint8Array | null {
  const packet = { cmd: qos === 1 ? 'puback' : 'pubrec', messageId, reasonCode } as const
  const version = { protocolVersion: 5 }
  const first = refusals[0]
  if (session.problemInformation && first !== undefined) {
    const whole = accepted + refusals.length
    const share =
      refusals.length >= MOST_REFUSALS
        ? `${MOST_REFUSALS} or more refused: `
        : whole > 1
          ? `${refusals.length} of ${whole} refused: `
          : ''
    const place = first.pointer === '' ? '' : ` at ${first.pointer}`
    const text = `${share}${first.code}${place}: ${first.message}. ${first.hint}`
    const reasonString = text.length > MOST_REASON ? `${text.slice(0, MOST_REASON - 1).trimEnd()}…` : text
    const bytes = generate({ ...packet, properties: { reasonString } }, version)
    if (bytes.length <= session.mostBytes) return bytes
  }
  return reasonCode === 0 ? null : generate(packet, version)
}

function refusalOf(code: ErrorCode, parameters: Readonly<Record<string, string | number>>): Refusal {
  return {
    code,
    pointer: '',
    message: messageOf(code, parameters),
    hint: hintOf(code, parameters),
  }
}

/** Refuses a payload before it reached the intake: counted there, kept, told and confirmed like any other refusal. */
function refuse(session: Session, sender: Sender, refusal: Refusal, payload: Uint8Array, qos: number): true {
  const { id } = at
  session.hub.intake.refuse(sender, refusal, payload)
  answer(session, qos, id, 0, 0, [refusal])
  tell(session, sender.vendor, sender.source, [refusal])
  return true
}

/** The sender for what belongs to no source: `{vendor}/-`, or `-/-` of an anonymous session. */
function nobody(session: Session): Sender {
  return session.hub.intake.sender(session.vendor === '' ? NO_SOURCE : session.vendor, NO_SOURCE)
}

/** A topic of another vendor, or none that observations go to. */
function refuseTopic(session: Session, topic: string, payload: Uint8Array, qos: number): true {
  const isForeign = parseObservationsTopic(topic) !== null
  const value = shownTopic(topic)
  const refusal = isForeign
    ? refusalOf('MQ-not-permitted', { value, vendor: session.vendor })
    : refusalOf('MQ-topic', { value, vendor: session.vendor === '' ? '<vendor>' : session.vendor })
  return refuse(session, nobody(session), refusal, payload, qos)
}

/**
 * Answers a PUBLISH above the limit from its first bytes. MQTT 5 clients were told the limit and are disconnected
 * [MQTT-3.1.2-24 seen from here]; for 3.1.1 the payload is read past and refused, or the client would send it for ever.
 */
export function oversizedPublish(
  session: Session,
  bytes: Buffer,
  header: number,
  start: number,
  end: number,
  length: number,
): boolean {
  const fault = readHeader(bytes, header, start, end, session.version)
  if (fault !== 0) return session.fail(fault, 'PUBLISH')
  const destination = locate(session, bytes)
  if (typeof destination === 'number') return session.fail(destination, 'topic of PUBLISH')
  if (session.ring.full) return session.fail(REASON.receiveMaximum, 'too much is unconfirmed')
  session.metrics.packets.publish++
  const value = start + length - at.payload
  const refusal = refusalOf('OB-size', { value, most: session.limit - (at.payload - start) })
  const isFive = session.version === 5
  refuse(
    session,
    typeof destination === 'string' ? nobody(session) : destination.sender,
    refusal,
    bytes.subarray(at.payload, end),
    isFive ? 0 : (header >> 1) & 3,
  )
  return isFive ? session.close('OB-size', REASON.tooLarge, refusal.message) : true
}
