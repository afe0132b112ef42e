import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ExplanationAnswer } from './api-schema.ts'
import { ERRORS, type ErrorCode } from './core/errors.ts'
import { isLawful, liveCity, PLACE, sound, type Device, type LiveCity } from './testdata/live-city.ts'

let city: LiveCity
let five: Device
let four: Device
beforeAll(async () => {
  city = await liveCity()
  ;[five, four] = await Promise.all([city.device(5), city.device(4)])
})
afterAll(async () => {
  await city.stop()
})

const MINUTE = 60_000
const DAY = 1440 * MINUTE
let sources = 0
/** A source of its own for every publish, so that what is told of it is its own. */
const newSource = (version: number) => `s${version}-${++sources}`

interface Bad {
  readonly what: string
  /** Made when it is sent, as times are relative to now. */
  readonly payload: () => unknown
  readonly code: ErrorCode
  readonly pointer: string
  readonly message: string
  readonly hint: string
}

const bad = (
  what: string,
  payload: () => unknown,
  code: ErrorCode,
  pointer: string,
  message: string,
  hint: string,
): Bad => ({ what, payload, code, pointer, message, hint })

const spoilt = (over: object) => () => sound(over)
const text = (made: string) => () => made
const iso = (ahead: number) => new Date(Date.now() + ahead).toISOString()

const BAD: readonly Bad[] = [
  bad('a cut object', text('{"indicator":"pm25"'), 'OB-json', '', 'not JSON', 'one JSON object'),
  bad('words', text('hello'), 'OB-json', '', 'not JSON', 'one JSON object'),
  bad('nothing', text(''), 'OB-empty', '', 'is empty', 'one JSON object'),
  bad(
    'a value in quotes',
    spoilt({ value: '12' }),
    'OB-type',
    '/value',
    'value is "12", expected a number',
    'type',
  ),
  bad(
    'an indicator that is no text',
    spoilt({ indicator: 5 }),
    'OB-type',
    '/indicator',
    'indicator is 5',
    'type',
  ),
  bad(
    'NaN',
    () => JSON.stringify(sound()).replace('12', 'NaN'),
    'OB-not-finite',
    '/value',
    'value is NaN',
    'Leave out',
  ),
  bad('null', spoilt({ value: null }), 'OB-not-finite', '/value', 'value is null', 'Leave out'),
  bad(
    'a number beyond doubles',
    () => JSON.stringify(sound()).replace('12', '1e400'),
    'OB-not-finite',
    '/value',
    '1e400',
    'Leave out',
  ),
  bad(
    'an unknown indicator',
    spoilt({ indicator: 'peple.count' }),
    'OB-indicator',
    '/indicator',
    '"peple.count" is not known',
    'Perhaps people.count?',
  ),
  bad('no value', spoilt({ value: undefined }), 'OB-missing', '/value', 'value is missing', 'Add value'),
  bad(
    'a value out of range',
    spoilt({ value: -3 }),
    'OB-range',
    '/value',
    'Value -3 of people.count is outside 0 to 20000',
    'unit (people)',
  ),
  bad(
    'a place in another city',
    spoilt({ lon: 116.39, lat: 39.9 }),
    'OB-outside',
    '/lon',
    'Place 116.39, 39.9 is outside',
    'reaches from lon 118.8',
  ),
  bad(
    'swapped degrees',
    spoilt({ lon: PLACE.lat, lat: PLACE.lon }),
    'OB-outside',
    '/lon',
    '32.10135, 118.891467',
    'look swapped',
  ),
  bad(
    'an unknown area',
    spoilt({ lon: undefined, lat: undefined, area: '110105' }),
    'OB-area',
    '/area',
    'Area "110105"',
    'official code',
  ),
  bad('no place', spoilt({ lon: undefined, lat: undefined }), 'OB-place', '', 'No place', 'Add lon and lat'),
  bad(
    'a time without offset',
    spoilt({ time: '2026-11-22T08:00:00' }),
    'OB-time',
    '/time',
    '2026-11-22T08:00:00',
    'offset is missing',
  ),
  bad(
    'a time to come',
    () => sound({ time: iso(60 * MINUTE) }),
    'OB-time-future',
    '/time',
    'ahead of now',
    'NTP',
  ),
  bad(
    'a time too old',
    () => sound({ time: iso(-8 * DAY) }),
    'OB-time-old',
    '/time',
    'behind now',
    'by import',
  ),
  bad('a person', spoilt({ phone: '13800001111' }), 'OB-personal', '/phone', 'phone may name', 'not people'),
  bad(
    'a poisoned object',
    () => JSON.stringify(sound()).replace('{', '{"__proto__":{"a":1},'),
    'OB-unknown-field',
    '/__proto__',
    '__proto__',
    'Remove',
  ),
  bad(
    'a field twice',
    () => JSON.stringify(sound()).replace('{', '{"value":1,'),
    'OB-duplicate',
    '/value',
    'value stands',
    'once',
  ),
  bad(
    'too many',
    () => Array.from({ length: 1001 }, () => ({})),
    'OB-batch',
    '',
    'more than 1000 observations, at most 1000 are taken',
    'Split',
  ),
  bad(
    'too deep',
    () => JSON.stringify(sound()).replace('{', `{"x":${'['.repeat(40)}${']'.repeat(40)},`),
    'OB-depth',
    '',
    'deeper than 16',
    'flat',
  ),
]

