import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { inject } from 'vitest'

let built: Promise<string> | undefined

/** Folder of the pages, built from the sources as they are: once a test process. */
export function pages(): Promise<string> {
  return (built ??= (async () => {
    const outDir = join(inject('pages'), String(process.pid))
    const root = fileURLToPath(new URL('..', import.meta.url))
    const configFile = join(root, 'vite.config.ts')
    await build({ root, configFile, logLevel: 'error', build: { outDir } })
    return outDir
  })())
}
