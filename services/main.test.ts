import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { open } from 'lmdb'
import { pathToFileURL } from 'node:url'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAccounts, hashPassword } from './adapters/accounts.scrypt.ts'
import { openDataFolder, type DataFolder } from './adapters/data-folder.lmdb.ts'
import type { StatsAnswer } from './api-schema.ts'
import { startApp } from './app.ts'
import { readConfig } from './config.ts'

const home = resolve(import.meta.dirname, '..')
const dir = mkdtempSync(join(tmpdir(), 'qingyu-main-'))
/** The built program without the set-up before it, which other tests may need at the same moment. */
const program = join(dir, 'run.mjs')
const built = pathToFileURL(join(home, 'dist/services/main.js'))
writeFileSync(
  program,
  `const { main } = await import(${JSON.stringify(built.href)})\nawait main(process.argv.slice(2))\n`,
)
const taken: Server = createServer()
let takenPort = '0'
let held: DataFolder | undefined

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

const FREE = { QINGYU_HTTP__PORT: '0', QINGYU_MQTT__PORT: '0', QINGYU_DEMO__ENABLED: 'false' }
type Words = Readonly<Record<string, string>>
const environment = (over: Words): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: dir,
  ...FREE,
  ...over,
})

/** Runs the command line to its end, from a folder that has no configuration. */
function qingyu(args: readonly string[], over: Words = {}, input = ''): Promise<Ended> {
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      [program, ...args],
      { cwd: dir, env: environment(over), timeout: 50_000 },
      (error, out, err) => done({ code: error === null ? 0 : Number(error.code ?? -1), out, err }),
    )
    child.stdin?.end(input)
  })
}

const file = (name: string) => join(dir, name)
function written(name: string, text: string): string {
  writeFileSync(file(name), text)
  return file(name)
}

beforeAll(async () => {
  taken.listen(0, '127.0.0.1')
  await once(taken, 'listening')
  takenPort = String((taken.address() as AddressInfo).port)
  copyFileSync(join(home, 'config/cities/xianlin.geojson'), file('xianlin.geojson'))
  written('city.yaml', 'city: { grid: xianlin.geojson }\n')
  written('broken.yaml', 'city: { grid: xianlin.geojson\nhttp: ]\n')
  written('setting.yaml', 'city: { grid: xianlin.geojson }\nhttp: { prot: 8080 }\n')
  written('value.yaml', 'city: { grid: xianlin.geojson }\nclock: { tick: soon }\n')
  written('nogrid.yaml', 'city: { grid: absent.geojson }\n')
  written('badgrid.yaml', 'city: { grid: bad.geojson }\n')
  written('bad.geojson', '{"type":"FeatureCollection","features":[')
  written(
    'rule.yaml',
    'include: [city.yaml]\nhotline: { services: { a: { name: { zh: a, en: a }, indicator: pm25 } } }\n',
  )
  const elsewhere = { city: 'elsewhere', grid: '0123456789abcdef', partitions: 16 }
  await openDataFolder(file('elsewhere'), elsewhere).close()
  await openDataFolder(file('newer'), elsewhere).close()
  const root = open({ path: file('newer') })
  const meta = root.openDB<Record<string, unknown>, string>('meta', { encoding: 'json' })
  await meta.put('folder', { ...meta.get('folder'), layout: 99 })
  await root.close()
  held = openDataFolder(file('held'), elsewhere)
})
afterAll(async () => {
  taken.close()
  await held?.close()
  rmSync(dir, { recursive: true, force: true })
})