async function countOf(code: ErrorCode): Promise<readonly number[]> {
  const { refusedBy, quarantined } = await city.settled()
  const told = code === 'OB-time-future' ? quarantined : (refusedBy[code] ?? 0)
  const series =
    code === 'OB-time-future' ? 'observations_total{outcome="quarantined"}' : `refused_total{code="${code}"}`
  return [told, await city.metric(series)]
}

describe.each([4, 5] as const)('a bad payload by MQTT %i', (version) => {
  it.each(BAD)(
    '[MQ60] tells and counts $what',
    { timeout: 20_000 },
    async ({ payload, code, pointer, message, hint }) => {
      const device = version === 5 ? five : four
      const source = newSource(version)
      const before = await countOf(code)
      const { reason, sentence } = await device.send(source, payload())

      const told = await device.told(source, code)
      expect(told).toMatchObject({ code, pointer })
      expect(told.message).toContain(message)
      expect(told.hint).toContain(hint)
      expect(Math.abs(Date.now() - told.received)).toBeLessThan(20_000)
      expect(reason).toBe(version === 5 ? ERRORS[code].mqtt : 0)
      expect(sentence).toBe(
        version === 5 ? `${code}${pointer && ` at ${pointer}`}: ${told.message}. ${told.hint}` : '',
      )
      expect(await countOf(code)).toEqual(before.map((count) => count + 1))
      const [letter, ...others] = (await city.letters('acme')).filter((one) => one.source === source)
      expect(letter).toMatchObject({ code, pointer, message: told.message, hint: told.hint })
      expect(others).toEqual([])
    },
  )
})

describe('beside bad input', () => {
  it('[MQ61] takes the good ones of a batch', async () => {
    const before = await city.settled()
    const source = newSource(5)
    const batch = [
      sound({ id: `${source}-1` }),
      sound({ value: -1 }),
      sound({ id: `${source}-2` }),
      { indicator: 'pm25' },
    ]
    const { reason, sentence } = await five.send(source, batch)
    expect([reason, sentence]).toEqual([
      0,
      expect.stringMatching(/^2 of 4 refused: OB-range at \/1\/value: /),
    ])
    expect([
      (await five.told(source, 'OB-range')).pointer,
      (await five.told(source, 'OB-missing')).pointer,
    ]).toEqual(['/1/value', '/3/value'])
    const after = await city.settled()
    expect([after.applied - before.applied, after.refused - before.refused]).toEqual([2, 2])
    expect(isLawful(after)).toBe(true)
  })

  it('[MQ62] colours the city by what is sound', async () => {
    const source = newSource(4)
    await Promise.all([
      four.send(source, '{"indicator":'),
      four.send(source, sound({ indicator: 'pm25', value: 1 })),
      five.send(newSource(5), sound({ indicator: 'pm25', value: 3 })),
      five.send(source, sound({ indicator: 'pm25', value: 9000 })),
    ])
    await city.settled()
    const { readings } = await city.get<ExplanationAnswer>('/api/v1/areas/3201130100401012/explanation')
    expect(readings.find(({ indicator }) => indicator === 'pm25')).toMatchObject({
      value: 2,
      samples: 2,
    })
  })

  it('[MQ63] tells an observation that came too late', async () => {
    const before = await city.settled()
    const source = newSource(5)
    const time = Date.now() - 90 * MINUTE
    expect(await five.send(source, sound({ time }))).toEqual({ reason: 0, sentence: '' })
    const told = await five.told(source, 'OB-late')
    expect(told).toMatchObject({ pointer: '/time', code: 'OB-late' })
    expect(told.message).toContain(new Date(time).toISOString())
    expect(told.hint).toMatch(/^Send sooner: \d+ s are held for people\.count\.$/)
    const after = await city.settled()
    expect([after.late - before.late, after.applied - before.applied]).toEqual([1, 0])
    expect(await city.metric('observations_total{outcome="late"}')).toBe(after.late)
  })
})

