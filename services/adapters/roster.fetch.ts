import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { sentenceOf } from '../core/errors.ts'

/** A calendar has so many bytes at most; what is kept of it is far less. */
const MOST_BYTES = 4 * 1024 * 1024
const TIMEOUT_MS = 10_000

/** Where a roster is read from; one of the two is ''. */
export interface RosterSource {
  readonly file: string
  readonly url: string
}

/** What a fault is called; addresses stay out of it, since they may hold a key. */
function reasonOf(fault: unknown): string {
  if (fault instanceof Error && fault.name === 'TimeoutError')
    return `no answer within ${TIMEOUT_MS / 1000} s`
  const cause = fault instanceof Error && fault.cause instanceof Error ? fault.cause : fault
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return code === '' ? sentenceOf(cause) : code
}

const tooLarge = () => new Error(`it is larger than ${MOST_BYTES / 1024 / 1024} MiB`)

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of chunks) {
    size += part.length
    if (size > MOST_BYTES) throw tooLarge()
    parts.push(part)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts))
  } catch {
    throw new Error('it is not UTF-8')
  }
}

async function fetched(url: string, signal: AbortSignal): Promise<string> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
  const response = await fetch(url, {
    redirect: 'manual',
    signal: within,
    headers: { accept: 'text/calendar, application/yaml, text/plain;q=0.5' },
  })
  if (response.status >= 300 && response.status < 400)
    throw new Error(`it answers ${response.status}, a redirect, which is not followed`)
  if (!response.ok || response.body === null) throw new Error(`it answers ${response.status}`)
  return textOf(response.body)
}

async function fromFile(path: string): Promise<string> {
  const file = await open(path)
  try {
    if (!(await file.stat()).isFile()) throw new Error('it is no file')
    return await textOf(file.createReadStream())
  } finally {
    await file.close()
  }
}

/** Reads rosters from files (relative to `folder`) and by HTTP; at most 4 MiB and 10 s. Rejects with a sentence without the address. */
export function rosterReader(folder: string) {
  return async ({ file, url }: RosterSource, signal: AbortSignal): Promise<string> => {
    try {
      return await (url === '' ? fromFile(resolve(folder, file)) : fetched(url, signal))
    } catch (fault) {
      throw new Error(reasonOf(fault), { cause: fault })
    }
  }
}
