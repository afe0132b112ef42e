import type { ErrorCode } from '../core/errors.ts'

/** Counters of the listener since it started, for `/metrics`; `connections` is a gauge. Read them, do not write. */
export interface ListenerMetrics {
  connections: number
  opened: number
  /** CONNECTs let in. */
  admitted: number
  /** Connections refused or closed by us, by error code. */
  refused: Partial<Record<ErrorCode, number>>
  /** Packets received, by type. */
  packets: Record<
    'connect' | 'publish' | 'ack' | 'subscribe' | 'unsubscribe' | 'pingreq' | 'disconnect',
    number
  >
  bytesIn: number
  bytesOut: number
  takeovers: number
  /** Times a socket was paused because a source was too fast, the log was congested, or too much was unacknowledged. */
  paused: Record<'rate' | 'congested' | 'unacknowledged', number>
  /** QoS 2 publishes and redeliveries recognised by their packet id and not taken again. */
  repeated: number
  feedbackSent: number
  feedbackDropped: number
}

/** All counters at zero. */
export function noMetrics(): ListenerMetrics {
  return {
    connections: 0,
    opened: 0,
    admitted: 0,
    refused: {},
    packets: { connect: 0, publish: 0, ack: 0, subscribe: 0, unsubscribe: 0, pingreq: 0, disconnect: 0 },
    bytesIn: 0,
    bytesOut: 0,
    takeovers: 0,
    paused: { rate: 0, congested: 0, unacknowledged: 0 },
    repeated: 0,
    feedbackSent: 0,
    feedbackDropped: 0,
  }
}

/** Counts a refused or broken connection under its code. */
export function countRefused(metrics: ListenerMetrics, code: ErrorCode): void {
  metrics.refused[code] = (metrics.refused[code] ?? 0) + 1
}
