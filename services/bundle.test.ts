import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openArchive } from './adapters/archive.parquet.ts'
import { TABLE_COLUMNS } from './adapters/archive-tables.ts'
import { readTable } from './adapters/parquet-table.ts'
import { bundleCommand } from './app-bundle-command.ts'
import { bundleFolder } from './archive-folder.ts'
import { readConfig } from './config.ts'
import type { Table } from './core/archive.ts'
import type { BundleManifest } from './core/bundle-manifest.ts'
import type { BundleView, ReplayView, Timeline } from './core/replay-wire.ts'
import { CANARIES, found } from './testdata/canaries.ts'
import { liveCity, PLACE, sound, type LiveCity } from './testdata/live-city.ts'
import { HouseWall, until } from './testdata/replay-house.ts'

/** A city with people who sign in without a password, and without the simulator. */
const SECTIONS = {
  demo: { enabled: true },
  cluster: { stages: 'ingest,aggregate,alert,archive,gateway' },
  archive: { every: '1s', keyframe: 20 },
}

/** What a person of a city asks for. */
interface Person {
  ask(method: string, path: string, body?: unknown, type?: string): Promise<Response>
  json<Answer>(method: string, path: string, body?: unknown): Promise<Answer>
}

async function enter({ app }: LiveCity, person: string): Promise<Person> {
  const headers = { 'content-type': 'application/json' }
  const signed = await fetch(new URL('/api/v1/session', app.http), {
    method: 'POST',
    headers,
    body: JSON.stringify({ person }),
  })
  const cookie = (signed.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const ask: Person['ask'] = (method, path, body, type = 'application/json') =>
    fetch(new URL(path, app.http), {
      method,
      headers: { cookie, ...(body !== undefined && { 'content-type': type }) },
      ...(body !== undefined && { body: Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
    })
  return {
    ask,
    async json<Answer>(method: string, path: string, body?: unknown) {
      const answer = await ask(method, path, body)
      return (await answer.json()) as Answer
    },
  }
}

let here: LiveCity
let there: LiveCity
let chief: Person
let trainer: Person
let view: BundleView
let zip: Buffer

/** Observations and a call, with what names somebody wherever a sender might write it; then an alert that somebody comments. */
async function liveThrough(): Promise<void> {
  const device = await here.device(5)
  for (const [i, canary] of CANARIES.entries()) {
    await device.send(`s${i}`, sound({ value: 300 + i }))
    await device.send(`s${i}`, sound({ caller: { phone: canary }, note: canary }))
    await here.post(
      '/api/v1/reports',
      JSON.stringify({ indicator: 'noise.complaint', ...PLACE, name: canary, phone: canary }),
    )
  }
  const raised = { areas: ['320113010'], category: 'crowd', rank: 3, headline: 'smoke over the lake' }
  const done = await chief.ask('POST', '/api/v1/alerts', raised)
  if (!done.ok) throw new Error(await done.text())
  await here.settled()
}

beforeAll(async () => {
  ;[here, there] = await Promise.all([liveCity(SECTIONS), liveCity(SECTIONS)])
  ;[chief, trainer] = await Promise.all([enter(here, 'supervisor'), enter(there, 'supervisor')])
  await liveThrough()
  view = await chief.json<BundleView>('POST', '/api/v1/bundles', { minutes: 1, name: '演练 13952017788' })
  zip = Buffer.from(await (await chief.ask('GET', `/api/v1/bundles/${view.id}`)).arrayBuffer())
}, 120_000)
afterAll(async () => {
  await Promise.all([here.stop(), there.stop()])
})

describe('a bundle from one installation to another', { timeout: 120_000 }, () => {
  it('[BU18] keeps the last minutes up to now as one file with a name of its own', async () => {
    expect(view).toMatchObject({ signature: 'own', source: 'kept', incident: '', name: '演练 …' })
    const answer = await chief.ask('GET', `/api/v1/bundles/${view.id}`)
    expect(answer.headers.get('content-disposition')).toMatch(
      /filename="[\w-]+-\d{4}-\d\d-\d\d\.qingyu\.zip"/,
    )
    const files = unzipSync(zip)
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining(['manifest.json', 'signature.json', 'README.txt']),
    )
    const listed = await here.get<{ bundles: BundleView[] }>('/api/v1/bundles')
    expect(listed.bundles.map(({ id }) => id)).toEqual([view.id])
  })

  it('[BU19] opens in an empty installation and replays to the same frames as where it was made', async () => {
    const opened = (await (
      await trainer.ask('POST', '/api/v1/bundles/open', zip, 'application/zip')
    ).json()) as BundleView
    expect(opened).toMatchObject({ id: view.id, signature: 'unknown', source: 'brought', key: view.key })
    const at = view.to - 200
    const shown = async (city: LiveCity, by: Person, wanted: object) => {
      const session = await by.json<ReplayView>('POST', '/api/v1/replays', { at, ...wanted })
      await until(
        async () => (await city.get<ReplayView>(`/api/v1/replays/${session.id}`)).state === 'paused',
      )
      const wall = new HouseWall(new URL(`${session.path}ws`, city.app.http).href.replace(/^http/, 'ws'), [
        'qingyu.v1',
      ])
      await until(() => wall.frames.length > 0)
      await by.json('POST', `/api/v1/replays/${session.id}/step`, { ticks: 1 })
      await until(() => wall.frames.length > 1)
      wall.socket.terminate()
      return wall.frames.map(({ name, bytes }) => `${name} ${bytes.toString('hex')}`)
    }
    const [made, brought] = [await shown(here, chief, {}), await shown(there, trainer, { bundle: view.id })]
    expect(brought).toEqual(made)
    const timeline = await there.get<Timeline>(`/api/v1/timeline?bundle=${view.id}`)
    expect(timeline.alerts).toMatchObject([{ headline: 'smoke over the lake' }])
    expect(timeline.to).toBe(view.to)
  })

  it('[BU20] holds nobody but people by their ids, and nothing of callers', async () => {
    const files = unzipSync(zip)
    const leaks = Object.entries(files).flatMap(([path, bytes]) => found(path, bytes))
    for (const [path, bytes] of Object.entries(files)) {
      const table = /\/(\w+)\/day=/.exec(path)?.[1] as Table | undefined
      if (table === undefined) continue
      for await (const columns of readTable(bytes, TABLE_COLUMNS[table])) {
        const text = JSON.stringify(columns, (_, value: unknown) =>
          typeof value === 'bigint' ? String(value) : value,
        )
        leaks.push(...found(path, text))
      }
    }
    const folder = join(bundleFolder({ data: { dir: here.app.data } }), view.id)
    const archive = openArchive(folder)
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as BundleManifest
    for (const hash of manifest.plans) leaks.push(...found('plan', JSON.stringify(await archive.plan(hash))))
    for await (const slices of archive.read(view.from, view.to))
      for (const { parts } of slices)
        for (const { records } of parts) for (const record of records) leaks.push(...found('record', record))
    expect(leaks).toEqual([])
    expect(JSON.stringify(files['README.txt'] && Buffer.from(files['README.txt']).toString())).toContain(
      'qingyu bundle open',
    )
  })

  it('[BU21] is made, given out, taken in and dropped only by who may', async () => {
    const officer = await enter(here, 'officer')
    const anybody: Person['ask'] = (method, path) => fetch(new URL(path, here.app.http), { method })
    for (const [method, path] of [
      ['POST', '/api/v1/bundles'],
      ['POST', '/api/v1/bundles/open'],
      ['GET', `/api/v1/bundles/${view.id}`],
      ['DELETE', `/api/v1/bundles/${view.id}`],
    ] as const) {
      expect([path, (await anybody(method, path)).status]).toEqual([path, 401])
      expect([path, (await officer.ask(method, path)).status]).toEqual([path, 403])
    }
  })

  it('[BU22] says what is wrong with a wish, and with what is brought', async () => {
    const now = Date.now()
    const code = async (wish: object) =>
      (await chief.json<{ code: string }>('POST', '/api/v1/bundles', wish)).code
    expect(await code({})).toBe('RY-field')
    expect(await code({ minutes: 1, incident: 'i1-1' })).toBe('RY-field')
    expect(await code({ from: now - 1000 })).toBe('RY-field')
    expect(await code({ from: now - 1000, to: now + 3_600_000 })).toBe('RY-future')
    expect(await code({ from: now - 40 * 86_400_000, to: now - 1000 })).toBe('RY-field')
    expect(await code({ from: now - 7_200_000, to: now - 7_000_000 })).toBe('AV-gap')
    expect(await code({ incident: 'i1-1' })).toBe('AL-unknown')
    expect(await code({ minutes: 0 })).toBe('GW-parameter')
    const brought = async (bytes: Buffer, type?: string) => {
      const answer = await trainer.ask('POST', '/api/v1/bundles/open', bytes, type ?? 'application/zip')
      return ((await answer.json()) as { code: string }).code
    }
    expect(await brought(Buffer.from('no zip'))).toBe('BU-file')
    expect(await brought(zip.subarray(0, zip.length >> 1))).toBe('BU-file')
    expect(await brought(zip, 'text/plain')).toBe('HL-media')
  })

  it('[BU24] is exported, verified and opened on the command line, beside the program', async () => {
    const out = join(mkdtempSync(join(tmpdir(), 'qingyu-command-')), 'out.qingyu.zip')
    onTestFinished(() => rmSync(dirname(out), { recursive: true, force: true }))
    let said = ''
    const run = async (dir: string, ...args: string[]) => {
      said = ''
      return bundleCommand(args, {
        configured: () => readConfig(resolve('config/qingyu.yaml'), {}, { data: { dir } }),
        screen: { write: (text) => (said += text) },
        log: { warn: () => undefined },
      })
    }
    const [from, to] = [view.from, view.to].map((at) => new Date(at).toISOString())
    expect(await run(here.app.data, 'export', '--from', from ?? '', '--to', to ?? '', '--out', out)).toBe(0)
    expect(said).toContain(view.key)
    expect(await run(here.app.data, 'verify', out)).toBe(0)
    expect(said).toContain(`own ${view.key}`)
    expect(await run(there.app.data, 'verify', out)).toBe(0)
    expect(said).toContain('unknown')
    expect(await run(there.app.data, 'open', out)).toBe(0)
    const id = /[0-9a-f]{16}/.exec(said)?.[0] ?? ''
    const { bundles } = await there.get<{ bundles: BundleView[] }>('/api/v1/bundles')
    expect(bundles.find((bundle) => bundle.id === id)).toMatchObject({ from: view.from, source: 'brought' })
    const bytes = readFileSync(out)
    writeFileSync(out, bytes.subarray(0, bytes.length - 9))
    await expect(run(there.app.data, 'verify', out)).rejects.toThrow(
      expect.objectContaining({ code: 'BU-file' }),
    )
    await expect(run(there.app.data, 'verify')).rejects.toThrow(expect.objectContaining({ code: 'CF-usage' }))
    await expect(run(dirname(out), 'export', '--from', 'x', '--out', out)).rejects.toThrow(
      expect.objectContaining({ code: 'BU-key' }),
    )
  })

  it('[BU23] keeps an alert from before its birth, whoever raised it, and goes when it is dropped', async () => {
    const { alerts } = await chief.json<{ alerts: { id: string; raised: number }[] }>('GET', '/api/v1/alerts')
    const [alert] = alerts
    const kept = await chief.json<BundleView>('POST', '/api/v1/bundles', { alert: alert?.id })
    expect(kept.from).toBeLessThan(alert?.raised ?? 0)
    expect(kept.to).toBeGreaterThanOrEqual(alert?.raised ?? Infinity)
    expect((await chief.ask('DELETE', `/api/v1/bundles/${kept.id}`)).status).toBe(204)
    expect((await chief.ask('GET', `/api/v1/bundles/${kept.id}`)).status).toBe(404)
    expect(readdirSync(bundleFolder({ data: { dir: here.app.data } }))).toEqual([view.id])
  })
})
