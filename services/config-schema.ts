import Type, { type Static } from 'typebox'

/** Durations stand in files as `90s`, `5m`, `6h`, `7d`, `250ms`; sizes as `64KiB`. Both are numbers (ms, bytes) once read. */
const duration = (description: string, preset: string) =>
  Type.Unsafe<number>({ type: 'string', format: 'duration', description, default: preset })
const size = (description: string, preset: string) =>
  Type.Unsafe<number>({ type: 'string', format: 'size', description, default: preset })
const text = (description: string, preset?: string) =>
  Type.String(preset === undefined ? { description } : { description, default: preset })
const integer = (description: string, preset: number, minimum: number, maximum: number) =>
  Type.Integer({ description, default: preset, minimum, maximum })
const flag = (description: string, preset: boolean) => Type.Boolean({ description, default: preset })
const closed = { additionalProperties: false } as const

const Names = Type.Object({ zh: Type.String(), en: Type.String() }, closed)
const Fold = Type.Union(
  ['count', 'sum', 'mean', 'min', 'max', 'last', 'sources', 'p50', 'p95'].map((name) => Type.Literal(name)),
)

const IndicatorSetting = Type.Object(
  {
    name: Names,
    unit: text('Unit as shown'),
    kind: Type.Union([Type.Literal('measurement'), Type.Literal('occurrence')], { default: 'measurement' }),
    resolution: Type.Number({ exclusiveMinimum: 0, default: 1, description: 'Smallest step told apart' }),
    range: Type.Tuple([Type.Number(), Type.Number()], { description: 'Values outside are refused' }),
    pane: duration('Length of a pane; windows are multiples', '1m'),
    fold: Type.Unsafe<string>({ ...Fold, default: 'mean' }),
    interval: duration('Declared report interval of its sources; 0s: none', '0s'),
    lateness: duration('Held beyond the longest window for late observations', '5m'),
    category: text('Heading it belongs to', 'other'),
  },
  closed,
)

/** Limits by level id, e.g. `{ blue: 115, red: 250 }`. */
const LimitsSetting = Type.Record(Type.String(), Type.Number())
const ScheduleSetting = Type.Object(
  {
    days: Type.Array(
      Type.Union(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => Type.Literal(day))),
      { minItems: 1 },
    ),
    from: Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' }),
    to: Type.String({ pattern: '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$' }),
  },
  closed,
)
const OverrideSetting = Type.Object(
  {
    limits: Type.Optional(LimitsSetting),
    onDelay: Type.Optional(duration('', '0s')),
    offDelay: Type.Optional(duration('', '0s')),
    deadband: Type.Optional(Type.Number({ minimum: 0 })),
    off: Type.Optional(Type.Boolean()),
  },
  closed,
)
const RuleSetting = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }),
    name: Names,
    indicator: Type.String(),
    level: text('Level of the grid that it colours', 'cell'),
    window: duration('Length of the sliding window', '5m'),
    fold: Type.Optional(Type.Unsafe<string>(Fold)),
    direction: Type.Union([Type.Literal('above'), Type.Literal('below')], { default: 'above' }),
    limits: LimitsSetting,
    deadband: Type.Number({ minimum: 0, default: 0 }),
    onDelay: duration('A graver level must hold this long before it is taken', '0s'),
    offDelay: duration('A lesser level must hold this long before it is taken', '0s'),
    minSamples: integer('Fewer observations in the window decide nothing', 1, 1, 1_000_000),
    minSources: integer('Fewer distinct sources in the window decide nothing', 1, 1, 64),
    singleSourceMax: Type.Optional(
      Type.String({ description: 'Gravest level that one source may cause; default one below the gravest' }),
    ),
    panes: Type.Optional(
      Type.Object({ n: Type.Integer({ minimum: 1 }), m: Type.Integer({ minimum: 1 }) }, closed),
    ),
    schedule: Type.Optional(ScheduleSetting),
    overrides: Type.Record(Type.String(), OverrideSetting, { default: {} }),
    noDataAfter: Type.Optional(
      duration('Silence after which an area is unknown; default twice the interval', '0s'),
    ),
  },
  closed,
)
const ParentSetting = Type.Union([
  Type.Object({ level: Type.String(), kind: Type.Literal('worst') }, closed),
  Type.Object({ level: Type.String(), kind: Type.Literal('share'), share: LimitsSetting }, closed),
])

