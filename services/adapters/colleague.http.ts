import type { Colleague } from '../colleagues.ts'
import type { ActBody, AlertsAnswer } from '../core/desk-wire.ts'

/** Longest wait for an answer, ms. */
const PATIENCE = 10_000

async function ask(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE) })
  if (response.ok) return response
  const body: unknown = await response.json().catch(() => null)
  const said = typeof body === 'object' && body !== null && 'detail' in body ? String(body.detail) : ''
  throw new Error(said || `HTTP ${response.status}`)
}

/** Signs a person of the demo in at a desk (`http://127.0.0.1:8080`), without a password, as only a demo on this machine permits. */
export async function signInColleague(base: string, person: string): Promise<Colleague> {
  const json = { 'content-type': 'application/json', 'user-agent': 'Qingyu demo' }
  const entered = await ask(new URL('/api/v1/session', base).href, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ person }),
  })
  const cookie = entered.headers
    .getSetCookie()
    .map((line) => line.split(';')[0] ?? '')
    .join('; ')
  return {
    async alerts() {
      const answer = await ask(new URL('/api/v1/alerts?limit=100', base).href, { headers: { cookie } })
      return ((await answer.json()) as AlertsAnswer).alerts
    },
    async act(alert: string, verb: string, body: ActBody) {
      const url = new URL(`/api/v1/alerts/${encodeURIComponent(alert)}/${verb}`, base).href
      await ask(url, { method: 'POST', headers: { ...json, cookie }, body: JSON.stringify(body) })
    },
  }
}
