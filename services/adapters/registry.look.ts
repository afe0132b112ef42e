import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { open } from 'lmdb'
import type { RegistryEntry } from '../ports.ts'

/**
 * A secret of the data folder's registry, for a command beside the program that may run on it: nothing is written and no lock taken.
 * Undefined where there is no folder or no such secret yet.
 */
export async function lookUpSecret(dir: string, key: string): Promise<string | undefined> {
  const path = resolve(dir)
  if (!existsSync(join(path, 'data.mdb'))) return undefined
  const root = open({ path, readOnly: true, maxDbs: 16, noSubdir: false })
  try {
    const entries = root.openDB<RegistryEntry | undefined, [string, string]>('registry', { encoding: 'json' })
    return entries?.get(['secret', key])?.value
  } finally {
    await root.close()
  }
}
