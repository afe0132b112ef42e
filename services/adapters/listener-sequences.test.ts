import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EVERYBODY, startRig, type Peer, type Rig } from '../testdata/mqtt-peer.ts'

const folder = resolve(import.meta.dirname, '../../../shared/data/mqtt-sequences')
const present = existsSync(folder)
if (!present) console.warn(`SKIPPED: recorded packet sequences are not at ${folder}`)

interface Message {
  readonly type: string
  readonly payload?: string
}
interface Sequence {
  readonly name: string
  readonly expect_disconnect?: boolean
  readonly connect?: boolean
  readonly msgs: readonly Message[]
}
interface Group {
  readonly group: string
  readonly ver: number
  readonly connect?: boolean
  readonly expect_disconnect?: boolean
  readonly tests: readonly Sequence[]
}

/** Sequences that do not concern an ingest endpoint, each with the reason; the first that fits decides. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^v3\.1 {2}/, 'MQTT 3.1 is not spoken, only 3.1.1 and 5; every such CONNECT is refused (MQ-version)'],
  [
    /FLOW WITH PROPERTIES|OTHER PROPERTIES/,
    'a broker hands publishes on to subscribers; an endpoint routes nothing',
  ],
  [
    /subpub|self receive|is preserved|maximum packet size/,
    'a client reads back what it or another published; an endpoint routes nothing',
  ],
  [
    /QoS 2 PUBLISH-PUB(ACK|COMP)|QoS 2 PUBLISH-PUBREC-PUBREL-PUB(ACK|REC)|QoS [12] receive ok|QoS 1 PUBLISH-PUB(REC|COMP)/,
    "needs another client's message at QoS 1 or 2; feedback goes out at QoS 1 at most and is tested by itself",
  ],
  [
    /Dup flow\*3/,
    "a bound of mosquitto's own: here a resend is confirmed again however often and counted once (MQ2)",
  ],
  [/\$CONTROL/, "a topic of mosquitto's own; wills are accepted and not published whatever their topic"],
  [
    /PUBLISH with \$ topic - /,
    'every topic that is not qingyu/v1/…/observations is answered 0x90, with a hint, not 0x87 or success (MQ11)',
  ],
]

const reasonFor = (group: Group, sequence: Sequence) =>
  REASONS.find(([pattern]) => pattern.test(`${group.group} ${sequence.name}`))?.[1]

/** Broker topics become observations topics of ours, so that a publish is taken and not only refused. */
function ours(payload: string): string {
  if (!/^3[0-9A-F] r\d+ s\d+ '(topic|pubrel-test)'/.test(payload)) return payload
  const topic = 'qingyu/v1/p/s/observations'
  return payload.replace(
    /^(..) r(\d+) s(\d+) '[^']*'/,
    (_whole, header: string, rest: string, length: string) =>
      `${header} r${Number(rest) - Number(length) + topic.length} s${topic.length} '${topic}'`,
  )
}

function varint(value: number): number[] {
  const bytes: number[] = []
  do {
    const rest = Math.floor(value / 128)
    bytes.push((value % 128) | (rest > 0 ? 0x80 : 0))
    value = rest
  } while (value > 0)
  return bytes
}

const LETTERS: Readonly<Record<string, (value: number) => readonly number[]>> = {
  r: varint,
  v: varint,
  i: (value) => [value],
  s: (value) => [value >> 8, value & 255],
  m: (value) => [value >> 8, value & 255],
  k: (value) => [value >> 8, value & 255],
  H: (value) => [value >> 8, value & 255],
  L: (value) => [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255],
}

/** The recordings' notation: hexadecimal, 'text', and a letter for the width of a decimal number. */
function bytesOf(payload: string): Buffer {
  const bytes: number[] = []
  for (const [token] of payload.matchAll(/'[^']*'|\S+/g)) {
    const write = LETTERS[token.charAt(0)]
    if (token.startsWith("'")) bytes.push(...Buffer.from(token.slice(1, -1)))
    else if (write) bytes.push(...write(Number(token.slice(1))))
    else bytes.push(...Buffer.from(token, 'hex'))
  }
  return Buffer.from(bytes)
}

/** Type, packet id and reason of an answer: properties, reason strings and "no subscriber" (0x10) differ between servers. */
function essence(bytes: Buffer, version: number): string {
  const type = (bytes[0] ?? 0) >> 4
  const body = bytes.subarray(2)
  const reason = (at: number) => ((body[at] ?? 0) === 0x10 ? 0 : (body[at] ?? 0))
  if (type === 2) return `CONNACK ${body[0]} ${body[1]}`
  if (type === 14) return `DISCONNECT ${reason(0)}`
  if (type >= 4 && type <= 7) return `ACK${type} ${body.readUInt16BE(0)} ${version === 5 ? reason(2) : 0}`
  return bytes.toString('hex')
}

