import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

const UNBUILT =
  '<!doctype html><meta charset="utf-8"><title>Qingyu</title><p>The pages are not built yet: run <code>npm run build</code>, then load this page again. The API is at <code>/api/v1</code>.</p>\n'

/** File of each page by its path; everything else of its state is in the query. */
const PAGES: Readonly<Record<string, string>> = {
  '/': 'index.html',
  '/wall': 'index.html',
  '/desk': 'desk.html',
  '/report': 'report.html',
  '/analyst': 'analyst.html',
}
/** Paths of the pages. */
export const PAGE_PATHS: readonly string[] = Object.keys(PAGES)

/** Serves the built pages: pages themselves always fresh, their hashed assets kept for a year. */
export function pageRoutes(app: FastifyInstance, folder: string): void {
  const schema = { hide: true }
  if (!existsSync(join(folder, 'index.html'))) {
    for (const path of PAGE_PATHS)
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
  for (const [path, file] of Object.entries(PAGES))
    app.get(path, { schema }, (_, reply) => reply.sendFile(file))
}
