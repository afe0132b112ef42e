import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ProcessSpec } from './process.ts'
import { isWell, LOOPBACK } from './reach.ts'

/** One process of ours: a stage, and where it listens. */
export interface MemberPlace {
  readonly name: string
  readonly stage: 'ingest' | 'aggregate' | 'alert' | 'archive' | 'gateway' | 'demo'
  readonly port: number
}

/** What all processes of a cluster are started with. */
export interface MemberLaunch {
  /** Folder of package.json. */
  readonly home: string
  /** Configuration file. */
  readonly config: string
  /** As `QINGYU_…`. */
  readonly settings: Readonly<Record<string, string>>
}

// Past the set-up of services/qingyu.mjs: eleven of them at once must not build.
const SERVE = 'const { main } = await import(process.argv[1]); await main(process.argv.slice(2))'

/** The built program as one member of a cluster. */
export function memberSpec(
  { name, stage, port }: MemberPlace,
  { home, config, settings }: MemberLaunch,
): ProcessSpec {
  return {
    name,
    command: process.execPath,
    package: 'nodejs',
    args: [
      ['--input-type=module', '-e', SERVE, pathToFileURL(join(home, 'dist/services/main.js')).href],
      ['serve', '--config', config, '--stage', stage],
    ].flat(),
    env: { QINGYU_CLUSTER__NAME: name, QINGYU_HTTP__PORT: String(port), ...settings },
    address: `http://${LOOPBACK}:${port}`,
    isQuiet: true,
    isReady: () => isWell(port, '/readyz'),
  }
}
