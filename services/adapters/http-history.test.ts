import { afterEach, describe, expect, it } from 'vitest'
import type { ReadingsAnswer } from '../api-schema.ts'
import type { Damage, Manifest, Span } from '../core/archive.ts'
import type { Timeline } from '../core/replay-wire.ts'
import { QingyuError } from '../core/errors.ts'
import type { HistoryDoor } from '../history-port.ts'
import { askerOf, startDeskServer, type DeskServer } from '../testdata/desk-server.ts'
import { sampleAlertLine, sampleIncidentLine, sampleSegment } from '../testdata/sample-segment.ts'
import { smallPlan } from '../testdata/small-city.ts'
import { livePicture } from '../timeline.ts'
import { START } from '../testdata/small-server.ts'

const HOUR = 3_600_000
let server: DeskServer
afterEach(() => server.stop())

/** An archive of segments, each told by its manifest alone. */
function told(manifests: readonly Manifest[], damages: readonly Damage[] = []): HistoryDoor['archive'] {
  return {
    spans: () => Promise.resolve(manifests.map(({ epoch, after, to }): Span => ({ epoch, after, to }))),
    manifests: (after, to) => Promise.resolve(manifests.filter((each) => each.to > after && each.after < to)),
    damages: () => damages,
  }
}

/** The hours before the city of the test began, the newest last. */
function hours(count: number, digest: Parameters<typeof sampleSegment>[1] = {}): Manifest[] {
  return Array.from({ length: count }, (_, i) => {
    const to = START - (count - 1 - i) * HOUR
    return sampleSegment(0, digest, { after: to - HOUR, to })
  })
}

async function open(manifests: readonly Manifest[], damages: readonly Damage[] = []): Promise<void> {
  const nobody = (id: string) => Promise.reject(new QingyuError('GW-not-found', { value: `Bundle ${id}` }))
  await serve(told(manifests, damages), nobody)
}

async function serve(archive: HistoryDoor['archive'], bundle: HistoryDoor['bundle']): Promise<void> {
  const { grid, scheme } = smallPlan()
  const live = () =>
    livePicture(server.gateway.picture, scheme, {
      incidents: server.desk.incidents().values(),
      alerts: server.desk.alerts(),
    })
  server = await startDeskServer({
    history: { archive, grid, scheme, live, writing: archive !== null, bundle, bundles: null },
  })
}

const timeline = async (query: string, as = askerOf(server.url, {})) =>
  (await as.get(`/api/v1/timeline?${query}`)).body as unknown as Timeline & { code?: string }

