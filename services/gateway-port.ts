import type { ErrorCode } from './core/errors.ts'
import type { Picture } from './core/layer.ts'
import type { Totals } from './core/summary.ts'

/** One message to walls; `bytes` is the same object for every wall that gets the same, so a link may frame it once. */
export interface Message {
  readonly kind: 'text' | 'binary'
  readonly bytes: Uint8Array
}

/** The way to one wall; implemented over WebSocket, and in memory by tests. Nothing here throws. */
export interface WallLink {
  /** Bytes handed over that have not left this process. */
  readonly pending: number
  /** Sends in order, as one write where that is possible. */
  send(messages: readonly Message[]): void
  ping(): void
  /** Says the problem, then closes with the close code of the catalogue. */
  close(code: ErrorCode, parameters: Readonly<Record<string, string | number>>): void
}

/** What the way to a wall tells of it. */
export interface WallSession {
  receive(text: string): void
  pong(): void
  /** The link is gone; what the wall held is given back. */
  gone(): void
}

/** What the gateway did since it started. */
export interface GatewayFigures {
  readonly walls: number
  readonly frames: number
  /** Bytes of frames and messages handed to links. */
  readonly bytes: number
  /** Frames that walls missed by conflation. */
  readonly missed: number
  /** Walls that the gateway closed, by error code. */
  readonly closed: ReadonlyMap<ErrorCode, number>
}

/** The gateway as adapters see it. */
export interface Gateway {
  readonly picture: Picture
  readonly totals: Totals
  /** False until the picture has caught up with the state, and again after its feed broke. */
  readonly ready: boolean
  readonly figures: GatewayFigures
  /** Event-to-wall latency over the last minute, ms; null where it cannot be known. */
  readonly latency: { readonly p50: number; readonly p99: number } | null
  /** Takes a wall in; null when it was closed at once (GW-full, GW-stopping). */
  connect(link: WallLink): WallSession | null
  /** Resolves once the picture has caught up; rejects when it cannot. */
  caughtUp(): Promise<void>
  stop(): Promise<void>
}
