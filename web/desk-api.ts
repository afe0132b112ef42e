import { refusalIn, refusalOf } from './refusal.ts'
import { server } from './store.ts'

/** Longest wait for an answer, ms. */
const PATIENCE = 15_000
/** Wait before what got no answer is sent again, ms. */
const AGAIN = 800

/** Address of one of the API's paths on the gateway that the desk is with. */
export function apiUrl(path: string): URL {
  return new URL(`api/v1/${path}`, server.value)
}

async function once(path: string, method: string, body: unknown, key: string): Promise<Response> {
  try {
    return await fetch(apiUrl(path), {
      method,
      credentials: 'include',
      signal: AbortSignal.timeout(PATIENCE),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === '' ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch (thrown) {
    throw refusalOf(thrown)
  }
}

/** Asks the gateway that the desk is with; rejects with a {@link Refusal}. Answers are held to their schema by the server's tests. */
export async function ask<Answer>(path: string, method = 'GET', body?: unknown): Promise<Answer> {
  return read(await once(path, method, body, ''))
}

/**
 * Does something that must not be done twice: it bears a key of its own, so that it can be sent again when no answer came, and
 * counts once.
 */
export async function perform<Answer>(path: string, method: string, body?: unknown): Promise<Answer> {
  const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
  try {
    return await read(await once(path, method, body, key))
  } catch (thrown) {
    if (refusalOf(thrown).status !== 0) throw thrown
    await new Promise((done) => setTimeout(done, AGAIN))
    return read(await once(path, method, body, key))
  }
}

async function read<Answer>(response: Response): Promise<Answer> {
  if (!response.ok) throw await refusalIn(response)
  // 204 and the like: nothing to read.
  const text = await response.text().catch((thrown: unknown) => {
    throw refusalOf(thrown)
  })
  return (text === '' ? null : JSON.parse(text)) as Answer
}
