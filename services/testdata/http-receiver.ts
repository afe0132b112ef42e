import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it came. */
export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** An HTTP server on the loopback that keeps what it is sent and answers as it is told; 204 unless told otherwise. */
export class HttpReceiver {
  readonly received: Received[] = []
  answer: (reply: ServerResponse, request: Received) => void = (reply) => reply.writeHead(204).end()
  /** Connections that were opened, with a request or without. */
  connections = 0
  private readonly server = createServer((request, reply) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const whole = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) }
      this.received.push(whole)
      this.answer(reply, whole)
    })
  })

  static async start(): Promise<HttpReceiver> {
    const receiver = new HttpReceiver()
    receiver.server.on('connection', () => receiver.connections++)
    await new Promise<void>((resolve) => receiver.server.listen(0, '127.0.0.1', resolve))
    return receiver
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  /** Answers everything with a status and headers. */
  says(status: number, headers: Readonly<Record<string, string>> = {}): void {
    this.answer = (reply) => reply.writeHead(status, headers).end('no')
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve))
    this.server.closeAllConnections()
    await closed
  }
}
