import { randomBytes } from 'node:crypto'
import { generate, parser, type IConnackPacket, type IConnectPacket, type Packet } from 'mqtt-packet'
import { messageOf, type ErrorCode } from '../core/errors.ts'
import { ALIASES, PAUSE, RECEIVE_MAXIMUM } from './listener-bounds.ts'
import { checkConnect } from './listener-check.ts'
import { TAKEOVERS } from './listener-limits.ts'
import { countRefused } from './listener-metrics.ts'
import type { Session } from './listener-session.ts'
import { REASON } from './listener-wire.ts'

/** Longest client id, bytes. */
const MOST_CLIENT_ID = 256
/** Longest silence of a client, s: a keep-alive of 0 or more than this is replaced by it. */
const MOST_KEEP_ALIVE = 3600
/** Header, topic and properties beside the largest payload of a vendor, bytes. */
const BESIDE_PAYLOAD = 1024

/** MQTT 3.1.1 return codes for the reasons of MQTT 5. */
const RETURN_CODES: Readonly<Record<number, number>> = {
  [REASON.version]: 1,
  [REASON.clientId]: 2,
  [REASON.busy]: 3,
  [REASON.quota]: 3,
  [REASON.rate]: 3,
  0x86: 4,
  [REASON.notAuthorized]: 5,
}

/** Reads a CONNECT that passed the check. */
function decode(bytes: Buffer): IConnectPacket | null {
  let read: Packet | null = null
  const reading = parser()
  reading.on('packet', (packet) => {
    read = packet
  })
  reading.on('error', () => {
    read = null
  })
  reading.parse(bytes)
  return read as IConnectPacket | null
}

/** The whole packet whose body is [start, end), with a remaining length of at most four bytes before it. */
function wholePacket(bytes: Buffer, header: number, start: number, end: number): Buffer {
  let at = start - 1
  while (at > 0 && start - at < 4 && (bytes[at - 1] ?? 0) >= 0x80) at--
  return bytes[at - 1] === header ? bytes.subarray(at - 1, end) : bytes.subarray(start - 2, end)
}

/** Takes CONNECT; true when it was read, whatever became of it. Rate: per connection. */
export function connect(
  session: Session,
  bytes: Buffer,
  header: number,
  start: number,
  end: number,
): boolean {
  const { fault, version } = checkConnect(bytes, header, start, end)
  if (fault !== 0) return refuseBroken(session, fault, version)
  session.version = version
  const packet = decode(wholePacket(bytes, header, start, end))
  if (packet === null) return session.fail(REASON.malformed, 'CONNECT')
  readOptions(session, packet)
  const isAnonymous = packet.username === undefined || packet.username === ''
  if (!nameClient(session, packet)) return true
  if (isAnonymous) {
    if (session.hub.settings.anonymous) admit(session, packet, '')
    else refuse(session, 'MQ-credentials', 0x86, { value: 'nobody' })
    return true
  }
  session.state = 'verifying'
  session.pause(PAUSE.verifying)
  void verify(session, packet, packet.username ?? '')
  return true
}

/** A CONNECT that cannot be used: the version is named where one was spoken, the rest is closed [MQTT-3.1.4-1]. */
function refuseBroken(session: Session, fault: number, version: number): boolean {
  if (fault === REASON.version) {
    countRefused(session.metrics, 'MQ-version')
    // Version 3 has no other words than those of 3.1.1; whoever speaks something unknown is answered in MQTT 5 (§3.1.2.2).
    session.send(version === 3 ? Buffer.from([0x20, 2, 0, 1]) : Buffer.from([0x20, 3, 0, REASON.version, 0]))
  } else {
    countRefused(session.metrics, fault === REASON.clientId ? 'MQ-client' : 'MQ-packet')
    if (version === 5) session.send(Buffer.from([0x20, 3, 0, fault, 0]))
  }
  session.finish()
  return false
}

/** What CONNECT says of the client's own limits. */
function readOptions(session: Session, packet: IConnectPacket): void {
  const { properties = {} } = packet
  session.problemInformation = properties.requestProblemInformation !== false
  session.mostBytes = properties.maximumPacketSize ?? Infinity
  session.mostFlying = properties.receiveMaximum ?? 65_535
  session.sessionExpiry = properties.sessionExpiryInterval ?? 0
  const asked = packet.keepalive ?? 0
  session.keepAliveMs = (asked === 0 || asked > MOST_KEEP_ALIVE ? MOST_KEEP_ALIVE : asked) * 1000
}

