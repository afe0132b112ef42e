import type {
  DrillScore,
  OpenReplay,
  ReplaysAnswer,
  ReplayVerb,
  ReplayVerbs,
  ReplayView,
  Timeline,
} from '../services/core/replay-wire.ts'
import { refusalIn, refusalOf } from './refusal.ts'
import { wallToken } from './token.ts'

/** Longest wait for an answer, ms. */
const PATIENCE = 15_000

const base = new URL(import.meta.env.BASE_URL, location.href)
const session = /^(.*\/)replay\/([0-9a-f]{16})\/$/.exec(base.pathname)

/** Session that this page belongs to, by its address; '' on live pages. */
export const sessionId = session?.[2] ?? ''

/** Address of the installation, with a slash at its end: of a session's page what lies above it, also behind a proxy's path. */
export const home = session === null ? base.href : new URL(session[1] ?? '/', base).href

/** Address of a session's wall. */
export function addressOf(id: string): string {
  return new URL(`replay/${id}/`, home).href
}

/** Asks the installation, never the session; rejects with a Refusal. */
async function send<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const token = wallToken()
  const headers = {
    ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  try {
    const response = await fetch(new URL(`api/v1/${path}`, home), {
      method,
      headers,
      // A page that goes away still says so.
      keepalive: method === 'DELETE',
      signal: AbortSignal.timeout(PATIENCE),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw await refusalIn(response)
    const text = await response.text()
    return (text === '' ? null : JSON.parse(text)) as Answer
  } catch (thrown) {
    throw refusalOf(thrown)
  }
}

/** Opens a replay or drill; it may still be `opening`. */
export function openReplay(wanted: OpenReplay): Promise<ReplayView> {
  return send('POST', 'replays', wanted)
}

/** Sessions that are open, and how many may be. */
export function fetchReplays(): Promise<ReplaysAnswer> {
  return send('GET', 'replays')
}

/** How a session stands. */
export function fetchReplay(id: string): Promise<ReplayView> {
  return send('GET', `replays/${id}`)
}

/** Does one of a session's verbs; answers how it stands then. */
export function command<Name extends ReplayVerb>(
  id: string,
  verb: Name,
  body: ReplayVerbs[Name],
): Promise<ReplayView> {
  return send('POST', `replays/${id}/${verb}`, body)
}

/** How people did in a drill so far. */
export function fetchScore(id: string): Promise<DrillScore> {
  return send('GET', `replays/${id}/score`)
}

/** Where the same is given as a table. */
export function scoreTable(id: string): string {
  return new URL(`api/v1/replays/${id}/score.csv`, home).href
}

/** Closes a session for everybody who looks at it. */
export function closeReplay(id: string): Promise<unknown> {
  return send('DELETE', `replays/${id}`)
}

/** What happened between two times, ms; of a bundle where one is named. */
export function fetchTimeline(from: number, to: number, bundle = ''): Promise<Timeline> {
  const span = new URLSearchParams({ from: String(from), to: String(to), ...(bundle && { bundle }) })
  return send('GET', `timeline?${span}`)
}
