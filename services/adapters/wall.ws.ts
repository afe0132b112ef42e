import type { IncomingHttpHeaders, IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { ERRORS, QingyuError, type ErrorCode } from '../core/errors.ts'
import { SUBPROTOCOL, type Problem } from '../core/wire.ts'
import type { Gateway, Message, WallLink } from '../gateway-port.ts'
import { textMessage } from '../gateway-message.ts'
import { rawProblem } from './http-problem.ts'
import { permitsOrigin, sameToken } from './http-guard.ts'

/** Path of the walls' WebSocket. */
export const WALL_PATH = '/ws'
const TOKEN_PROTOCOL = 'qingyu.token.'
/** Largest message a wall may send, bytes. */
const MOST_INBOUND = 16_384
/** Pongs wait at most behind this much: pings in a flood must not fill our memory. */
const MOST_BEFORE_PONG = 65_536

/** What the WebSocket side needs. `token` empty: none is asked for. */
export interface WallDoor {
  readonly server: Server
  readonly gateway: Pick<Gateway, 'connect'>
  readonly token: string
  readonly origins: readonly string[]
  /** Whether a handshake shows a session, which does as well as the token. */
  readonly admits: (headers: IncomingHttpHeaders) => Promise<boolean>
  /** Takes on the handshake of a wall that belongs to a replay; absent where there are none. Rejects with what is told to the wall. */
  readonly elsewhere?: {
    takes(path: string): boolean
    take(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>
  }
  /** Counts what is refused here and not by the gateway. */
  readonly refused: (code: ErrorCode) => void
}

/** Each message framed once (RFC 6455 §5.2), however many walls it goes to; forgotten with its bytes. */
const framed = new WeakMap<Uint8Array, Buffer>()

function frameOf({ kind, bytes }: Message): Buffer {
  const known = framed.get(bytes)
  if (known !== undefined) return known
  const { length } = bytes
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(head + length)
  frame[0] = kind === 'binary' ? 0x82 : 0x81
  if (head === 2) frame[1] = length
  else if (head === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.set(bytes, head)
  framed.set(bytes, frame)
  return frame
}

class SocketLink implements WallLink {
  private readonly socket: Duplex
  private readonly ws: WebSocket

  constructor(socket: Duplex, ws: WebSocket) {
    this.socket = socket
    this.ws = ws
  }

  get pending(): number {
    return this.socket.writableLength
  }

  // Written beside `ws`, which writes whole frames only and is never mid-message here, so that frames are made once for all.
  send(messages: readonly Message[]): void {
    if (this.ws.readyState !== this.ws.OPEN) return
    this.socket.cork()
    for (const message of messages) this.socket.write(frameOf(message))
    this.socket.uncork()
  }

  ping(): void {
    if (this.ws.readyState === this.ws.OPEN) this.ws.ping()
  }

  close(code: ErrorCode, parameters: Readonly<Record<string, string | number>>): void {
    const { message, hint } = new QingyuError(code, parameters)
    const problem: Problem = { type: 'problem', code, message, hint }
    this.send([textMessage(problem)])
    this.ws.close(ERRORS[code].close ?? 1011, code)
  }
}

function protocolsOf(request: IncomingMessage): string[] {
  return (request.headers['sec-websocket-protocol'] ?? '').split(',').map((word) => word.trim())
}

/** Why a handshake is not taken on, or null. A browser can read a close code, but not a refused handshake. */
function refusalOf(request: IncomingMessage, door: WallDoor, isAdmitted: boolean): QingyuError | null {
  const { origin, host, authorization } = request.headers
  if (!permitsOrigin(origin, host, door.origins))
    return new QingyuError('GW-origin', { value: (origin ?? '').slice(0, 200) })
  const protocols = protocolsOf(request)
  if (!protocols.includes(SUBPROTOCOL))
    return new QingyuError('GW-protocol', { why: `subprotocol ${SUBPROTOCOL} was not offered` })
  const shown =
    protocols.find((word) => word.startsWith(TOKEN_PROTOCOL))?.slice(TOKEN_PROTOCOL.length) ??
    authorization?.replace(/^Bearer /i, '')
  return door.token === '' || isAdmitted || sameToken(shown, door.token)
    ? null
    : new QingyuError('GW-token', {})
}

function admit(
  ws: WebSocket,
  socket: Duplex,
  request: IncomingMessage,
  door: WallDoor,
  refusal: QingyuError | null,
): void {
  const link = new SocketLink(socket, ws)
  // `ws` closes by itself after an error; without a listener the process would end. Errors of its own are broken rules.
  ws.on('error', (error) => {
    if ('code' in error && String(error.code).startsWith('WS_ERR_')) door.refused('GW-protocol')
  })
  if (refusal !== null) {
    door.refused(refusal.code)
    link.close(refusal.code, refusal.parameters)
    return
  }
  const session = door.gateway.connect(link)
  if (session === null) return
  ws.on('message', (data, isBinary) => {
    if (isBinary || !Buffer.isBuffer(data)) {
      if (ws.readyState === ws.OPEN) door.refused('GW-protocol')
      link.close('GW-protocol', { why: 'binary messages go to walls only' })
    } else session.receive(data.toString('utf8'))
  })
  ws.on('ping', (data) => {
    if (link.pending < MOST_BEFORE_PONG) ws.pong(data)
  })
  ws.on('pong', () => session.pong())
  ws.on('close', () => session.gone())
}

/** Takes walls in over WebSocket on a server's `/ws`; other upgrades are refused. The answer ends what is still open. */
export function serveWalls(door: WallDoor): { close(): Promise<void> } {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_INBOUND,
    perMessageDeflate: false,
    autoPong: false,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  })
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy())
    // Not by URL, which throws at what strangers send (`//`), and nothing would catch it here.
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    const isElsewhere = path !== WALL_PATH && door.elsewhere?.takes(path) === true
    if (path !== WALL_PATH && !isElsewhere) {
      door.refused('GW-not-found')
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    const answer = (refusal: QingyuError | null): void =>
      sockets.handleUpgrade(request, socket, head, (ws) => admit(ws, socket, request, door, refusal))
    const take = (isAdmitted: boolean): void => {
      const refusal = refusalOf(request, door, isAdmitted)
      if (refusal !== null || door.elsewhere === undefined || !isElsewhere) return answer(refusal)
      door.elsewhere.take(request, socket, head).catch((fault: unknown) => {
        if (!socket.destroyed)
          answer(
            fault instanceof QingyuError
              ? fault
              : new QingyuError('GW-internal', { why: 'the fault is in the log' }),
          )
      })
    }
    // Asked before the handshake, so that no message is missed while the answer is on its way.
    if (door.token === '' || request.headers.cookie === undefined) take(false)
    else void door.admits(request.headers).then(take, () => take(false))
  }
  sockets.on('wsClientError', (error, socket) => {
    door.refused('GW-protocol')
    socket.end(rawProblem('GW-protocol', error))
  })
  door.server.on('upgrade', upgrade)
  return {
    close: () => {
      door.server.off('upgrade', upgrade)
      for (const ws of sockets.clients) ws.terminate()
      return new Promise((resolve) => sockets.close(() => resolve()))
    },
  }
}
