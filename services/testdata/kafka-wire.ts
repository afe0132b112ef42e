import { connect } from 'node:net'
import { LOOPBACK } from '../native/reach.ts'

// Requests that no client of Node has, in their oldest versions: https://kafka.apache.org/protocol
const DELETE_RECORDS = 21
const DESCRIBE_CONFIGS = 32
const TOPIC = 2

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}

const text = (value: string) => Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)])

/** Asks the broker on a port; the answer begins behind its length and correlation. */
async function ask(port: number, request: number, ...body: readonly Buffer[]): Promise<Buffer> {
  // Version 0, correlation 0, no client id.
  const bytes = Buffer.concat([int16(request), int16(0), int32(0), int16(-1), ...body])
  const socket = connect({ port, host: LOOPBACK })
  socket.write(Buffer.concat([int32(bytes.length), bytes]))
  let answer = Buffer.alloc(0)
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    answer = Buffer.concat([answer, chunk])
    if (answer.length >= 4 && answer.length >= 4 + answer.readInt32BE(0)) break
  }
  return answer.subarray(8)
}

/** Deletes the records of a partition below `before`. */
export async function deleteRecords(
  port: number,
  topic: string,
  partition: number,
  before: number,
): Promise<void> {
  const place = [int32(1), text(topic), int32(1), int32(partition), int64(before)]
  const answer = await ask(port, DELETE_RECORDS, ...place, int32(5000))
  const fault = answer.readInt16BE(answer.length - 2)
  if (fault !== 0) throw new Error(`DeleteRecords of ${topic} ${partition}: ${fault}`)
}

/** All settings of a topic. */
export async function settingsOf(port: number, topic: string): Promise<Map<string, string>> {
  const answer = await ask(port, DESCRIBE_CONFIGS, int32(1), Buffer.of(TOPIC), text(topic), int32(-1))
  let at = 0
  const skip = (bytes: number) => (at += bytes)
  const read = () => {
    const length = Math.max(0, answer.readInt16BE(at))
    return answer.toString('utf8', at + 2, skip(2 + length))
  }
  // Throttle, one resource, its error.
  skip(4 + 4 + 2)
  read()
  skip(1)
  read()
  const settings = new Map<string, string>()
  for (let left = answer.readInt32BE(skip(4) - 4); left > 0; left--) {
    settings.set(read(), read())
    // Read-only, preset, secret.
    skip(3)
  }
  return settings
}
