import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { generate, parser, type Packet } from 'mqtt-packet'
import { onTestFinished } from 'vitest'

const FIVE = { protocolVersion: 5 } as const

/** A broker of MQTT 5 that says what `answer` makes of each packet, for what no real one can be brought to say; its address. */
export async function scriptedBroker(answer: (packet: Packet) => readonly Packet[]): Promise<string> {
  const server = createServer((socket) => {
    const reader = parser(FIVE)
    reader.on('packet', (packet) => {
      for (const reply of answer(packet)) socket.write(generate(reply, FIVE))
    })
    socket.on('data', (bytes) => reader.parse(bytes))
    socket.on('error', () => {})
    onTestFinished(() => void socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The answer to a CONNECT. */
export function connack(reasonCode = 0): Packet {
  return { cmd: 'connack', reasonCode, sessionPresent: false }
}

/** The answer to a SUBSCRIBE to one filter. */
export function suback(packet: Packet, granted: number): Packet {
  return { cmd: 'suback', messageId: packet.messageId ?? 0, granted: [granted] }
}
