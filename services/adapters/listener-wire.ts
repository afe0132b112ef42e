/** Reason codes of MQTT 5 that the listener itself gives. */
export const REASON = {
  success: 0x00,
  unspecified: 0x80,
  malformed: 0x81,
  protocol: 0x82,
  version: 0x84,
  clientId: 0x85,
  notAuthorized: 0x87,
  busy: 0x89,
  stopping: 0x8b,
  authMethod: 0x8c,
  keepAlive: 0x8d,
  takenOver: 0x8e,
  receiveMaximum: 0x93,
  aliasInvalid: 0x94,
  tooLarge: 0x95,
  quota: 0x97,
  rate: 0x9f,
  subscriptionIds: 0xa1,
} as const

/** Packet types as they stand in the upper half of the first byte. */
export const TYPE = {
  connect: 1,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  unsubscribe: 10,
  pingreq: 12,
  disconnect: 14,
  auth: 15,
} as const

/** Stands for the will in the table of properties: no packet has type 0. */
export const WILL = 0

type Kind = 'flag' | 'u16' | 'u16+' | 'u32' | 'u32+' | 'varint' | 'text' | 'topic' | 'binary' | 'pair'
const ANYWHERE = 0xffff
const on = (...types: readonly number[]): number => types.reduce((mask, type) => mask | (1 << type), 0)

/** MQTT 5 §2.2.2.2: kind of value and the packets in which it may stand; `+` forbids zero. */
const PROPERTIES: Readonly<Record<number, readonly [Kind, number]>> = {
  0x01: ['flag', on(3, WILL)],
  0x02: ['u32', on(3, WILL)],
  0x03: ['text', on(3, WILL)],
  0x08: ['topic', on(3, WILL)],
  0x09: ['binary', on(3, WILL)],
  0x0b: ['varint', on(8)],
  0x11: ['u32', on(1, 14)],
  0x12: ['text', on(2)],
  0x13: ['u16', on(2)],
  0x15: ['text', on(1, 15)],
  0x16: ['binary', on(1, 15)],
  0x17: ['flag', on(1)],
  0x18: ['u32', on(WILL)],
  0x19: ['flag', on(1)],
  0x1a: ['text', on(2)],
  0x1c: ['text', on(2, 14)],
  0x1f: ['text', on(2, 4, 5, 6, 7, 9, 11, 14, 15)],
  0x21: ['u16+', on(1)],
  0x22: ['u16', on(1)],
  0x23: ['u16', on(3)],
  0x24: ['flag', on(2)],
  0x25: ['flag', on(2)],
  0x26: ['pair', ANYWHERE],
  0x27: ['u32+', on(1)],
  0x28: ['flag', on(2)],
  0x29: ['flag', on(2)],
  0x2a: ['flag', on(2)],
}
/** Properties whose presence or value is asked for afterwards. */
const TOPIC_ALIAS = 0x23
const AUTH_METHOD = 0x15
const AUTH_DATA = 0x16
const SUBSCRIPTION_ID = 0x0b

/** MQTT 5 §1.5.4: well-formed UTF-8 without U+0000 and surrogates; control and non-characters are refused too, as it permits. */
export function isText(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start
  while (at < end) {
    const lead = bytes[at++] ?? 0
    if (lead < 0x80) {
      if (lead < 0x20 || lead === 0x7f) return false
      continue
    }
    const more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1
    if (lead < 0xc2 || lead > 0xf4 || at + more > end) return false
    let point = lead & (0x3f >> more)
    for (let i = 0; i < more; i++) {
      const next = bytes[at++] ?? 0
      if ((next & 0xc0) !== 0x80) return false
      point = (point << 6) | (next & 0x3f)
    }
    if (point < (more === 1 ? 0xa0 : more === 2 ? 0x800 : 0x10000) || point > 0x10ffff) return false
    if ((point >= 0xd800 && point <= 0xdfff) || (point & 0xfffe) === 0xfffe) return false
  }
  return true
}

const PLUS = 0x2b
const HASH = 0x23

/** Whether a topic name holds a wildcard, which no publisher may send [MQTT-3.3.2-2]. */
export function hasWildcard(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === PLUS || bytes[at] === HASH) return true
  return false
}

/**
 * Reads the fields of one packet that lies whole in `bytes`. The first fault found stays in `fault` (a reason code); from
 * then on fields read as zero or empty.
 */
