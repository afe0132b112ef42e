import { setTimeout as pause } from 'node:timers/promises'
import { QingyuError, sentenceOf } from '../core/errors.ts'
import type { Answer, Call, Parcel, Publisher, Progress, PublisherOptions } from '../publisher.ts'

/** Tries of one report before the door counts as gone; pauses double from 100 ms to 6.4 s, 13 s in all. */
const TRIES = 8
const FIRST_PAUSE_MS = 100
const REQUEST_MS = 20_000

/** A report as `POST /api/v1/reports` takes it. */
function bodyOf({ id, service, time, lon, lat }: Call): string {
  const place = lon === undefined || lat === undefined ? {} : { lon, lat }
  return JSON.stringify({ service, id, time: new Date(time).toISOString(), ...place })
}

class HttpPublisher implements Publisher {
  readonly address: string
  private readonly token: string | undefined
  private readonly target: URL
  constructor(options: PublisherOptions) {
    this.address = options.url
    this.token = options.token
    this.target = new URL('/api/v1/reports', options.url)
  }

  async send(parcel: Parcel): Promise<Answer> {
    if (parcel.kind !== 'call') throw new TypeError('observations go through the MQTT door')
    const body = bodyOf(parcel)
    let why = ''
    // A busy door (503, 429) and a lost answer are the same to us: ask again.
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (attempt > 0) await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1))
      const answer = await this.post(body).catch((error: unknown) => sentenceOf(error))
      if (typeof answer !== 'string') return answer
      why = answer
    }
    throw new QingyuError('IM-door', { value: this.address, why })
  }

  /** A sentence when it is worth another try: the id makes a repeated report a duplicate, not a second one. */
  private async post(body: string): Promise<Answer | string> {
    const response = await fetch(this.target, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
      },
      body,
      signal: AbortSignal.timeout(REQUEST_MS),
    })
    const text = await response.text()
    if (response.ok) return { taken: 1, refused: [] }
    if (response.status >= 500 || response.status === 429)
      return `HTTP ${response.status} ${text.slice(0, 200)}`
    return { taken: 0, refused: [problemIn(text, response.status)] }
  }

  sendRaw(): Promise<void> {
    return Promise.resolve()
  }

  onFeedback(): void {
    // HTTP answers at once; nothing follows.
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

/** Code and sentence of a problem document (RFC 9457); the status where the answer is something else. */
function problemIn(text: string, status: number): { code: string; message: string } {
  try {
    const { code, detail, title } = JSON.parse(text) as Readonly<Record<string, unknown>>
    const said = [detail, title].find((sentence) => typeof sentence === 'string') ?? ''
    return { code: typeof code === 'string' ? code : `http-${status}`, message: said }
  } catch {
    return { code: `http-${status}`, message: text.slice(0, 200) }
  }
}

/** A publisher of calls; throws IM-door when `/livez` does not answer. */
export async function publishHttp(options: PublisherOptions): Promise<Publisher> {
  try {
    await fetch(new URL('/livez', options.url), { signal: AbortSignal.timeout(REQUEST_MS) })
  } catch (error) {
    // fetch hides the reason, as ECONNREFUSED, one level down.
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    throw new QingyuError('IM-door', { value: options.url, why: sentenceOf(cause) }, error)
  }
  return new HttpPublisher(options)
}

/** Asks `/api/v1/stats` how far the server has come; null when it does not answer or answers something else. */
export async function askProgress({
  url,
  token,
}: Pick<PublisherOptions, 'url' | 'token'>): Promise<Progress | null> {
  try {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const response = await fetch(new URL('/api/v1/stats', url), {
      headers,
      signal: AbortSignal.timeout(REQUEST_MS),
    })
    const stats = (await response.json()) as { received?: unknown; ingest?: { received?: unknown } }
    const [covered, seen] = [stats.received, stats.ingest?.received]
    return typeof covered === 'number' && typeof seen === 'number' ? { covered, seen } : null
  } catch {
    // Whoever imports through MQTT alone need not have the HTTP door open.
    return null
  }
}