const CITY = ['serve', '--config', 'city.yaml']
const FAULTS: readonly [
  what: string,
  args: readonly string[],
  over: () => Words,
  code: string,
  sentence: () => string,
  fix: string,
][] = [
  [
    'an HTTP port already taken',
    CITY,
    () => ({ QINGYU_HTTP__PORT: takenPort, QINGYU_DATA__DIR: file('a') }),
    'CF-port',
    () => `http.port ${takenPort} is already taken`,
    'set QINGYU_HTTP__PORT',
  ],
  [
    'an MQTT port already taken',
    CITY,
    () => ({ QINGYU_MQTT__PORT: takenPort, QINGYU_DATA__DIR: file('b') }),
    'CF-port',
    () => `mqtt.port ${takenPort} is already taken`,
    'set QINGYU_MQTT__PORT',
  ],
  [
    'an address of another machine',
    CITY,
    () => ({ QINGYU_HTTP__HOST: '192.0.2.1', QINGYU_HTTP__WALL_TOKEN: 't', QINGYU_DATA__DIR: file('c') }),
    'CF-value',
    () => 'http.host is 192.0.2.1 (port 0)',
    'Correct http.host',
  ],
  [
    'a data folder of a newer version',
    CITY,
    () => ({ QINGYU_DATA__DIR: file('newer') }),
    'ST-version',
    () => `Data folder ${file('newer')} is of version 99, this program reads 1`,
    'newer program',
  ],
  [
    'a data folder in use',
    CITY,
    () => ({ QINGYU_DATA__DIR: file('held') }),
    'ST-locked',
    () => `Data folder ${file('held')} is in use by process ${process.pid}`,
    'QINGYU_DATA__DIR',
  ],
  [
    'a data folder of another city',
    CITY,
    () => ({ QINGYU_DATA__DIR: file('elsewhere') }),
    'ST-city',
    () => `Data folder ${file('elsewhere')} belongs to elsewhere`,
    'QINGYU_DATA__DIR',
  ],
  [
    'a data folder that is a file',
    CITY,
    () => ({ QINGYU_DATA__DIR: file('city.yaml') }),
    'CF-value',
    () => `data.dir is ${file('city.yaml')}, expected a folder that can be written`,
    'Correct data.dir',
  ],
  [
    'broken YAML',
    ['serve', '--config', 'broken.yaml'],
    () => ({}),
    'CF-syntax',
    () => 'broken.yaml:2:',
    'Mend the line',
  ],
  [
    'an unknown setting',
    ['serve', '--config', 'setting.yaml'],
    () => ({}),
    'CF-key',
    () => 'setting.yaml:2:15: http.prot is not a setting',
    'did you mean port?',
  ],
  [
    'an unknown variable',
    CITY,
    () => ({ QINGYU_HTTP__PROT: '1' }),
    'CF-key',
    () => 'environment: QINGYU_HTTP__PROT is not a setting',
    'did you mean port?',
  ],
  [
    'a wrong value',
    ['serve', '--config', 'value.yaml'],
    () => ({}),
    'CF-value',
    () => 'value.yaml:2:16: clock.tick is "soon", expected a duration',
    'Correct clock.tick',
  ],
  [
    'a wrong variable',
    CITY,
    () => ({ QINGYU_HTTP__PORT: 'many' }),
    'CF-value',
    () => 'http.port is "many", expected integer',
    'Correct http.port',
  ],
  [
    'rules that do not fit',
    ['serve', '--config', 'rule.yaml'],
    () => ({}),
    'CF-value',
    () => 'hotline.services.a.indicator is pm25, expected an indicator of the configuration',
    'Correct hotline',
  ],
  ['an unknown flag', ['serve', '--fast'], () => ({}), 'CF-usage', () => 'serve --fast is not', "'--fast'"],
  [
    'a flag without value',
    ['serve', '--config'],
    () => ({}),
    'CF-usage',
    () => 'serve --config is',
    'argument',
  ],
  ['an unknown command', ['sing'], () => ({}), 'CF-usage', () => 'sing is not understood', 'qingyu help'],
  [
    'a missing configuration',
    ['serve', '--config', 'absent.yaml'],
    () => ({}),
    'CF-file',
    () => `Configuration ${file('absent.yaml')} cannot be read: ENOENT`,
    '--config',
  ],
  [
    'a missing grid',
    ['serve', '--config', 'nogrid.yaml'],
    () => ({}),
    'GR-file',
    () => `Grid ${file('absent.geojson')} cannot be read`,
    'GeoJSON',
  ],
  [
    'a broken grid',
    ['serve', '--config', 'badgrid.yaml'],
    () => ({}),
    'GR-file',
    () => `Grid ${file('bad.geojson')} cannot be read`,
    'GeoJSON',
  ],
  [
    'an open address without a token',
    CITY,
    () => ({ QINGYU_HTTP__HOST: '0.0.0.0' }),
    'CF-token',
    () => 'HTTP would listen on 0.0.0.0 without a wall token',
    'QINGYU_HTTP__WALL_TOKEN__FILE',
  ],
  [
    'an open listener for everybody',
    CITY,
    () => ({ QINGYU_MQTT__HOST: '0.0.0.0', QINGYU_MQTT__ANONYMOUS: 'true' }),
    'CF-value',
    () => 'mqtt.anonymous is true, expected false while listening on 0.0.0.0',
    'mqtt.anonymous',
  ],
]