export class Cursor {
  bytes: Uint8Array = new Uint8Array(0)
  at = 0
  end = 0
  fault = 0
  /** Topic alias of the properties walked last; -1: none. */
  alias = -1
  /** Ids of the properties walked last, one bit each from 0. */
  private low = 0
  private high = 0

  /** Starts over on [at, end). */
  over(bytes: Uint8Array, at: number, end: number): this {
    this.bytes = bytes
    this.at = at
    this.end = end
    this.fault = 0
    return this
  }

  /** The first fault stands: what follows it cannot be trusted to mean anything. */
  fail(reason: number): void {
    if (this.fault === 0) this.fault = reason
    this.at = this.end
  }

  byte(): number {
    if (this.at >= this.end) return this.short()
    return this.bytes[this.at++] ?? 0
  }

  u16(): number {
    if (this.at + 2 > this.end) return this.short()
    return ((this.bytes[this.at++] ?? 0) << 8) | (this.bytes[this.at++] ?? 0)
  }

  u32(): number {
    return this.u16() * 0x10000 + this.u16()
  }

  /** A variable byte integer in its shortest form [MQTT-1.5.5-1]. */
  varint(): number {
    let value = 0
    for (let i = 0; i < 4; i++) {
      const byte = this.byte()
      value += (byte & 0x7f) * 128 ** i
      if (byte < 0x80) {
        if (byte === 0 && i > 0) this.fail(REASON.malformed)
        return value
      }
    }
    return this.short()
  }

  /** Steps over a string; its length in bytes. */
  text(): number {
    const length = this.binary()
    if (this.fault === 0 && !isText(this.bytes, this.at - length, this.at)) this.fail(REASON.malformed)
    return length
  }

  /** Steps over a topic name, which is never empty and holds no wildcard [MQTT-4.7.3-1], [MQTT-3.3.2-14]. */
  private topic(): number {
    const length = this.text()
    if (this.fault === 0 && (length === 0 || hasWildcard(this.bytes, this.at - length, this.at))) {
      this.fail(REASON.protocol)
    }
    return length
  }

  /** Steps over binary data; its length in bytes. */
  binary(): number {
    const length = this.u16()
    if (this.at + length > this.end) return this.short()
    this.at += length
    return length
  }

  /** Walks the properties of a packet of `type` (or {@link WILL}): malformed ones 0x81, misplaced or repeated ones 0x82. */
  properties(type: number): void {
    const length = this.varint()
    const outer = this.end
    this.alias = -1
    this.low = this.high = 0
    if (this.at + length > outer) return void this.short()
    this.end = this.at + length
    while (this.at < this.end) this.property(type)
    if (!this.has(AUTH_METHOD) && this.has(AUTH_DATA)) this.fail(REASON.protocol)
    if (this.fault === 0) this.end = outer
  }

  /** Whether the properties walked last asked for extended authentication. */
  get asksAuthentication(): boolean {
    return this.has(AUTH_METHOD)
  }

  get hasSubscriptionId(): boolean {
    return this.has(SUBSCRIPTION_ID)
  }

  private has(id: number): boolean {
    return ((id < 32 ? this.low >>> id : this.high >>> (id - 32)) & 1) === 1
  }

  /** Value before place: a value cut short is malformed wherever it stands. */
  private property(type: number): void {
    const id = this.varint()
    const known = PROPERTIES[id]
    if (known === undefined) return this.fail(REASON.malformed)
    const [kind, where] = known
    const value = this.value(kind)
    if (this.fault !== 0) return
    if (((where >>> type) & 1) === 0) return this.fail(REASON.protocol)
    if (kind === 'flag' ? value > 1 : kind.endsWith('+') && value === 0) return this.fail(REASON.protocol)
    if (id === TOPIC_ALIAS) this.alias = value
    if (kind === 'pair') return
    if (this.has(id)) return this.fail(REASON.protocol)
    if (id < 32) this.low |= 1 << id
    else this.high |= 1 << (id - 32)
  }

  private value(kind: Kind): number {
    switch (kind) {
      case 'flag':
        return this.byte()
      case 'u16':
      case 'u16+':
        return this.u16()
      case 'u32':
      case 'u32+':
        return this.u32()
      case 'varint':
        return this.varint()
      case 'text':
        return this.text()
      case 'topic':
        return this.topic()
      case 'binary':
        return this.binary()
      case 'pair':
        return this.text() + this.text()
    }
  }

  private short(): number {
    this.fail(REASON.malformed)
    return 0
  }
}