describe('the wrong way in by MQTT', () => {
  it.each([
    ['MQ-topic', 'qingyu/v1/acme/observations', 'Topic qingyu/v1/acme/observations is not'],
    ['MQ-topic', 'readings/acme', 'Topic readings/acme is not qingyu/v1/acme/<source>/observations'],
    [
      'MQ-not-permitted',
      'qingyu/v1/other/s1/observations',
      'qingyu/v1/other/s1/observations is not permitted to acme',
    ],
  ] as const)('[MQ64] refuses by %s a publish to %s', async (code, topic, message) => {
    const before = await countOf(code)
    for (const device of [four, five]) {
      const told = device.feedback.length
      const { reason, sentence } = await device.publish(topic, JSON.stringify(sound()))
      expect(reason).toBe(device === five ? ERRORS[code].mqtt : 0)
      expect(sentence).toContain(device === five ? `${code}: ${message}` : '')
      await expect
        .poll(() => device.feedback.slice(told).map((one) => one.message))
        .toContainEqual(expect.stringContaining(message))
    }
    expect(await countOf(code)).toEqual(before.map((count) => count + 2))
    const letters = await city.letters('acme')
    expect(letters.find((one) => one.code === code && one.message.includes(message))).toMatchObject({
      source: '-',
    })
    expect(await city.letters('other')).toEqual([])
  })

  it('[MQ65] refuses wrong credentials in CONNACK', async () => {
    const series = 'mqtt_refused_total{code="MQ-credentials"}'
    const before = await city.metric(series)
    await expect(city.device(4, 'acme', { password: 'guess' })).rejects.toMatchObject({ code: 4 })
    await expect(city.device(5, 'nobody')).rejects.toMatchObject({ code: 0x86 })
    await expect(city.device(5, '')).rejects.toMatchObject({ code: 0x86 })
    expect(await city.metric(series)).toBe(before + 3)
    expect((await five.send(newSource(5), sound())).reason).toBe(0)
  })

  it('[MQ66] refuses a payload above the limit in both versions', async () => {
    const before = await countOf('OB-size')
    const source = newSource(4)
    const large = JSON.stringify(sound()) + ' '.repeat(70_000)
    const reader = await city.device(5)
    expect((await four.send(source, large)).reason).toBe(0)
    const told = await reader.told(source, 'OB-size')
    expect(told.message).toMatch(/^Payload has 70\d{3} bytes, at most 6\d{4} are taken$/)
    expect(told.hint).toContain('Split the batch')
    const clumsy = await city.device(5)
    const goodbye = new Promise((resolve) => clumsy.client.on('disconnect', resolve))
    await expect(clumsy.send(newSource(5), large)).rejects.toThrow('closed')
    expect(await goodbye).toMatchObject({ reasonCode: 0x95 })
    expect(await countOf('OB-size')).toEqual(before.map((count) => count + 2))
    expect((await city.letters('acme')).filter((one) => one.code === 'OB-size')).toHaveLength(2)
    reader.client.end(true)
  })
})

const call = (over: object = {}) => JSON.stringify({ service: 'noise', ...PLACE, ...over })
const JSON_TYPE = { 'content-type': 'application/json' }

const BAD_CALLS: readonly [
  what: string,
  body: () => string,
  code: ErrorCode,
  pointer: string,
  detail: string,
  hint: string,
  type?: string,
][] = [
  ['a cut object', () => '{"service":', 'OB-json', '', 'not JSON', 'one JSON object'],
  ['nothing', () => '', 'OB-empty', '', 'empty', 'one JSON object'],
  ['a list', () => '[]', 'HL-field', '/body', 'body is an array, expected one JSON object', 'body'],
  ['another type', () => call(), 'HL-media', '', 'application/xml', 'form data or JSON', 'application/xml'],
  ['too much', () => call({ note: 'x'.repeat(300_000) }), 'OB-size', '', 'at most 262144', 'Split'],
  [
    'a number as service',
    () => call({ service: 5 }),
    'HL-field',
    '/service',
    'service is a number',
    'service',
  ],
  [
    'an unknown service',
    () => call({ service: 'sinkhole' }),
    'HL-service',
    '/service',
    'sinkhole',
    'services',
  ],
  ['no service', () => JSON.stringify(PLACE), 'HL-field', '/service', 'service is missing', 'service'],
  [
    'degrees in words',
    () => call({ lon: 'east' }),
    'OB-type',
    '/lon',
    'lon is a text of 4 characters',
    'lon',
  ],
  ['a place elsewhere', () => call({ lon: 0, lat: 0 }), 'OB-outside', '/lon', 'Place 0, 0', 'without a fix'],
  [
    'swapped degrees',
    () => call({ lon: PLACE.lat, lat: PLACE.lon }),
    'OB-outside',
    '/lon',
    'outside',
    'swapped',
  ],
  ['no place', () => JSON.stringify({ service: 'noise' }), 'OB-place', '', 'No place', 'Add lon'],
  ['a time to come', () => call({ time: iso(DAY) }), 'OB-time-future', '/time', 'ahead', 'NTP'],
  ['a time too old', () => call({ time: iso(-8 * DAY) }), 'OB-time-old', '/time', 'behind', 'import'],
  ['no time at all', () => call({ time: 'yesterday' }), 'OB-time', '/time', 'a text of 9', 'ISO 8601'],
]