describe('timeline over HTTP', () => {
  it('[HI11] answers what happened between two times, with what is damaged', async () => {
    const damage = { path: 'a.parquet', code: 'AV-file', message: 'cut short', after: 0, to: 1 }
    await open(hours(3), [damage])
    const { times, levels, held, damages } = await timeline(`from=${START - 2 * HOUR}&to=${START}`)
    expect(times.at(-1)).toBe(START)
    expect(levels['red']).toEqual([0, 1, 0, 0, 0, 1, 0, 0])
    expect(held).toHaveLength(3)
    expect(damages).toEqual([{ path: 'a.parquet', message: 'cut short' }])
  })

  it('[HI12] tells the day before live where no time is named, with the alert that was raised just now', async () => {
    await open(hours(3))
    const id = await server.alarm()
    const { from, to, alerts, live, levels } = await timeline('')
    expect(to).toBe(server.gateway.picture.tick)
    expect([to - from, live]).toEqual([24 * HOUR, to])
    expect(alerts.map((alert) => alert.id)).toEqual([id])
    expect(levels['orange']?.at(-1)).toBe(1)
  })

  it('[HI13] names who did what only to who is signed in', async () => {
    await open(hours(1, { actions: [{ at: START - 5, verb: 'note', subject: 'a1', person: 'li' }] }))
    const query = `from=${START - HOUR}&to=${START}`
    expect((await timeline(query)).actions).toMatchObject([{ verb: 'note', person: '' }])
    expect((await timeline(query, await server.enter('li'))).actions).toMatchObject([{ person: 'li' }])
  })

  it('[HI14] tells of an area only its incidents, alerts and actions', async () => {
    const { grid } = smallPlan()
    const [here, there] = ['3201001', '3202001'].map((code) => grid.indexOf(code) ?? 0)
    const centreOf = (area = 0): [number, number] => [
      grid.centres[2 * area] ?? 0,
      grid.centres[2 * area + 1] ?? 0,
    ]
    const raised = START - 5
    await open(
      hours(1, {
        incidents: [
          sampleIncidentLine('i1', { born: raised, centre: centreOf(here) }),
          sampleIncidentLine('i2', { born: raised, centre: centreOf(there) }),
        ],
        alerts: [
          sampleAlertLine('a1', { raised, area: here ?? 0 }),
          sampleAlertLine('a2', { raised, area: there ?? 0 }),
        ],
        actions: [
          { at: raised, verb: 'acknowledge', subject: 'a1', person: 'li' },
          { at: raised, verb: 'acknowledge', subject: 'a2', person: 'li' },
        ],
      }),
    )
    const { incidents, alerts, actions } = await timeline(`from=${START - HOUR}&to=${START}&area=3201`)
    expect(incidents.map(({ id }) => id)).toEqual(['i1'])
    expect(alerts.map(({ id }) => id)).toEqual(['a1'])
    expect(actions.map(({ subject }) => subject)).toEqual(['a1'])
  })

  it('[HI15] refuses times that are none, that end before they begin or are more than 400 days apart', async () => {
    await open(hours(1))
    for (const [query, code] of [
      ['from=yesterday', 'GW-parameter'],
      [`from=${START}&to=${START - 1}`, 'RY-field'],
      [`from=${START - 401 * 24 * HOUR}&to=${START}`, 'RY-field'],
      ['area=nowhere', 'GW-area'],
      ['bundle=0123456789abcdef', 'GW-not-found'],
    ])
      expect([query, (await timeline(query ?? '')).code]).toEqual([query, code])
  })

  it('[HI16] tells what live knows where nothing is archived', async () => {
    await serve(null, () => Promise.reject(new QingyuError('GW-not-found', { value: 'x' })))
    await server.ticks(1)
    const { held, live, to, writing } = await timeline('')
    expect([held, live, writing]).toEqual([[], to, false])
  })
})

describe('readings over HTTP', () => {
  it('[HI26] folds panes of any area to a resolution, and says what was left out', async () => {
    await open([])
    await server.alarm()
    await server.ticks(660)
    await server.alarm(1)
    await server.ticks(301)
    const read = async (query: string, code = '3201001') =>
      (
        await askerOf(server.url, {}).get(
          `/api/v1/areas/${code}/readings?indicator=pm25&from=${START}&${query}`,
        )
      ).body
    const panes = (await read('')) as unknown as ReadingsAnswer
    expect(panes).toMatchObject({ fold: 'mean', cut: false })
    const hours = (await read('resolution=1h', '32')) as unknown as ReadingsAnswer
    expect(hours).toMatchObject({ resolution: HOUR, cut: false })
    expect(hours.readings).toMatchObject([{ value: 200, samples: 4 }])
    expect(hours.areas).toBeGreaterThan(1)
    expect(await read('resolution=1h&most=1', '3201')).toMatchObject({ cut: false })
    expect(await read('most=1', '32')).toMatchObject({ cut: true })
    for (const bad of ['7m', '0', '1s', '1w', '36h', 'hour'])
      expect((await read(`resolution=${bad}`)).code).toBe('GW-parameter')
  })

  it('[HI18] refuses levels of the future, and of the archive where none is read', async () => {
    await open([])
    await server.ticks(1)
    const code = async (query: string) =>
      (await askerOf(server.url, {}).get(`/api/v1/levels?${query}`)).body.code
    expect(await code(`at=${START + HOUR}`)).toBe('RY-future')
    expect(await code(`at=${START}&source=archive`)).toBe('AV-gap')
    expect(await code(`at=${START}&source=oracle`)).toBe('GW-parameter')
  })
})
