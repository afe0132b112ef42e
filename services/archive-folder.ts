import { join, resolve } from 'node:path'
import type { Config } from './config-schema.ts'

/** Where the archive of a configuration lies. */
export function archiveFolder({ archive, data }: Pick<Config, 'archive' | 'data'>): string {
  return archive.dir === '' ? join(resolve(data.dir), 'archive') : resolve(archive.dir)
}

/** Where bundles are kept: apart from the archive, whose retention does not touch them. */
export function bundleFolder({ data }: Pick<Config, 'data'>): string {
  return join(resolve(data.dir), 'bundles')
}

/** Where what came of rehearsals is kept. */
export function rehearsalFolder({ data }: Pick<Config, 'data'>): string {
  return join(resolve(data.dir), 'rehearsals')
}