describe('a bad call by HTTP', () => {
  it.each(BAD_CALLS)(
    '[GW60] answers, counts and keeps %s',
    async (_what, body, code, pointer, detail, hint, type) => {
      const before = await countOf(code)
      const kept = (await city.letters('hotline')).length
      const answer = await city.post('/api/v1/reports', body(), type ? { 'content-type': type } : JSON_TYPE)
      expect(answer.headers.get('content-type')).toContain('application/problem+json')
      const problem = (await answer.json()) as {
        code: string
        status: number
        detail: string
        hint: string
        errors?: { pointer: string }[]
      }
      expect([answer.status, problem.status, problem.code]).toEqual([
        ERRORS[code].http,
        ERRORS[code].http,
        code,
      ])
      expect(problem.detail).toContain(detail)
      expect(problem.hint).toContain(hint)
      expect(problem.errors?.[0]?.pointer ?? pointer).toBe(pointer)
      expect(await countOf(code)).toEqual(before.map((count) => count + 1))
      const letters = await city.letters('hotline')
      expect([letters.length, letters[0]?.code]).toEqual([kept + 1, code])
    },
  )

  it('[GW61] counts what never was an observation by code', async () => {
    const counted = (code: string) => city.metric(`http_refused_total{code="${code}"}`)
    const received = (await city.settled()).received
    const before = [await counted('GW-not-found'), await counted('GW-origin'), await counted('GW-parameter')]
    expect((await city.post('/api/v1/nothing', '{}')).status).toBe(404)
    expect(
      (await city.post('/api/v1/reports', call(), { ...JSON_TYPE, origin: 'http://evil.example' })).status,
    ).toBe(403)
    await expect(city.get('/api/v1/levels?depth=village')).rejects.toThrow('400')
    const after = [await counted('GW-not-found'), await counted('GW-origin'), await counted('GW-parameter')]
    expect(after).toEqual(before.map((count) => count + 1))
    expect((await city.settled()).received).toBe(received)
  })

  it('[GW62] counts a refused Open311 call once', async () => {
    const before = await city.settled()
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    for (const body of ['', 'service_code=none&lat=32.1&long=118.9', 'service_code=noise&lat=north&long=1'])
      expect((await city.post('/open311/v2/requests.json', body, form)).ok).toBe(false)
    expect((await city.post('/open311/v2/requests.json', '{"service_code":', JSON_TYPE)).status).toBe(400)
    const after = await city.settled()
    expect([after.received - before.received, after.refused - before.refused]).toEqual([4, 4])
    expect(isLawful(after)).toBe(true)
  })

  it('[GW63] counts a sound call beside the bad ones', async () => {
    const before = await city.settled()
    const answers = await Promise.all([
      city.post('/api/v1/reports', '{'),
      city.post('/api/v1/reports', call({ id: `call-${sources++}` })),
      city.post('/api/v1/reports', call({ lon: 500 })),
    ])
    expect(answers.map((answer) => answer.status)).toEqual([400, 201, 422])
    const after = await city.settled()
    expect([after.applied - before.applied, after.refused - before.refused]).toEqual([1, 2])
  })
})

describe('the counts', () => {
  it('[OB85] hold the law after all of this, and show it in both places', async () => {
    await five.send(newSource(5), [sound(), {}, sound({ time: iso(DAY) })])
    const stats = await city.settled()
    expect(isLawful(stats)).toBe(true)
    expect(await city.metrics('observations_total')).toBe(stats.received)
    expect(await city.metric('received_total')).toBe(stats.received)
    expect(await city.metrics('refused_total')).toBe(stats.refused)
  })
})
