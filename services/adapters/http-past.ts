import type { FastifyInstance } from 'fastify'
import type { HistoryDoor } from '../history-port.ts'
import type { Rehearsals } from '../rehearsals-port.ts'
import type { Replays } from '../replays-port.ts'
import type { DeskDoor } from './http-desk.ts'
import { historyRoutes } from './http-history.ts'
import { rehearsalRoutes } from './http-rehearsals.ts'
import { replayRoutes } from './http-replays.ts'

/** What looks back; a server of a replay has none of it. */
export interface PastParts {
  /** Sessions of the past; absent, too, where none are kept. */
  readonly replays?: Replays
  /** Other rules tried on the past. */
  readonly rehearsals?: Rehearsals
  /** The past beyond what the state keeps. */
  readonly history?: HistoryDoor
}

/** Routes of all that looks back. */
export function pastRoutes(
  app: FastifyInstance,
  { replays, rehearsals, history }: PastParts,
  desk: DeskDoor | undefined,
): void {
  const signIn = desk?.signIn
  if (replays !== undefined) replayRoutes(app, { replays, signIn })
  if (rehearsals !== undefined) rehearsalRoutes(app, { rehearsals, signIn })
  if (history !== undefined) historyRoutes(app, history, desk)
}
