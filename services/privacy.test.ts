import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { redact, repeatable } from './core/personal.ts'
import { shownTopic } from './core/topic.ts'
import { built, keptPort, load, settled, type Program } from './testdata/app-process.ts'
import { CANARIES, found } from './testdata/canaries.ts'
import { demoPlan } from './testdata/folder-contents.ts'

const { grid } = demoPlan()
const CELL = grid.depths.findIndex((depth) => depth === grid.levels.length - 1)
const code = grid.codes[CELL] ?? ''
const [lon, lat] = [grid.centres[2 * CELL] ?? 0, grid.centres[2 * CELL + 1] ?? 0]
const ALL = CANARIES.join(' ')
const TOPIC = 'qingyu/v1/acme/camera-1/observations'

interface Place {
  readonly program: Program
  readonly dir: string
  /** Everything that was told to whoever listens or asked, apart from what a sender is answered at once. */
  readonly told: Map<string, string>
}

async function start(): Promise<Place> {
  const dir = mkdtempSync(join(tmpdir(), 'qingyu-privacy-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const program = load({
    dir,
    mqttPort: await keptPort(),
    httpPort: await keptPort(),
    args: [],
    settings: { QINGYU_CLOCK__TICK: '200ms' },
  })
  program.go()
  await program.ready()
  return { program, dir, told: new Map() }
}

const good = (more: object = {}) => ({
  indicator: 'people.count',
  value: 400,
  time: Date.now(),
  area: code,
  ...more,
})

