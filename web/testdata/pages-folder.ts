import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folder for built pages, gone with the run. */
    pages: string
  }
}

/** Set-up of a whole run: what its processes build is removed when it ends, since they themselves are killed. */
export default function setup(project: TestProject): () => void {
  const dir = mkdtempSync(join(tmpdir(), 'qingyu-pages-'))
  project.provide('pages', dir)
  return () => rmSync(dir, { recursive: true, force: true })
}