/** Cuts received bytes into packets. */
function cut(bytes: Buffer): Buffer[] {
  const packets: Buffer[] = []
  for (let at = 0; at + 2 <= bytes.length;) {
    const end = at + 2 + (bytes[at + 1] ?? 0)
    if (end > bytes.length) break
    packets.push(bytes.subarray(at, end))
    at = end
  }
  return packets
}

async function greet(peer: Peer, version: number): Promise<void> {
  peer.raw(
    bytesOf(version === 5 ? "10 r14 s4 'MQTT' 05 02 k10 v0 s1 'p'" : "10 r13 s4 'MQTT' 04 02 k10 s1 'p'"),
  )
  await peer.until(() => cut(peer.received).length === 1 || peer.isClosed)
}

/** Answers that a server may add where the recording expects the bare close [MQTT-3.1.4-1], [MQTT-4.13.1-1]. */
const isFarewell = (packet: Buffer) => packet[0] === 0xe0 || (packet[0] === 0x20 && (packet[3] ?? 0) !== 0)

/** Plays one sequence on a connection of its own; '' or what differed. */
async function play(rig: Rig, group: Group, sequence: Sequence): Promise<string> {
  // All recordings use one client id; a minute between them keeps takeovers within their bound.
  rig.clock.advance(61_000)
  const peer = await rig.peer()
  const difference = await converse(peer, group, sequence)
  peer.socket.destroy()
  return difference
}

async function converse(peer: Peer, group: Group, sequence: Sequence): Promise<string> {
  if (sequence.connect ?? group.connect ?? true) {
    await greet(peer, group.ver)
    peer.received = Buffer.alloc(0)
  }
  let answered = 0
  for (const { type, payload = '' } of sequence.msgs) {
    if (type === 'send') {
      peer.raw(bytesOf(ours(payload)))
      continue
    }
    await peer.until(() => cut(peer.received).length > answered || peer.isClosed)
    const got = cut(peer.received)[answered++]
    const wanted = essence(bytesOf(payload), group.ver)
    const found = got === undefined ? 'closed' : essence(got, group.ver)
    if (found !== wanted) return `${found} instead of ${wanted}`
  }
  if (sequence.expect_disconnect ?? group.expect_disconnect ?? true) {
    await peer.closed()
    const more = cut(peer.received).slice(answered)
    return more.every(isFarewell) ? '' : `further ${Buffer.concat(more).toString('hex')}`
  }
  if (sequence.msgs.every(({ payload = '' }) => !payload.startsWith('10'))) {
    peer.raw(Buffer.from([0xc0, 0]))
    await peer.until(() => peer.isClosed || cut(peer.received).at(-1)?.[0] === 0xd0)
  }
  return peer.isClosed ? 'closed' : ''
}

const groups = present
  ? readdirSync(folder).flatMap((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Group[])
  : []

describe.skipIf(!present)('recorded packet sequences', () => {
  it('[MQ14] holds every sequence that concerns an endpoint', async () => {
    const rig = await startRig({}, EVERYBODY)
    rig.intake.instant = true
    const failures: string[] = []
    let held = 0
    for (const group of groups) {
      for (const sequence of group.tests) {
        if (reasonFor(group, sequence) !== undefined) continue
        const difference = await play(rig, group, sequence)
        if (difference === '') held++
        else failures.push(`${group.group} | ${sequence.name}: ${difference}`)
      }
    }
    expect(failures).toEqual([])
    expect(held).toBeGreaterThan(700)
  })

  it('[MQ14] gives each other sequence a reason that is used', () => {
    const others = groups.flatMap((group) => group.tests.map((sequence) => reasonFor(group, sequence)))
    expect(REASONS.map(([, reason]) => reason).filter((reason) => !others.includes(reason))).toEqual([])
    expect(others.filter((reason) => reason !== undefined).length).toBeLessThan(80)
  })

  it('[MQ14] refuses MQTT 3.1 as a version not spoken', async () => {
    const rig = await startRig()
    const peer = await rig.peer()
    peer.raw(bytesOf("10 r15 s6 'MQIsdp' 03 02 k10 s1 'p'"))
    await peer.closed()
    expect(peer.received.toString('hex')).toBe('20020001')
    expect(rig.listener.metrics.refused['MQ-version']).toBe(1)
  })
})
