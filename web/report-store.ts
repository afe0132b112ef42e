import { effect, signal } from '@preact/signals'
import type { Report } from '../services/core/report.ts'
import type { Per } from '../services/core/report-span.ts'

/** An area as the API tells of it; only what the page needs. */
export interface AreaView {
  readonly code: string
  readonly name: { readonly zh: string; readonly en: string }
  readonly parent: string | null
  readonly children: readonly string[]
}

/** A report with what is needed to read it. */
export interface Answer {
  readonly report: Report
  readonly zone: string
}

const query = new URLSearchParams(location.search)
const DATE = /^\d{4}-\d\d-\d\d$/
const PATIENCE = 30_000

const perOf = (text: string | null): Per => (text === 'week' || text === 'month' ? text : 'day')

/** What is shown: code of the area ('' : the city), span, and a date in it ('' : today). */
export const area = signal(query.get('area') ?? '')
export const per = signal<Per>(perOf(query.get('per')))
export const on = signal(DATE.test(query.get('on') ?? '') ? (query.get('on') ?? '') : '')

export const answer = signal<Answer | null>(null)
export const place = signal<AreaView | null>(null)
/** Names of the areas above and below, by code. */
export const names = signal<ReadonlyMap<string, AreaView['name']>>(new Map())
/** Why there is no report; `sign-in` asks for one. */
export const fault = signal('')
export const loading = signal(false)

async function get<Body>(path: string): Promise<Body> {
  const response = await fetch(new URL(`api/v1/${path}`, document.baseURI), {
    signal: AbortSignal.timeout(PATIENCE),
  })
  const body: unknown = await response.json().catch(() => null)
  if (response.status === 401) throw new Error('sign-in')
  if (response.ok && body !== null) return body as Body
  const said = typeof body === 'object' && body !== null && 'detail' in body ? String(body.detail) : ''
  throw new Error(said || `HTTP ${response.status}`)
}

/** Path of the report under `/api/v1`; `kind` csv gives the table. */
export function pathOf(code: string, kind: '' | '.csv'): string {
  const span = new URLSearchParams({ per: per.value, ...(on.value !== '' && { on: on.value }) })
  return `areas/${encodeURIComponent(code)}/report${kind}?${span}`
}

let asked = 0

/** Fetches what the signals ask for; a later question overtakes an earlier one. */
export async function load(): Promise<void> {
  const own = ++asked
  loading.value = true
  try {
    const code =
      area.value || ((await get<{ areas: readonly { code: string }[] }>('levels')).areas[0]?.code ?? '')
    const path = encodeURIComponent(code)
    const [got, here] = await Promise.all([get<Answer>(pathOf(code, '')), get<AreaView>(`areas/${path}`)])
    if (own !== asked) return
    answer.value = got
    place.value = here
    fault.value = ''
    void nameAround(here)
  } catch (error) {
    if (own === asked) fault.value = error instanceof Error ? error.message : String(error)
  } finally {
    if (own === asked) loading.value = false
  }
}

/** Areas below that are offered by name. */
const MOST_BELOW = 40

async function nameAround(here: AreaView): Promise<void> {
  const codes = [...(here.parent === null ? [] : [here.parent]), ...here.children.slice(0, MOST_BELOW)]
  const found = await Promise.allSettled(
    codes.map((code) => get<AreaView>(`areas/${encodeURIComponent(code)}`)),
  )
  names.value = new Map(
    found.flatMap((one, i) =>
      one.status === 'fulfilled' ? [[codes[i] ?? '', one.value.name] as const] : [],
    ),
  )
}

/** Keeps the page's address and what it shows in step; once, for the page's life. */
export function begin(): void {
  effect(() => {
    const next = new URLSearchParams(location.search)
    for (const [key, value] of [
      ['area', area.value],
      ['per', per.value],
      ['on', on.value],
    ] as const)
      if (value === '') next.delete(key)
      else next.set(key, value)
    window.history.replaceState(null, '', `?${next}`)
    void load()
  })
}
