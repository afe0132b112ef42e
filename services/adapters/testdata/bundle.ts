import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/** A TypeScript entry as one file that plain Node runs, whatever state `dist` is in; packages stay where they are. */
export async function bundle(entry: string): Promise<{ file: string; dispose(): void }> {
  // Beside node_modules, so that the packages left outside are found.
  const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url))
  const outDir = mkdtempSync(join(modules, '.qingyu-test-'))
  await build({
    configFile: false,
    logLevel: 'silent',
    root: fileURLToPath(new URL('.', import.meta.url)),
    build: {
      ssr: fileURLToPath(new URL(entry, import.meta.url)),
      outDir,
      target: 'node20',
      rolldownOptions: { output: { entryFileNames: 'entry.mjs' } },
    },
  })
  return { file: join(outDir, 'entry.mjs'), dispose: () => rmSync(outDir, { recursive: true }) }
}
