import Type from 'typebox'
import { closed, duration, integer, size, text } from './config-kinds.ts'

/** A name in both languages. */
export const Names = Type.Object({ zh: Type.String(), en: Type.String() }, closed)
const Fold = Type.Union(
  ['count', 'sum', 'mean', 'min', 'max', 'last', 'sources', 'p50', 'p95'].map((name) => Type.Literal(name)),
)

/** What is observed: unit, range, panes and lateness. */
export const IndicatorSetting = Type.Object(
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
/** Local time of day on weekdays; after midnight when `to` is earlier. */
export const ScheduleSetting = Type.Object(
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
    onDelay: Type.Optional(duration('')),
    offDelay: Type.Optional(duration('')),
    deadband: Type.Optional(Type.Number({ minimum: 0 })),
    off: Type.Optional(Type.Boolean()),
  },
  closed,
)
/** Which reading of an indicator makes which level. */
export const RuleSetting = Type.Object(
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
      duration('Silence after which an area is unknown; default twice the interval'),
    ),
  },
  closed,
)
/** How an area takes its level from those below it. */
export const ParentSetting = Type.Union([
  Type.Object({ level: Type.String(), kind: Type.Literal('worst') }, closed),
  Type.Object({ level: Type.String(), kind: Type.Literal('share'), share: LimitsSetting }, closed),
])

/** A vendor's account; `password` is `scrypt$<salt>$<hash>`, made by `qingyu password`. */
export const VendorSetting = Type.Object(
  {
    password: text('scrypt hash made by `qingyu password`'),
    maxPayload: Type.Optional(size('Payload limit of this vendor; default mqtt.maxPacket')),
  },
  closed,
)
/** The fixed place and interval of a registered source. */
export const SourceSetting = Type.Object(
  {
    lon: Type.Optional(Type.Number({ minimum: -180, maximum: 180 })),
    lat: Type.Optional(Type.Number({ minimum: -90, maximum: 90 })),
    area: Type.Optional(Type.String()),
    datum: Type.Union(
      ['wgs84', 'gcj02', 'bd09', 'cgcs2000'].map((name) => Type.Literal(name)),
      { default: 'wgs84' },
    ),
    interval: Type.Optional(duration('Declared report interval')),
    kind: Type.Optional(
      Type.Unsafe<'sensor' | 'camera'>(Type.Union([Type.Literal('sensor'), Type.Literal('camera')])),
    ),
  },
  closed,
)
/** A service of the hotline. */
export const ServiceSetting = Type.Object(
  {
    name: Names,
    indicator: text('Occurrence indicator that a call of this service counts for'),
    group: text('Heading', ''),
    keywords: text('Comma-separated', ''),
  },
  closed,
)
