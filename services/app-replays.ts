import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemRandom } from './adapters/random.system.ts'
import type { Config } from './config-schema.ts'
import type { AlertPolicy } from './core/alert-policy.ts'
import type { Desk } from './desk-port.ts'
import type { Clock } from './ports.ts'
import { ReplayKeeper, type Played } from './replays.ts'
import { startThread } from './thread.ts'

/** What sessions of the past are started with. */
export interface ReplaysSetting {
  readonly config: Config
  /** This installation's archive; null where none is kept. */
  readonly own: Played | null
  /** That of an opened bundle. GW-not-found. */
  readonly bundle: (id: string) => Promise<Played>
  readonly desk: Desk | null
  readonly policy: Pick<AlertPolicy, 'people'>
  readonly clock: Clock
  readonly program: string
  /** Folder of the built pages. */
  readonly web: string
  readonly report: (sentence: string) => void
}

/** Where servers of sessions listen: in a folder that only this user may open; pipes of Windows have no folder. */
function sockets(): { readonly of: (id: string) => string; remove(): void } {
  if (process.platform === 'win32')
    return { of: (id) => `\\\\.\\pipe\\qingyu-replay-${id}`, remove: () => undefined }
  // Not in the data folder, whose path may be longer than a socket's may be.
  const folder = mkdtempSync(join(tmpdir(), 'qingyu-replay-'))
  return { of: (id) => join(folder, id), remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Sessions of this process, none open yet. */
export function openReplays(setting: ReplaysSetting): {
  readonly replays: ReplayKeeper
  readonly stop: () => Promise<void>
} {
  const { config, own, bundle, desk, policy, clock, program, web, report } = setting
  const { http, state, replay, people } = config
  const places = sockets()
  const replays = new ReplayKeeper({
    own,
    bundle,
    live: desk && { incident: (id) => desk.incident(id), alert: (id) => desk.held(id) },
    people: policy.people,
    settings: replay,
    common: {
      names: Object.fromEntries(Object.entries(people).map(([id, { name }]) => [id, name])),
      // The way in has asked for the token already, and no other gateway has the session.
      http: { ...http, host: '127.0.0.1', port: 0, wallToken: '', gateways: [] },
      state,
      web,
      program,
    },
    socketOf: places.of,
    start: (of) => startThread(of),
    clock,
    random: systemRandom(),
    report,
  })
  return {
    replays,
    async stop() {
      await replays.stop()
      places.remove()
    },
  }
}
