import Type, { type Static } from 'typebox'
import { AlertsSetting, ChannelsSetting, PersonSetting, RosterSetting } from './config-alerts.ts'
import { closed, duration, flag, integer, size, text } from './config-kinds.ts'
import {
  IndicatorSetting,
  Names,
  ParentSetting,
  RuleSetting,
  ServiceSetting,
  SourceSetting,
  VendorSetting,
} from './config-meaning.ts'

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
          'Stages of this process: ingest, aggregate, alert, archive, gateway, demo; more than one process only with kafka and redis',
          'ingest,aggregate,alert,archive,gateway,demo',
        ),
        name: text('Name of this process, unique and kept over restarts; empty: host name and HTTP port', ''),
        patience: duration(
          'A partition later than this no longer holds up the picture of the others (wall clock)',
          '1500ms',
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
          [Type.Literal('PLAIN'), Type.Literal('SCRAM-SHA-256'), Type.Literal('SCRAM-SHA-512')],
          { default: 'SCRAM-SHA-512', description: 'How the account is proven' },
        ),
        tls: flag('Connect by TLS', false),
        ca: text('File with the authority that signed the brokers', ''),
        session: duration('An aggregate process unheard for this long loses its partitions', '6s'),
        linger: duration(
          'Observations gather this long before they go to Kafka; longer means larger records, less work and later acknowledgements',
          '50ms',
        ),
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
    archive: Type.Object(
      {
        enabled: flag('Keep the log for good, in Parquet', true),
        dir: text(
          'Folder of the archive, shared by all processes of a cluster; empty: archive in data.dir',
          '',
        ),
        every: duration(
          'A segment is written so often while ticks follow the wall clock; those of an hour become one',
          '1m',
        ),
        keyframe: integer('Ticks between two keyframes, from which replays begin', 600, 1, 100_000),
        retention: duration('Segments older than this are dropped; 0s: never', '0s'),
        maxSize: size('Oldest segments are dropped above this size, looked at once a day', '100GiB'),
      },
      closed,
    ),
    replay: Type.Object(
      {
        sessions: integer('Replays and drills open at once', 8, 0, 64),
        rehearsals: integer('Rehearsals that run at once; others wait', 2, 0, 16),
        idle: duration('A session that nobody looks at or moves is closed after this', '30m'),
        memory: size('Memory that one session or rehearsal may take', '512MiB'),
        trusted: Type.Array(Type.String(), {
          default: [],
          description: 'Fingerprints of installations whose bundles are trusted',
        }),
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
    alerts: AlertsSetting,
    categories: Type.Record(Type.String({ pattern: '^[a-z0-9-]{1,64}$' }), Names, { ...closed, default: {} }),
    units: Type.Record(Type.String({ pattern: '^[a-z0-9-]{1,64}$' }), Names, { ...closed, default: {} }),
    people: Type.Record(Type.String({ pattern: '^[a-z0-9-]{1,64}$' }), PersonSetting, { default: {} }),
    rosters: Type.Record(Type.String({ pattern: '^[a-z0-9-]{1,64}$' }), RosterSetting, {
      ...closed,
      default: {},
    }),
    channels: ChannelsSetting,
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