describe.concurrent('qingyu', () => {
  it.each(FAULTS)('[CF12] ends with one sentence at %s', async (_what, args, over, code, sentence, fix) => {
    const ended = await qingyu(args, over())
    expect(ended.err).toContain(`${code}: `)
    expect(ended.err).toContain(sentence())
    expect(ended.err).toContain(fix)
    // A code with its sentence, and the fix: nothing of ours is meant to be read as a stack.
    expect(ended.err.trim().split('\n')).toHaveLength(2)
    expect(ended.err).not.toMatch(/^\s+at /m)
    expect([ended.code, ended.out]).toEqual([1, ''])
  })

  it('[CF13] names every fault of a configuration at once', async () => {
    written(
      'many.yaml',
      'city: { grid: xianlin.geojson }\nclock: { tick: soon }\nlog: { partitions: 0 }\nhttp: { prot: 1 }\n',
    )
    const { err, code } = await qingyu(['config', 'check', '--config', 'many.yaml'])
    expect(code).toBe(1)
    for (const part of ['clock.tick is "soon"', 'log.partitions is 0', 'http.prot is not a setting'])
      expect(err).toContain(part)
    expect(err.match(/^ {2}also: /gm)).toHaveLength(2)
  })

  it('[CF14] prints a checked configuration with its secrets hidden', async () => {
    const hash = await hashPassword('canary-1')
    const text = `include: [city.yaml]\nvendors: { acme: { password: ${hash} } }\n`
    const { out, err, code } = await qingyu(['config', 'check', '--config', written('secret.yaml', text)], {
      QINGYU_HTTP__WALL_TOKEN: 'canary-2',
      QINGYU_BROKER__PASSWORD: 'canary-3',
      QINGYU_BROKER__URL: 'mqtt://me:canary-4@broker.example:1883',
    })
    expect([code, err]).toEqual([0, ''])
    expect(out).not.toMatch(/canary|scrypt/)
    const printed = JSON.parse(out.replace(/^#.*\n/, '')) as Record<string, Record<string, unknown>>
    expect(printed['http']?.['wallToken']).toBe('***')
    expect(printed['broker']?.['url']).toBe('mqtt://***@broker.example:1883')
    expect(printed['vendors']?.['acme']).toMatchObject({ password: '***' })
    expect(printed['clock']?.['tick']).toBe(1000)
  })

  it('[CF15] checks rules and grid with the settings', async () => {
    const { err, code } = await qingyu(['config', 'check', '--config', 'rule.yaml'])
    expect([code, err]).toEqual([1, expect.stringContaining('hotline.services.a.indicator is pm25')])
  })

  it('[CF16] takes the demo city where none is named', async () => {
    const { out, code } = await qingyu(['config', 'check'], { QINGYU_DEMO__ENABLED: 'true' })
    expect([code, out]).toEqual([0, expect.stringContaining('"enabled": true')])
    expect(out.split('\n')[0]).toBe(`# ${join(home, 'config/qingyu.yaml')}`)
  })

  it('[CF17] helps, tells its version and makes cities', async () => {
    const [help, none, version, city] = await Promise.all([
      qingyu(['help']),
      qingyu([]),
      qingyu(['version']),
      qingyu(['city', 'xianlin', '--out', 'made/xianlin.geojson']),
    ])
    for (const command of [
      'serve',
      'import',
      'city',
      'config check',
      'roster',
      'person',
      'password',
      'tables',
      'version',
    ])
      expect(help.out).toContain(`qingyu ${command}`)
    expect(none).toEqual(help)
    const { version: said } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
      version: string
    }
    expect(version).toEqual({ code: 0, out: `${said}\n`, err: '' })
    expect(city.code).toBe(0)
    expect(readFileSync(file('made/xianlin.geojson'))).toEqual(readFileSync(file('xianlin.geojson')))
  })

  it('[CF18] hashes a password that then opens', async () => {
    const { out, code } = await qingyu(['password'], {}, 'open sesame\r\nnot this')
    expect([code, out]).toEqual([0, expect.stringMatching(/^scrypt\$\S+\n$/)])
    const accounts = createAccounts({ acme: { password: out.trim() } })
    expect(await accounts.verify('acme', Buffer.from('open sesame'))).toBe('right')
    expect(await accounts.verify('acme', Buffer.from('open sesame\r'))).toBe('wrong')
  })

  it('[CF19] starts empty with --no-demo and ends when told', async () => {
    const child = spawn(process.execPath, [program, 'serve', '--no-demo'], {
      cwd: dir,
      env: environment({ QINGYU_DATA__DIR: file('empty'), QINGYU_DEMO__ENABLED: 'true' }),
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (bytes) => (said += String(bytes)))
    await expect.poll(() => said, { timeout: 40_000 }).toContain('Ctrl-C stops')
    expect(said).not.toContain('Demo')
    const wall = /Wall +(\S+)/.exec(said)?.[1] ?? ''
    const stats = (await (await fetch(`${wall}/api/v1/stats`)).json()) as StatsAnswer
    expect([stats.received, stats.sources]).toEqual([0, { alive: 0, known: 0 }])
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    expect(existsSync(file('empty/owner.lock'))).toBe(false)
  })
})

describe('startApp', () => {
  it('[CF20] leaves nothing open when it cannot start', async () => {
    const surroundings = { log: pino({ level: 'silent' }), home, program: 'test' }
    const sections = { data: { dir: file('again') }, demo: { enabled: false }, mqtt: { port: 0 } }
    const start = (port: number) =>
      startApp(readConfig(file('city.yaml'), {}, { ...sections, http: { port } }), surroundings)
    await expect(start(Number(takenPort))).rejects.toMatchObject({ code: 'CF-port' })
    // The folder is free again, hence nothing behind it runs.
    const app = await start(0)
    await expect(start(0)).rejects.toMatchObject({ code: 'ST-locked' })
    expect((await fetch(`${app.http}/livez`)).status).toBe(200)
    await app.stop()
    await expect(fetch(`${app.http}/livez`)).rejects.toThrow('fetch failed')
  })
})