/** Payloads with a canary at every place where one can stand. */
function payloads(canary: string): (string | Buffer)[] {
  const personal = ['name', 'phone', 'plate', 'email', 'id_card', '姓名', 'caller', 'contact']
  const own = ['indicator', 'value', 'time', 'lon', 'lat', 'area', 'address', 'id', 'unit', 'note', 'remark']
  const objects = [
    ...personal.flatMap((field) => [
      good({ [field]: canary }),
      good({ extra: { deep: [{ [field]: canary }] } }),
      good({ [field]: { first: canary } }),
    ]),
    ...own.flatMap((field) => [
      good({ [field]: canary }),
      good({ [field]: [canary] }),
      good({ [field]: { [canary]: canary } }),
      good({ [field]: `${canary} ${canary}` }),
    ]),
    good({ [canary]: 1 }),
    good({ [canary]: { phone: canary } }),
    good({ extra: { [canary]: { name: 1 } } }),
    good({ [`x${canary}`]: { [canary]: null, __proto__x: canary } }),
    good({ value: -1, note: canary }),
    good({ time: 0, id: canary }),
    good({ time: Date.now() + 3_600_000, id: canary }),
    good({ area: undefined, id: canary }),
    good({ indicator: 'people.coutn', id: canary }),
  ].map((each) => JSON.stringify(each))
  const whole = JSON.stringify(good({ note: canary }))
  return [
    ...objects,
    `[${objects.join(',')}]`,
    canary,
    JSON.stringify(canary),
    `[${JSON.stringify(canary)}]`,
    `{"indicator":${canary}}`,
    `{"value":${canary},"time":"${canary}`,
    `{"${canary}":`,
    `{"note":"${canary}","note":"${canary}"}`,
    `{"${canary}":1,"${canary}":2}`,
    whole.slice(0, -3),
    whole.replace(/"/g, "'"),
    `${whole}${canary}`,
    `{"id":"${canary}\\`,
    Buffer.from(whole, 'utf16le'),
    '['.repeat(40) + `"${canary}"` + ']'.repeat(40),
    JSON.stringify({ ...good(), note: canary.repeat(400) }),
    JSON.stringify({ ...good(), note: `${canary} `.repeat(9000) }),
  ]
}

/** Remembers reason strings of acknowledgements and what comes on the feedback topics. */
function overhear(client: MqttClient, told: Map<string, string>, name: string): void {
  let count = 0
  const keep = (what: string, text: string) => told.set(`${name} ${what} ${count++}`, text)
  client.on('message', (topic, payload) => keep('message', `${topic} ${payload.toString('utf8')}`))
  client.on('packetreceive', (packet) => keep(packet.cmd, JSON.stringify(packet)))
}

async function publishAll({ program, told }: Place, protocolVersion: 4 | 5): Promise<void> {
  const client = await connectAsync({
    port: program.mqttPort,
    host: '127.0.0.1',
    protocolVersion,
    clientId: `canary-${CANARIES[1] ?? ''}`,
    will: { topic: `qingyu/v1/acme/${ALL}`, payload: Buffer.from(ALL), qos: 1, retain: false },
    ...(protocolVersion === 5 && { properties: { userProperties: { [ALL]: ALL } } }),
  })
  for (const vendor of ['acme', '-', 'hotline'])
    await client.subscribeAsync(`qingyu/v1/${vendor}/+/feedback`).catch(() => undefined)
  overhear(client, told, `mqtt ${protocolVersion}`)
  const properties =
    protocolVersion === 5
      ? { userProperties: { note: ALL, [ALL]: '1' }, contentType: ALL, correlationData: Buffer.from(ALL) }
      : {}
  const options = { qos: 1, ...(protocolVersion === 5 && { properties }) } as const
  for (const canary of CANARIES) {
    // Above the limit an MQTT 5 client is disconnected, and this one would send it for ever.
    const most = protocolVersion === 5 ? 60_000 : Infinity
    const sent = payloads(canary)
      .filter((payload) => Buffer.byteLength(payload) < most)
      .map((payload) => client.publishAsync(TOPIC, payload, options))
    const topics = [`people/${canary}`, `qingyu/v1/acme/${canary}/observations/x`, `qingyu/v1/${canary}`]
    sent.push(...topics.map((topic) => client.publishAsync(topic, `{"note":"${canary}"}`, options)))
    // MQTT 5 refusals by reason code reject; 3.1.1 knows none.
    await Promise.allSettled(sent)
  }
  await client.endAsync()
}

async function knockWithNames({ program }: Place): Promise<void> {
  for (const canary of CANARIES)
    await expect(
      connectAsync({
        port: program.mqttPort,
        host: '127.0.0.1',
        username: canary,
        password: canary,
        clientId: canary,
        reconnectPeriod: 0,
      }),
    ).rejects.toThrow(/not authorized|refused/i)
}

/** Posts a body in every form; what the sender is answered is kept, too: personal fields are not quoted even to him. */
async function reportAll({ program, told }: Place): Promise<void> {
  let count = 0
  const post = async (path: string, type: string, body: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(program.http + path, {
      method: 'POST',
      headers: { 'content-type': type, ...headers },
      body,
    })
    told.set(
      `answer ${count++} of POST ${path} ${answer.status} to ${body.slice(0, 200)}`,
      await answer.text(),
    )
  }
  const fields = [
    'first_name',
    'last_name',
    'phone',
    'email',
    'description',
    'media_url',
    'account_id',
    'device_id',
  ]
  const own = [
    'service_code',
    'lat',
    'long',
    'address_string',
    'address_id',
    'requested_datetime',
    'jurisdiction_id',
  ]
  for (const canary of CANARIES) {
    const call = { service_code: 'water', lat: String(lat), long: String(lon) }
    const personal = { ...call, ...Object.fromEntries(fields.map((field) => [field, canary])) }
    const variants: Record<string, string>[] = [
      { ...personal, service_request_id: canary },
      { service_code: 'water', address_string: `文苑路 1 号 ${canary}`, phone: canary },
      ...own.map((field) => ({ ...personal, [field]: canary })),
      ...own.map((field) => ({ ...personal, [field]: `${canary} `.repeat(60) })),
      { ...personal, [`attribute[${canary}]`]: canary },
    ]
    for (const format of ['json', 'xml'])
      for (const variant of variants) {
        const path = `/open311/v2/requests.${format}`
        await post(path, 'application/json', JSON.stringify(variant))
        await post(path, 'application/x-www-form-urlencoded', new URLSearchParams(variant).toString())
      }
    const native = { indicator: 'call.water', time: Date.now(), area: code, note: canary, name: canary }
    for (const body of [
      { ...native, id: canary },
      ...['service', 'indicator', 'area', 'address', 'time', 'lon', 'lat', 'id'].flatMap((field) => [
        { ...native, [field]: canary },
        { ...native, [field]: [canary] },
        { ...native, [field]: { [canary]: canary } },
        { ...native, [field]: `${canary} `.repeat(60) },
      ]),
      [native],
      canary,
    ])
      await post('/api/v1/reports', 'application/json', JSON.stringify(body))
    const headers = {
      'idempotency-key': encodeURIComponent(canary),
      'user-agent': encodeURIComponent(canary),
    }
    await post('/api/v1/reports', 'application/json', JSON.stringify(native), headers)
    await post('/api/v1/reports', 'application/json', `{"phone":"${canary}`)
    await post('/api/v1/reports', `text/x-${encodeURIComponent(canary)}`, canary)
    await post('/open311/v2/requests.json', `text/x-${encodeURIComponent(canary)}`, canary)
  }
}

/** Questions with canaries in path, query and headers; what is echoed to the asker alone is not kept. */
async function askAll({ program }: Place): Promise<void> {
  for (const canary of CANARIES) {
    const text = encodeURIComponent(canary)
    for (const path of [
      `/${text}`,
      `/api/v1/levels?area=${text}&at=${text}&phone=${text}`,
      `/api/v1/areas/${text}/explanation`,
      `/api/v1/vendors/${text}/dead-letters`,
      `/open311/v2/requests/${text}.json`,
      `/open311/v2/requests.json?service_code=${text}&start_date=${text}`,
      `/api/v1/stats?name=${text}`,
    ])
      await fetch(program.http + path, {
        headers: { referer: `http://x/${text}`, authorization: `Bearer ${text}` },
      })
  }
}

/** A wall that says canaries, until each is refused. */
async function sayAll({ program }: Place): Promise<void> {
  for (const canary of CANARIES)
    for (const message of [
      canary,
      JSON.stringify({ type: canary }),
      JSON.stringify({ type: 'subscribe', layer: 'levels', area: canary }),
      JSON.stringify({ type: 'subscribe', layer: 'levels', resume: { epoch: canary, tick: 1 } }),
      JSON.stringify({ type: 'drawn', tick: canary }),
    ]) {
      const socket = new WebSocket(
        `${program.http.replace('http', 'ws')}/ws?token=${encodeURIComponent(canary)}`,
        ['qingyu.v1'],
      )
      await new Promise<void>((done) => {
        socket.once('open', () => socket.send(message, () => socket.close()))
        socket.once('close', () => done())
        socket.once('error', () => done())
      })
    }
}

/** A wall that looks on all the while. */
function watch({ program, told }: Place): Promise<WebSocket> {
  const socket = new WebSocket(`${program.http.replace('http', 'ws')}/ws`, 'qingyu.v1')
  let count = 0
  socket.on('message', (data: Buffer) => told.set(`frame ${count++}`, data.toString('latin1')))
  return new Promise((done) =>
    socket.once('open', () => {
      socket.send(JSON.stringify({ type: 'subscribe', layer: 'levels' }))
      done(socket)
    }),
  )
}

/** All that anybody may ask for afterwards. */
async function askAfterwards({ program, told }: Place): Promise<void> {
  const vendors = ['acme', 'hotline', '-']
  for (const path of [
    '/metrics',
    '/readyz',
    '/api/v1/stats',
    '/api/v1/sources',
    '/api/v1/levels?depth=cell',
    `/api/v1/areas/${code}`,
    `/api/v1/areas/${code}/explanation`,
    '/open311/v2/requests.json',
    '/open311/v2/requests.xml',
    ...vendors.map((vendor) => `/api/v1/vendors/${vendor}/dead-letters?most=1000`),
  ])
    told.set(path, await (await fetch(program.http + path)).text())
}

const filesOf = (dir: string) =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

describe('what names a person', () => {
  beforeAll(built)

  it('[OB83] leaves numbers of people out of messages', () => {
    const numbers = ['13952017788', 'id-8613952017788', 'a.32010219880312772X', '320102198803127725']
    expect(numbers.map((text) => repeatable(text))).toEqual(
      numbers.map((text) => `a text of ${text.length} characters`),
    )
    const codes = ['3201130100101001', '1795320000000', '118.13952017788', 'people.coutn', '23952017788']
    expect(codes.map((text) => repeatable(text))).toEqual(codes)
    const letter = new TextDecoder().decode(
      redact(new TextEncoder().encode('{"value":13952017788,"area":"32010219880312772X","x13952017788":1}')),
    )
    expect(letter).toBe('{"value":…,"area":…,"…":…}')
  })

  it('[OB84] repeats only the coded parts of a topic', () => {
    expect(shownTopic('qingyu/v1/acme/13952017788/司徒/obs')).toBe('qingyu/v1/acme/…/…/obs')
    expect(shownTopic('qingyu/v1/acme/camera-1/obs')).toBe('qingyu/v1/acme/camera-1/obs')
  })

  it('[OB80] finds a canary in every form', () => {
    for (const canary of CANARIES) {
      expect(found('text', `to ${canary}!`)).not.toEqual([])
      expect(found('UTF-16', Buffer.from(`to ${canary}!`, 'utf16le'))).not.toEqual([])
      expect(found('address', encodeURIComponent(canary))).not.toEqual([])
    }
  })

  it('[OB80] [OB81] [OB82] [OB95] reaches nothing that is kept or shown', { timeout: 120_000 }, async () => {
    const place = await start()
    const { program, dir, told } = place
    const wall = await watch(place)
    await publishAll(place, 4)
    await publishAll(place, 5)
    await knockWithNames(place)
    await reportAll(place)
    await askAll(place)
    await sayAll(place)
    const { tick } = await settled(program.http, () => true)
    const stats = await settled(program.http, (now) => now.tick > tick + 1000)
    await askAfterwards(place)
    wall.terminate()
    program.signal('SIGTERM')
    expect(await program.ended).toBe(0)

    // Otherwise there would be nothing in which to look.
    expect(stats.applied).toBeGreaterThan(100)
    expect(stats.refused).toBeGreaterThan(100)
    expect(told.get('/api/v1/vendors/acme/dead-letters?most=1000')).toContain('OB-personal')
    // What is not known here names no source.
    expect(told.get('/api/v1/vendors/hotline/dead-letters?most=1000')).toContain('"source":"-"')
    expect(told.get('/open311/v2/requests.json')).toContain('"water"')
    expect([...told.keys()].some((name) => name.includes('message'))).toBe(true)

    expect([...told].flatMap(([where, text]) => found(where, text))).toEqual([])
    expect(found('output', program.output())).toEqual([])
    const files = filesOf(dir)
    // Nothing is packed in there: a name that may be kept is found.
    expect(files.some((file) => readFileSync(file).includes('acme/camera-1'))).toBe(true)
    expect(files.flatMap((file) => found(file, readFileSync(file)))).toEqual([])
  })
})
