import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProcessSpec } from './process.ts'
import { answerOf, LOOPBACK } from './reach.ts'

/** Where a Mosquitto keeps its data and listens. */
export interface MosquittoPlace {
  readonly name: string
  /** An existing folder of its own. */
  readonly dir: string
  readonly port: number
  /** Further lines of its configuration. */
  readonly settings?: readonly string[]
}

/** What waits for a process that is away; the preset of 1,000 would drop observations that were acknowledged. */
const MOST_QUEUED = 100_000

/** Mosquitto that keeps sessions and what waits for them on disk; writes its configuration into the folder. */
export async function mosquittoSpec({
  name,
  dir,
  port,
  settings = [],
}: MosquittoPlace): Promise<ProcessSpec> {
  const file = join(dir, 'mosquitto.conf')
  const lines = [
    `listener ${port} ${LOOPBACK}`,
    'allow_anonymous true',
    // Started by root it would become a user that may not write here.
    ...(process.getuid?.() === 0 ? ['user root'] : []),
    'persistence true',
    `persistence_location ${dir}/`,
    'autosave_interval 10',
    `max_queued_messages ${MOST_QUEUED}`,
    'log_dest stderr',
    'log_type error',
    'log_type warning',
    ...settings,
  ]
  await writeFile(file, `${lines.join('\n')}\n`)
  return {
    name,
    command: 'mosquitto',
    package: 'mosquitto',
    address: `mqtt://${LOOPBACK}:${port}`,
    args: ['-c', file],
    // Debian puts it where only root looks.
    env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin` },
    isReady: async () => (await answerOf(port)) !== null,
  }
}
