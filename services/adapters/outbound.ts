import { request as requestPlain, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { request as requestTls } from 'node:https'
import { messageOf } from '../core/errors.ts'
import { spell } from '../core/time.ts'
import type { Delivery } from '../ports.ts'
import {
  endpointOf,
  guardedLookup,
  PrivateNetwork,
  type AddressFault,
  type Reach,
} from './outbound-address.ts'

/** What is read of an answer; its status is all that counts. */
const MOST_ANSWER = 16_384
const MOST_HEADERS = 8_192
/** However long a receiver asks to be left alone. */
const LONGEST_WAIT_MS = 3_600_000

const FAULTS: Readonly<Record<Exclude<AddressFault, 'private'>, string>> = {
  'no-url': 'it is no URL of at most 2,048 characters',
  scheme: 'it begins with neither http:// nor https://',
  credentials: 'it holds a user name or password',
}

/** What is wrong with an address, as a sentence that does not repeat it: it may be a secret. */
export function addressSentence(channel: string, fault: AddressFault): string {
  return fault === 'private'
    ? messageOf('CH-private', { channel })
    : messageOf('CH-address', { channel, why: FAULTS[fault] })
}

/** One request. */
export interface Post {
  /** Name of the channel in sentences, as `Webhook`. */
  readonly channel: string
  readonly to: string
  readonly headers: OutgoingHttpHeaders
  readonly body: Uint8Array
  readonly timeoutMs: number
  readonly reach: Reach
  readonly now: () => number
}

/** What came of it; `status` is null where there was no answer. */
export interface Posted {
  readonly status: number | null
  readonly delivery: Delivery
}

const failed = (why: string, retry: boolean, after?: number): Delivery => ({
  sent: false,
  why,
  retry,
  ...(after !== undefined && { after }),
})

/** Ms that `Retry-After` asks for, as seconds or a date (RFC 9110, 10.2.3); undefined where it says nothing. */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  const wait = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), LONGEST_WAIT_MS)
}

/** What a status means: 2xx arrived; a redirect is not followed; 408, 425, 429 and 5xx may pass; the rest will not. */
function judged(channel: string, { statusCode = 0, headers }: IncomingMessage, now: number): Delivery {
  if (statusCode >= 200 && statusCode < 300) return { sent: true }
  if (statusCode >= 300 && statusCode < 400)
    return failed(messageOf('CH-redirect', { channel, value: statusCode }), false)
  const passing = statusCode >= 500 || [408, 425, 429].includes(statusCode)
  const after = passing ? retryAfter(headers['retry-after'], now) : undefined
  return failed(messageOf('CH-refused', { channel, value: statusCode }), passing, after)
}

const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name cannot be resolved now',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'it hung up',
  EPIPE: 'it hung up',
}

/** Why a connection failed, without the address that the system's own sentence would name. */
export function troubleOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code.startsWith('HPE_')) return 'its answer is not HTTP'
  return WORDS[code] ?? (code === '' ? 'the connection broke' : code)
}

function exchange(post: Post, url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestTls : requestPlain
  return new Promise((resolve, reject) => {
    const call = request(url, {
      method: 'POST',
      headers: { ...post.headers, 'content-length': post.body.length },
      lookup: guardedLookup(post.reach),
      // A connection of its own each time: one that is kept would outlive the check of its address.
      agent: false,
      maxHeaderSize: MOST_HEADERS,
      signal,
    })
    call.on('response', resolve).on('error', reject)
    // A protocol that nobody asked for.
    call.on('upgrade', (answer, socket) => {
      socket.destroy()
      resolve(answer)
    })
    call.end(post.body)
  })
}

/** Reads an answer to its end, or as much as is bounded, so that its sender is not cut off in the middle of a short one. */
async function drain(answer: IncomingMessage): Promise<void> {
  let size = 0
  try {
    for await (const chunk of answer) if ((size += (chunk as Uint8Array).length) > MOST_ANSWER) break
  } catch {
    // It broke off after its status: that was said.
  }
}

/** Posts a body to an address that somebody gave. Never rejects, follows no redirect, reaches no private network, ends within its time. */
export async function postTo(post: Post): Promise<Posted> {
  const { channel } = post
  const url = endpointOf(post.to, post.reach)
  if (typeof url === 'string') return { status: null, delivery: failed(addressSentence(channel, url), false) }
  const signal = AbortSignal.timeout(post.timeoutMs)
  try {
    const answer = await exchange(post, url, signal)
    await drain(answer)
    return { status: answer.statusCode ?? null, delivery: judged(channel, answer, post.now()) }
  } catch (error) {
    const delivery = signal.aborted
      ? failed(messageOf('CH-timeout', { channel, value: spell(post.timeoutMs) }), true)
      : error instanceof PrivateNetwork
        ? failed(addressSentence(channel, 'private'), false)
        : failed(messageOf('CH-unreachable', { channel, why: troubleOf(error) }), true)
    return { status: null, delivery }
  }
}