/** [MQTT-3.1.3-5] to [MQTT-3.1.3-8]: an empty id is given one, in 3.1.1 only with a clean session. */
function nameClient(session: Session, packet: IConnectPacket): boolean {
  session.clientId = packet.clientId
  if (packet.clientId === '' && (session.version === 5 || packet.clean === true)) {
    session.clientId = `qingyu-${randomBytes(12).toString('hex')}`
    return true
  }
  if (packet.clientId !== '' && Buffer.byteLength(packet.clientId) <= MOST_CLIENT_ID) return true
  return refuse(session, 'MQ-client', REASON.clientId, {
    value: packet.clientId === '' ? "''" : `${packet.clientId.slice(0, 32)}…`,
  })
}

async function verify(session: Session, packet: IConnectPacket, vendor: string): Promise<void> {
  const { hub } = session
  const verdict = await hub.accounts.verify(vendor, packet.password ?? new Uint8Array(0))
  hub.turn(() => {
    // It may have hung up, or run out of its five seconds, while the password was looked at.
    if (session.state !== 'verifying') return
    if (verdict === 'right') admit(session, packet, vendor)
    else if (verdict === 'busy') refuse(session, 'MQ-busy', REASON.busy, {})
    else refuse(session, 'MQ-credentials', 0x86, { value: vendor.slice(0, 64) })
    session.resume(PAUSE.verifying)
  })
}

/** Lets a session in, after limits and takeover. */
function admit(session: Session, packet: IConnectPacket, vendor: string): void {
  const { hub, clientId } = session
  const holder = hub.door.holder(vendor, clientId)
  if (holder !== undefined && !hub.door.mayTakeOver(vendor, clientId, hub.now)) {
    refuse(session, 'MQ-takeover', REASON.rate, { value: clientId.slice(0, 64), most: TAKEOVERS })
    return
  }
  if (vendor !== '' && !hub.door.hasRoom(vendor, holder !== undefined)) {
    const most = hub.settings.perCredential
    refuse(session, 'MQ-quota', REASON.quota, { value: `${most + 1} of ${vendor}:`, most })
    return
  }
  // The newcomer sits down first, so that the one before it leaves without giving the seat away.
  hub.door.sit(vendor, clientId, session, hub.now)
  if (holder !== undefined) {
    hub.metrics.takeovers++
    holder.close(null, REASON.takenOver, 'another connection uses this client id')
  }
  session.vendor = vendor
  session.state = 'open'
  const most = hub.accounts.maxPayload(vendor)
  session.limit = Math.max(hub.settings.maxPacket, most === undefined ? 0 : most + BESIDE_PAYLOAD)
  hub.metrics.admitted++
  greet(session, packet)
}

/** CONNACK, with what a client of MQTT 5 should know before it publishes. */
function greet(session: Session, packet: IConnectPacket): void {
  const connack: IConnackPacket = { cmd: 'connack', sessionPresent: false }
  if (session.version === 4) {
    session.send(generate({ ...connack, returnCode: 0 }, { protocolVersion: 4 }))
    return
  }
  const keepAlive = session.keepAliveMs / 1000
  const bytes = generate(
    {
      ...connack,
      reasonCode: 0,
      properties: {
        ...(session.sessionExpiry > 0 ? { sessionExpiryInterval: 0 } : {}),
        receiveMaximum: RECEIVE_MAXIMUM,
        retainAvailable: false,
        maximumPacketSize: session.limit,
        ...(packet.clientId === '' ? { assignedClientIdentifier: session.clientId } : {}),
        topicAliasMaximum: ALIASES,
        subscriptionIdentifiersAvailable: false,
        sharedSubscriptionAvailable: false,
        ...(keepAlive === packet.keepalive ? {} : { serverKeepAlive: keepAlive }),
      },
    },
    { protocolVersion: 5 },
  )
  // [MQTT-3.1.2-24]: what the client cannot take must not be sent, and without CONNACK there is no session.
  if (bytes.length > session.mostBytes) session.fail(REASON.tooLarge, 'maximum packet size below CONNACK')
  else session.send(bytes)
}

/** CONNACK with a reason, then the end; always false. */
function refuse(
  session: Session,
  code: ErrorCode,
  reason: number,
  parameters: Readonly<Record<string, string | number>>,
): false {
  countRefused(session.metrics, code)
  if (session.version === 4) {
    session.send(Buffer.from([0x20, 2, 0, RETURN_CODES[reason] ?? 3]))
  } else {
    const connack = { cmd: 'connack', sessionPresent: false, reasonCode: reason } as const
    const reasonString = `${code}: ${messageOf(code, parameters)}`
    const bytes = generate({ ...connack, properties: { reasonString } }, { protocolVersion: 5 })
    session.send(bytes.length <= session.mostBytes ? bytes : Buffer.from([0x20, 3, 0, reason, 0]))
  }
  session.finish()
  return false
}
