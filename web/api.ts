import type { AreasDocument } from '../services/core/areas.ts'
import { courseOf } from './explanation.ts'
import type { Explanation, Point, Readings } from './explanation.ts'
import { server } from './store.ts'
import { wallToken } from './token.ts'

/** Longest wait for an answer, ms. */
const PATIENCE = 15_000

/** Asks the gateway that the wall is with, whose answers are held to its schema; the wall trusts their shape, not their being there. */
async function get<Answer>(path: string): Promise<Answer> {
  const url = new URL(`api/v1/${path}`, server.value)
  const token = wallToken()
  const headers: Record<string, string> = token === '' ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(PATIENCE) })
  const body: unknown = await response.json().catch(() => null)
  if (response.ok && body !== null) return body as Answer
  const said = typeof body === 'object' && body !== null && 'detail' in body ? String(body.detail) : ''
  throw new Error(said || `HTTP ${response.status}`)
}

/** Areas of a grid version: codes, names, parents, polygons. */
export function fetchAreas(version: string): Promise<AreasDocument> {
  return get(`grids/${encodeURIComponent(version)}`)
}

/** Course of an indicator in an area from `from` to `to` (ms), oldest first. */
export async function fetchReadings(
  code: string,
  indicator: string,
  from: number,
  to: number,
): Promise<readonly Point[]> {
  const span = { indicator, from: String(Math.round(from)), to: String(Math.round(to)) }
  return courseOf(
    await get<Readings>(`areas/${encodeURIComponent(code)}/readings?${new URLSearchParams(span)}`),
  )
}

/** Why an area has its colour. */
export function fetchExplanation(code: string): Promise<Explanation> {
  return get(`areas/${encodeURIComponent(code)}/explanation`)
}
