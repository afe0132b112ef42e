import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A route whose body may be long in coming. */
    isLong?: boolean
  }
}

/** The time that a request may take to arrive, ms (design §8), and one whose body is a file. */
export const REQUEST_MS = 10_000
export const LONG_REQUEST_MS = 600_000

/** Cuts off who sends a request too slowly; the server itself waits for the longest that any route permits. */
export function limitPatience(app: FastifyInstance, patience = REQUEST_MS): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const { raw, routeOptions } = request
    if (routeOptions.config.isLong !== true) {
      const late = setTimeout(() => {
        if (!raw.complete) raw.socket.destroy()
      }, patience)
      raw.once('close', () => clearTimeout(late))
    }
    done()
  })
}
