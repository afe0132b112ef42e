/** A request that was not granted, or never got there (`code` 'offline'). Its message is what the server said was wrong. */
export class Refusal extends Error {
  readonly code: string
  readonly hint: string
  /** HTTP status; 0: there was no answer. */
  readonly status: number
  /** Seconds after which to come again; 0: not said. */
  readonly after: number

  constructor(message: string, code: string, hint: string, status: number, after = 0) {
    super(message)
    this.name = 'Refusal'
    this.code = code
    this.hint = hint
    this.status = status
    this.after = after
  }
}

/** What was thrown, as a {@link Refusal}. */
export function refusalOf(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown
  return new Refusal(thrown instanceof Error ? thrown.message : String(thrown), 'offline', '', 0)
}

function field(body: unknown, name: string): string {
  if (typeof body !== 'object' || body === null) return ''
  const value: unknown = Reflect.get(body, name)
  return typeof value === 'string' ? value : ''
}

/** Reads why an answer is none (RFC 9457). */
export async function refusalIn(response: Response): Promise<Refusal> {
  const body: unknown = await response.json().catch(() => null)
  return new Refusal(
    field(body, 'detail') || `HTTP ${response.status}`,
    field(body, 'code') || `HTTP-${response.status}`,
    field(body, 'hint'),
    response.status,
    Number(response.headers.get('retry-after') ?? 0) || 0,
  )
}