/** A vendor's account; `password` is `scrypt$<salt>$<hash>`, made by `qingyu password`. */
const VendorSetting = Type.Object(
  {
    password: text('scrypt hash made by `qingyu password`'),
    maxPayload: Type.Optional(size('Payload limit of this vendor', '64KiB')),
  },
  closed,
)
const SourceSetting = Type.Object(
  {
    lon: Type.Optional(Type.Number({ minimum: -180, maximum: 180 })),
    lat: Type.Optional(Type.Number({ minimum: -90, maximum: 90 })),
    area: Type.Optional(Type.String()),
    datum: Type.Union(
      ['wgs84', 'gcj02', 'bd09', 'cgcs2000'].map((name) => Type.Literal(name)),
      { default: 'wgs84' },
    ),
    interval: Type.Optional(duration('Declared report interval', '0s')),
  },
  closed,
)
const ServiceSetting = Type.Object(
  {
    name: Names,
    indicator: text('Occurrence indicator that a call of this service counts for'),
    group: text('Heading', ''),
    keywords: text('Comma-separated', ''),
  },
  closed,
)

/** Every setting of Qingyu: type, default, unit and one sentence. The README's table is made from it. */
export const ConfigSchema = Type.Object(
  {
    data: Type.Object({ dir: text('Folder of log and state', './data') }, closed),
    http: Type.Object(
      {
        host: text('Address for HTTP and WebSocket', '127.0.0.1'),
        port: integer('Port; 0 takes a free one', 8080, 0, 65535),
        wallToken: text('Token that walls and API clients must show; needed unless on loopback', ''),
        origins: Type.Array(Type.String(), {
          default: [],
          description: 'Further origins permitted to open the WebSocket',
        }),
        gateways: Type.Array(Type.String(), {
          default: [],
          description:
            'Addresses of all gateways, as http://host:8080; a wall that loses one turns to the next',
        }),
        maxBody: size('Largest request body', '256KiB'),
        maxWalls: integer('Walls connected at once', 1000, 1, 100_000),
        web: text('Folder of the built pages; empty: the one that comes with the program', ''),
      },
      closed,
    ),
    mqtt: Type.Object(
      {
        enabled: flag('Listen for MQTT', true),
        host: text('Address of the MQTT listener', '127.0.0.1'),
        port: integer('Port; 0 takes a free one', 1883, 0, 65535),
        anonymous: flag('Take publishers without an account (loopback only)', false),
        maxPacket: size('Largest MQTT packet', '64KiB'),
        maxConnections: integer('Connections in all', 10_000, 1, 1_000_000),
        perCredential: integer('Connections of one account', 5, 1, 1_000_000),
        perAddress: integer('Connections of one address', 50, 1, 1_000_000),
        rate: integer('Messages a second of one source before back-pressure', 200, 1, 1_000_000),
        burst: integer('Messages of one source at once above the rate', 400, 1, 1_000_000),
      },
      closed,
    ),
    broker: Type.Object(
      {
        url: text('Existing broker to take observations from, as mqtt://host:1883; empty: none', ''),
        username: text('Account at the broker', ''),
        password: text('Password at the broker', ''),
        group: text('Name of the shared subscription', 'qingyu'),
        ca: text('File with the authority that signed the broker (mqtts://)', ''),
      },
      closed,
    ),
    cluster: Type.Object(
      {
        stages: text(
          'Stages of this process: ingest, aggregate, gateway, demo; more than one process only with kafka and redis',
          'ingest,aggregate,gateway,demo',
        ),
        name: text('Name of this process, unique and kept over restarts; empty: host name and HTTP port', ''),
        patience: duration(
          'A partition later than this no longer holds up the picture of the others (wall clock)',
          '3s',
        ),
        wait: duration('How long a start waits for Kafka, Redis and the broker; 0s: for ever', '0s'),
      },
      closed,
    ),
    kafka: Type.Object(
      {
        brokers: text('Kafka brokers as host:port, comma-separated; empty: the embedded log', ''),
        topic: text('Topic of the log; made with log.partitions when it is missing', 'qingyu'),
        group: text('Consumer group by which aggregate processes share the partitions', 'qingyu'),
        replication: integer('Copies of each partition when the topic is made', 1, 1, 16),
        username: text('Account (SASL); empty: none', ''),
        password: text('Password of the account', ''),
        mechanism: Type.Union(
          ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'].map((name) => Type.Literal(name)),
          { default: 'SCRAM-SHA-512', description: 'How the account is proven' },
        ),
        tls: flag('Connect by TLS', false),
        ca: text('File with the authority that signed the brokers', ''),
        session: duration('An aggregate process unheard for this long loses its partitions', '6s'),
      },
      closed,
    ),
    redis: Type.Object(
      {
        url: text('Redis as redis://host:6379 or rediss://; empty: the embedded state', ''),
        nodes: text('Nodes of a Redis Cluster as host:port, comma-separated; instead of url', ''),
        sentinels: text('Sentinels as host:port, comma-separated; instead of url', ''),
        master: text('Name of the master that the sentinels watch', 'mymaster'),
        username: text('Account; empty: the default one', ''),
        password: text('Password of the account', ''),
        ca: text('File with the authority that signed Redis (rediss://)', ''),
        prefix: text('Beginning of all keys', 'qingyu'),
        changes: duration('Tick records kept for walls that resume', '1h'),
      },
      closed,
    ),
    city: Type.Object(
      {
        grid: text('Grid file, relative to the configuration'),
        partitionLevel: text('Level whose areas are kept together; default from the grid file', ''),
      },
      closed,
    ),
    clock: Type.Object(
      {
        source: Type.Union([Type.Literal('wall'), Type.Literal('data')], {
          default: 'wall',
          description: 'Where ticks take the time from',
        }),
        tick: duration('Time between ticks', '1s'),
        skew: duration('Event times up to this far ahead are taken', '60s'),
        maxAge: duration('Event times up to this far behind are taken', '7d'),
        maxStep: duration('With the data clock: the furthest one observation moves it', '2d'),
      },
      closed,
    ),
    log: Type.Object(
      {
        partitions: integer('Partitions; fixed for the life of a log', 16, 1, 256),
        retention: duration('Records older than this are dropped', '7d'),
        maxSize: size('Oldest records are dropped above this size', '8GiB'),
        pending: integer(
          'Observations that may wait for the log before sources are paused',
          65_536,
          1,
          10_000_000,
        ),
      },
      closed,
    ),
    state: Type.Object(
      {
        history: duration('Changes and histories kept', '90d'),
        resumeTicks: integer('Ticks that a wall may resume from', 600, 1, 100_000),
      },
      closed,
    ),
    limits: Type.Object(
      {
        batch: integer('Observations in one payload', 1000, 1, 65_535),
        depth: integer('Nesting of JSON', 16, 1, 64),
        sources: integer('Sources remembered', 1_000_000, 1, 10_000_000),
        deadLetters: integer('Dead letters kept for one vendor', 10_000, 1, 1_000_000),
      },
      closed,
    ),
    indicators: Type.Record(Type.String({ pattern: '^[a-z0-9.-]{1,64}$' }), IndicatorSetting, {
      default: {},
    }),
    rules: Type.Array(RuleSetting, { default: [] }),
    parents: Type.Array(ParentSetting, { default: [] }),
    scheme: Type.Optional(
      Type.Unknown({ description: 'Other warning levels than the legal four; see core/level Scheme' }),
    ),
    vendors: Type.Record(Type.String({ pattern: '^[a-z0-9-]{1,64}$' }), VendorSetting, { default: {} }),
    sources: Type.Record(Type.String({ pattern: '^[a-z0-9-]{1,64}/[a-z0-9-]{1,64}$' }), SourceSetting, {
      default: {},
    }),
    hotline: Type.Object(
      {
        vendor: text('Vendor name under which calls are recorded', 'hotline'),
        jurisdiction: text('jurisdiction_id of Open311', ''),
        services: Type.Record(Type.String(), ServiceSetting, { default: {} }),
      },
      closed,
    ),
    demo: Type.Object(
      {
        enabled: flag('Run the simulator and mark everything Demo', false),
        seed: integer('Seed of the simulator', 1, 0, 4_294_967_295),
        hotline: text(
          'Where the simulator reports calls, as http://host:8080; empty: to its own process',
          '',
        ),
      },
      closed,
    ),
  },
  closed,
)

/** The settings after defaults, file, environment and flags, durations in ms and sizes in bytes; deeply frozen. */
export type Config = Static<typeof ConfigSchema>
