import { Cursor, hasWildcard, REASON, TYPE, WILL } from './listener-wire.ts'

/** What CONNECT turned out to be. `fault` 0: sound. `version` is 0 where no version could be read. */
export interface ConnectCheck {
  readonly fault: number
  readonly version: number
}

/** One for all: each check is over before the next begins. */
const cursor = new Cursor()
/** Bits of the connect flags (§3.1.2.3 to §3.1.2.9). */
const FLAG_USER = 0x80
const FLAG_PASSWORD = 0x40
const FLAG_WILL_REST = 0x38
const FLAG_WILL = 0x04

/** Whether the name is MQTT; MQIsdp, the name of 3.1, is known but not spoken, and every other name is malformed. */
function protocolName(c: Cursor): boolean {
  const at = c.at + 2
  const length = c.text()
  const name = c.fault === 0 ? String.fromCharCode(...c.bytes.subarray(at, at + Math.min(length, 6))) : ''
  if (name === 'MQTT' || name === 'MQIsdp') return name === 'MQTT'
  c.fail(REASON.malformed)
  return false
}

/** A will is checked though it is never published, so that a client hears of its mistake here as elsewhere. */
function will(c: Cursor, flags: number, version: number): void {
  if (((flags >> 3) & 3) === 3) c.fail(REASON.malformed)
  if (version === 5) c.properties(WILL)
  const length = c.text()
  if (c.fault === 0 && (length === 0 || hasWildcard(c.bytes, c.at - length, c.at))) c.fail(REASON.malformed)
  c.binary()
}

/** Checks a CONNECT (MQTT 5 §3.1, 3.1.1 §3.1) before anything of it is used. Rate: per connection. */
export function checkConnect(bytes: Uint8Array, header: number, start: number, end: number): ConnectCheck {
  const c = cursor.over(bytes, start, end)
  if ((header & 15) !== 0) c.fail(REASON.malformed)
  const spoken = protocolName(c)
  const version = c.byte()
  if (c.fault !== 0) return { fault: c.fault, version: 0 }
  if (!spoken || (version !== 4 && version !== 5)) return { fault: REASON.version, version }
  const flags = c.byte()
  if ((flags & 1) !== 0) c.fail(REASON.malformed)
  if ((flags & FLAG_WILL) === 0 && (flags & FLAG_WILL_REST) !== 0) c.fail(REASON.malformed)
  if (version === 4 && (flags & FLAG_PASSWORD) !== 0 && (flags & FLAG_USER) === 0) c.fail(REASON.malformed)
  c.u16()
  if (version === 5) c.properties(TYPE.connect)
  const authenticates = version === 5 && c.asksAuthentication
  const before = c.fault
  c.text()
  // A bad client id has a reason code of its own; 3.1.1 has none for it and is closed.
  if (before === 0 && c.fault !== 0 && version === 5) return { fault: REASON.clientId, version }
  if ((flags & FLAG_WILL) !== 0) will(c, flags, version)
  if ((flags & FLAG_USER) !== 0) c.text()
  if ((flags & FLAG_PASSWORD) !== 0) c.binary()
  if (c.fault === 0 && c.at !== end) c.fail(REASON.malformed)
  if (c.fault === 0 && authenticates) c.fail(REASON.authMethod)
  return { fault: c.fault, version }
}

/** Reason codes a client may give (§3.4.2.1, §3.6.2.1). */
const PUBREL_REASONS: ReadonlySet<number> = new Set([0x00, 0x92])
const PUBACK_REASONS: ReadonlySet<number> = new Set([0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99])

/** PUBACK, PUBREC, PUBREL, PUBCOMP: 3.1.1 has the packet id alone. */
function confirmation(c: Cursor, type: number, version: number): void {
  const length = c.end - c.at
  const id = c.u16()
  if (version === 4 && length !== 2) c.fail(REASON.malformed)
  if (c.fault === 0 && id === 0) c.fail(REASON.protocol)
  if (c.at === c.end) return
  const reason = c.byte()
  const known = type === TYPE.pubrel || type === TYPE.pubcomp ? PUBREL_REASONS : PUBACK_REASONS
  if (c.fault === 0 && !known.has(reason)) c.fail(REASON.protocol)
  if (c.at < c.end) c.properties(type)
}

/** Bits of a subscription's options that must be zero, by version. */
const RESERVED = { 4: 0xfc, 5: 0xc0 } as const

function subscription(c: Cursor, version: number): void {
  const options = c.byte()
  if ((options & RESERVED[version === 5 ? 5 : 4]) !== 0) c.fail(REASON.malformed)
  if ((options & 3) === 3 || (options & 0x30) === 0x30) c.fail(REASON.protocol)
}

function filters(c: Cursor, type: number, version: number): void {
  if (c.u16() === 0) c.fail(REASON.protocol)
  if (version === 5) c.properties(type)
  if (c.fault === 0 && version === 5 && c.hasSubscriptionId) c.fail(REASON.subscriptionIds)
  if (c.fault === 0 && c.at === c.end) c.fail(REASON.protocol)
  while (c.at < c.end) {
    if (c.text() === 0) c.fail(REASON.malformed)
    if (type === TYPE.subscribe) subscription(c, version)
  }
}

function disconnect(c: Cursor, version: number): void {
  if (version === 4 && c.at !== c.end) return c.fail(REASON.malformed)
  if (c.at < c.end) c.byte()
  if (c.at < c.end) c.properties(TYPE.disconnect)
}

/** Lower half of the first byte, where it is not 0 [MQTT-2.1.3-1]. */
const FLAGS: Readonly<Record<number, number>> = {
  [TYPE.pubrel]: 2,
  [TYPE.subscribe]: 2,
  [TYPE.unsubscribe]: 2,
}

/**
 * Checks a packet that follows CONNECT and is not PUBLISH; 0 or the reason to disconnect with. Rate: per control packet.
 * Packets that pass are sound for `mqtt-packet`, which alone would read past faults.
 */
export function checkControl(
  bytes: Uint8Array,
  header: number,
  start: number,
  end: number,
  version: number,
): number {
  const type = header >> 4
  const c = cursor.over(bytes, start, end)
  if ((header & 15) !== (FLAGS[type] ?? 0)) return type === TYPE.pingreq ? REASON.malformed : REASON.protocol
  switch (type) {
    case TYPE.puback:
    case TYPE.pubrec:
    case TYPE.pubrel:
    case TYPE.pubcomp:
      confirmation(c, type, version)
      break
    case TYPE.subscribe:
    case TYPE.unsubscribe:
      filters(c, type, version)
      break
    case TYPE.pingreq:
      break
    case TYPE.disconnect:
      disconnect(c, version)
      break
    default:
      return REASON.protocol
  }
  if (c.fault === 0 && c.at !== c.end) c.fail(REASON.malformed)
  return c.fault
}
