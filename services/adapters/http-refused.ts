import type { FastifyRequest } from 'fastify'
import { ERRORS, type ErrorCode, type QingyuError } from '../core/errors.ts'
import type { MetricSource } from '../metrics-port.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** On routes that take observations: counts what could not be read as one, and keeps the refusal for its vendor. */
    refuse?: (error: QingyuError) => void
  }
}

/** Faults of the payload itself; what else goes wrong on the way (token, origin, a busy log) is no observation yet. */
const UNREAD = /^(OB|HL)-/

/** Counts whatever HTTP and WebSocket refused, so that each refusal is in exactly one counter. Bound: the catalogue's codes. */
export class HttpRefusals {
  private readonly byCode = new Map<ErrorCode, number>()

  /** One refusal outside of any route. */
  add(code: ErrorCode): void {
    this.byCode.set(code, (this.byCode.get(code) ?? 0) + 1)
  }

  /** One refused request: among the observations refused where it should have been one, else here. */
  count(request: FastifyRequest, error: QingyuError): void {
    const { refuse } = request.routeOptions.config
    if (refuse !== undefined && UNREAD.test(error.code) && (ERRORS[error.code].http ?? 500) < 500)
      refuse(error)
    else this.add(error.code)
  }

  /** `http_refused_total` by code. */
  readonly metrics: MetricSource = () => [
    {
      name: 'http_refused_total',
      help: 'Requests, handshakes and WebSocket messages refused before they were observations, by code',
      kind: 'counter',
      samples: [...this.byCode].map(([code, value]) => ({ value, labels: { code } })),
    },
  ]
}
