import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

const UNBUILT =
  '<!doctype html><meta charset="utf-8"><title>Qingyu</title><p>The pages are not built yet: run <code>npm run build</code>, then load this page again. The API is at <code>/api/v1</code>.</p>\n'

/** Paths that the one page answers; everything else of its state is in the query. */
const PAGES = ['/', '/wall'] as const

/** Serves the built pages: the page itself always fresh, its hashed assets kept for a year. */
export function pageRoutes(app: FastifyInstance, folder: string): void {
  const schema = { hide: true }
  if (!existsSync(join(folder, 'index.html'))) {
    for (const path of PAGES)
      app.get(path, { schema }, (_, reply) => reply.type('text/html; charset=utf-8').send(UNBUILT))
    return
  }
  void app.register(fastifyStatic, {
    root: folder,
    index: false,
    cacheControl: false,
    schemaHide: true,
    setHeaders: (response, path) => {
      const hashed = path.startsWith(join(folder, 'assets'))
      void response.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  for (const path of PAGES) app.get(path, { schema }, (_, reply) => reply.sendFile('index.html'))
}
