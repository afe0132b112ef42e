import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readConfig, readDuration, readSize } from './config.ts'
import { QingyuError } from './core/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'qingyu-config-'))

function written(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

function fault(file: string, environment: NodeJS.ProcessEnv = {}): QingyuError {
  try {
    readConfig(file, environment)
  } catch (error) {
    if (error instanceof QingyuError) return error
    throw error
  }
  throw new Error('was read without complaint')
}

const CITY = 'city: { grid: x.geojson }\n'

describe('readConfig', () => {
  it('[CF1] lays file over include and environment over file', () => {
    written('below.yaml', 'http: { port: 1, host: 127.0.0.2 }\nmqtt: { port: 2 }\n')
    const file = written('above.yaml', `include: [below.yaml]\n${CITY}http: { port: 3 }\n`)
    const { config } = readConfig(
      file,
      { QINGYU_MQTT__PORT: '4', QINGYU_HTTP__MAX_WALLS: '7' },
      { clock: { source: 'data' } },
    )
    expect([config.http.port, config.http.host, config.mqtt.port, config.http.maxWalls]).toEqual([
      3,
      '127.0.0.2',
      4,
      7,
    ])
    expect([config.clock.source, config.log.partitions]).toEqual(['data', 16])
  })

  it('[CF27] takes a list from the environment', () => {
    const file = written('list.yaml', CITY)
    const { config } = readConfig(file, { QINGYU_HTTP__GATEWAYS: 'http://a:8080, http://b:8080' })
    expect(config.http.gateways).toEqual(['http://a:8080', 'http://b:8080'])
  })

  it('[CF2] refuses an unknown setting with the nearest name', () => {
    const error = fault(written('key.yaml', `${CITY}http:\n  prot: 1\n`))
    expect(error.code).toBe('CF-key')
    expect(error.message).toMatch(/key\.yaml:3:\d+: http\.prot is not a setting/)
    expect(error.hint).toContain('port')
    expect(fault(written('env.yaml', CITY), { QINGYU_HTTP__PROT: '1' }).message).toContain(
      'QINGYU_HTTP__PROT',
    )
  })

  it('[CF3] refuses a wrong value with place and expectation', () => {
    const error = fault(written('value.yaml', `${CITY}clock: { tick: soon }\n`))
    expect(error.message).toMatch(/value\.yaml:2:\d+: clock\.tick is "soon", expected a duration/)
    expect(fault(written('port.yaml', `${CITY}http: { port: 99999 }\n`)).message).toContain('<= 65535')
    expect(fault(written('none.yaml', '{}')).message).toContain('to have grid')
  })

  it('[CF4] refuses broken YAML with line and column', () => {
    expect(fault(written('broken.yaml', 'city: { grid: x\nhttp: ]\n')).message).toMatch(
      /broken\.yaml:2:\d+ is not YAML/,
    )
    expect(fault(join(folder, 'absent.yaml')).message).toContain('ENOENT')
  })

  it('[CF5] reads a secret from the named file', () => {
    const secret = written('token', 's3cret\n')
    expect(
      readConfig(written('secret.yaml', CITY), { QINGYU_HTTP__WALL_TOKEN__FILE: secret }).config.http
        .wallToken,
    ).toBe('s3cret')
    expect(
      fault(written('secret.yaml', CITY), { QINGYU_HTTP__WALL_TOKEN__FILE: '/absent' }).message,
    ).toContain('/absent')
  })

  it('[CF6] turns durations and sizes into frozen numbers', () => {
    const { config } = readConfig(
      written(
        'frozen.yaml',
        `${CITY}indicators: { a: { name: { zh: a, en: a }, unit: m, range: [0, 1], pane: 90s } }\n`,
      ),
    )
    expect([config.clock.skew, config.mqtt.maxPacket, config.indicators['a']?.pane]).toEqual([
      60_000, 65_536, 90_000,
    ])
    expect(Object.isFrozen(config.indicators['a'])).toBe(true)
    expect([readDuration('1.5h'), readDuration('5'), readSize('2KiB'), readSize('2kb')]).toEqual([
      5_400_000,
      undefined,
      2048,
      undefined,
    ])
  })
})
