import { apiUrl } from './desk-api.ts'
import { Refusal, refusalIn, refusalOf } from './refusal.ts'
import { wallToken } from './token.ts'

/** Longest wait for an answer, ms: a rehearsal's result may be large; a bundle is packed, or half a gigabyte sent. */
const PATIENCE = 60_000
const LONG = 600_000

/** A fault of a rules text: where (rule and field), what and how to mend it. `line` 0: not of one line. */
export interface Fault {
  readonly pointer: string
  readonly line: number
  readonly message: string
  readonly hint: string
}

/** A refusal with all its faults. */
export class Faults extends Refusal {
  readonly faults: readonly Fault[]

  constructor(refusal: Refusal, faults: readonly Fault[]) {
    super(refusal.message, refusal.code, refusal.hint, refusal.status, refusal.after)
    this.faults = faults
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Where a field lies that a message names as `rules.0 (flooding).limits.orange`: `flooding/limits/orange`. */
function pointerIn(message: string): string {
  const [, id = '', rest = ''] = /rules\.\d+ \(([^)]+)\)\.?([\w.-]*)/.exec(message) ?? []
  return id === '' ? '' : [id, ...rest.split('.').filter(Boolean)].join('/')
}

function faultIn(value: unknown): Fault {
  const at = (name: string): string =>
    typeof value === 'object' && value !== null ? text(Reflect.get(value, name)) : ''
  const message = at('message')
  return {
    pointer: pointerIn(message),
    line: Number(/\bline (\d+)/.exec(message)?.[1] ?? 0),
    message,
    hint: at('hint'),
  }
}

/** Reads a refusal with the faults it lists (RFC 9457, `errors`). */
async function faultsIn(response: Response): Promise<Faults> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null)
  const listed: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'errors') : null
  const refusal = await refusalIn(response)
  const faults = Array.isArray(listed) && listed.length > 0 ? listed.map(faultIn) : [faultIn(refusal)]
  return new Faults(refusal, faults)
}

/** How a question is asked: as a wall, or as who is signed in, and how long an answer is waited for, ms. */
interface Manner {
  readonly token: string
  readonly patience: number
}

async function sent(
  url: URL,
  method: string,
  body: unknown,
  { token, patience }: Manner = { token: wallToken(), patience: PATIENCE },
): Promise<Response> {
  const raw = body instanceof Blob
  try {
    return await fetch(url, {
      method,
      credentials: 'include',
      signal: AbortSignal.timeout(patience),
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': raw ? 'application/zip' : 'application/json' }),
      },
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    })
  } catch (thrown) {
    const isSlow = thrown instanceof DOMException && thrown.name === 'TimeoutError'
    throw isSlow ? new Refusal('', 'slow', '', 0) : refusalOf(thrown)
  }
}

async function answered<Answer>(response: Response): Promise<Answer> {
  if (!response.ok) throw await faultsIn(response)
  const said = await response.text()
  return (said === '' ? null : JSON.parse(said)) as Answer
}

/** Asks the server that the page came from; rejects with {@link Faults}. Looking needs what a wall needs. */
export async function ask<Answer>(path: string, method = 'GET', body?: unknown): Promise<Answer> {
  return answered(await sent(apiUrl(path), method, body))
}

/** Does what somebody who is signed in may do, and what takes its time: the wall's token is left out, for it says nobody. */
export async function askSigned<Answer>(path: string, method: string, body: unknown): Promise<Answer> {
  return answered(await sent(apiUrl(path), method, body, { token: '', patience: LONG }))
}

/** Asks for a text. */
export async function askText(path: string): Promise<string> {
  const response = await sent(apiUrl(path), 'GET', undefined)
  if (!response.ok) throw await faultsIn(response)
  return response.text()
}

/** Asks the API below another address of the same server: that of a replay session. */
export async function askAt<Answer>(base: string, path: string): Promise<Answer> {
  return answered(await sent(new URL(`api/v1/${path}`, base), 'GET', undefined))
}
