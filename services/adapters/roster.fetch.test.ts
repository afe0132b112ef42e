import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HttpReceiver } from '../testdata/http-receiver.ts'
import { rosterReader } from './roster.fetch.ts'

const folder = mkdtempSync(join(tmpdir(), 'qingyu-roster-'))
afterAll(() => rmSync(folder, { recursive: true }))
const read = rosterReader(folder)
const never = new AbortController().signal

let server: HttpReceiver
beforeEach(async () => {
  server = await HttpReceiver.start()
})
afterEach(() => server.stop())
const url = (path = '/roster.ics?key=s3cret') => `http://127.0.0.1:${server.port}${path}`
const refused = (where: string) =>
  read({ file: '', url: where }, never).then(
    () => 'taken',
    (fault: unknown) => String(fault),
  )

describe('where rosters are read from', () => {
  it('[RO31] reads a file beside the configuration and a document by HTTP', async () => {
    writeFileSync(join(folder, 'street.yaml'), 'areas: {} # 街道')
    expect(await read({ file: 'street.yaml', url: '' }, never)).toBe('areas: {} # 街道')
    server.answer = (reply) => reply.writeHead(200).end('BEGIN:VCALENDAR')
    expect(await read({ file: '', url: url() }, never)).toBe('BEGIN:VCALENDAR')
    expect(server.received[0]?.headers.accept).toContain('text/calendar')
  })

  it('[RO31] names why there is none, without the address', async () => {
    server.says(404)
    expect(await refused(url())).toBe('Error: it answers 404')
    server.says(302, { location: 'http://127.0.0.1:1/' })
    expect(await refused(url())).toBe('Error: it answers 302, a redirect, which is not followed')
    server.answer = (reply) => reply.writeHead(200).end(Buffer.from([0xff, 0xfe, 0x00]))
    expect(await refused(url())).toBe('Error: it is not UTF-8')
    expect(await refused('http://127.0.0.1:1/?key=s3cret')).toMatch(/^Error: (ECONNREFUSED|bad port)$/)
    await expect(read({ file: 'none.yaml', url: '' }, never)).rejects.toThrow('ENOENT')
    await expect(read({ file: '.', url: '' }, never)).rejects.toThrow(/EISDIR|it is no file/)
  })

  it('[RO31] reads no more than 4 MiB', async () => {
    server.answer = (reply) => reply.writeHead(200).end(Buffer.alloc(4 * 1024 * 1024 + 1, 0x20))
    expect(await refused(url())).toBe('Error: it is larger than 4 MiB')
  })

  it('[RO31] lets go of a source that hangs when it is stopped', async () => {
    const stopping = new AbortController()
    server.answer = () => stopping.abort(new Error('stopped'))
    await expect(read({ file: '', url: url() }, stopping.signal)).rejects.toThrow('stopped')
  })
})
