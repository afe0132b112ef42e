import type { Config } from './config-schema.ts'
import { QingyuError } from './core/errors.ts'
import type { Grid } from './core/grid.ts'
import type { Indicators } from './core/indicator.ts'
import { LEGAL_SCHEME, type Scheme, type WarningLevel } from './core/level.ts'
import { nearest } from './core/nearest.ts'
import type { Registration } from './core/observation.ts'
import { isName } from './core/topic.ts'

/** The fault of one setting, as CF-value; `value` as it was written. */
export function fault(file: string, field: string, value: unknown, expected: string): QingyuError {
  return new QingyuError('CF-value', {
    file,
    field,
    value: typeof value === 'string' ? value : JSON.stringify(value),
    expected,
  })
}

const PATTERNS: readonly unknown[] = ['plain', 'dots', 'hatch', 'solid', 'stripes']

const isText = (value: unknown): value is string => typeof value === 'string'
const memberOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined

function isLevel(value: unknown): value is WarningLevel {
  const name = memberOf(value, 'name')
  const id = memberOf(value, 'id')
  return (
    isText(id) &&
    // `unknown` is no level but the want of one, under every scheme.
    /^[a-z0-9-]{1,32}$/.test(id) &&
    id !== 'unknown' &&
    isText(memberOf(value, 'numeral')) &&
    /^#[0-9a-f]{6}$/i.test(String(memberOf(value, 'colour'))) &&
    PATTERNS.includes(memberOf(value, 'pattern')) &&
    isText(memberOf(name, 'zh')) &&
    isText(memberOf(name, 'en'))
  )
}

/** The warning levels that `scheme` names, calm first; the legal four where it is absent. Throws CF-value. */
export function schemeFrom(setting: unknown, file: string): Scheme {
  if (setting === undefined) return LEGAL_SCHEME
  const id = memberOf(setting, 'id')
  const levels = memberOf(setting, 'levels')
  if (!isText(id)) throw fault(file, 'scheme.id', id ?? 'missing', 'a text')
  if (!Array.isArray(levels) || levels.length < 2 || levels.length > 14)
    throw fault(file, 'scheme.levels', levels ?? 'missing', '2 to 14 levels, calm first')
  const sound: WarningLevel[] = []
  for (const [i, level] of levels.entries()) {
    if (!isLevel(level))
      throw fault(
        file,
        `scheme.levels.${i}`,
        level,
        `id, numeral, colour as #1a2735, pattern (${PATTERNS.join(', ')}) and name { zh, en }`,
      )
    if (sound.some((other) => other.id === level.id))
      throw fault(file, `scheme.levels.${i}.id`, level.id, 'an id that stands once')
    sound.push(level)
  }
  return { id, levels: sound }
}

const BROKER_URL = /^(mqtts?|tcp|tls|ssl|wss?):\/\/[^/]/
/** What `qingyu password` and `qingyu person` print. */
export const SCRYPT = /^scrypt\$[\w-]+\$[\w-]{43}$/

/** An account that nobody could ever use, and a broker that cannot be one. Neither value is quoted: they may be secret. */
export function checkAccounts({ vendors, broker }: Config, file: string): void {
  for (const [name, { password }] of Object.entries(vendors))
    if (!SCRYPT.test(password))
      throw fault(file, `vendors.${name}.password`, 'no hash', 'what `qingyu password` prints')
  if (broker.url !== '' && !(BROKER_URL.test(broker.url) && URL.canParse(broker.url)))
    throw fault(file, 'broker.url', 'no such address', 'an address as mqtt://host:1883')
}

/** Gateways that no wall could turn to. The value is not quoted: an address may hold a password. Throws CF-value. */
export function checkGateways({ http }: Config, file: string): void {
  for (const [i, address] of http.gateways.entries()) {
    const url = URL.canParse(address) ? new URL(address) : null
    if (!/^https?:$/.test(url?.protocol ?? '') || url?.username !== '')
      throw fault(file, `http.gateways.${i}`, 'no such address', 'an address as http://host:8080')
  }
}

/** Calls are counted under a name that topics and dead letters can hold, each for an occurrence. Throws CF-value. */
export function checkHotline({ hotline }: Config, indicators: Indicators, file: string): void {
  if (!isName(hotline.vendor))
    throw fault(file, 'hotline.vendor', hotline.vendor, 'a name of a-z, 0-9 and -, 1 to 64')
  for (const [code, service] of Object.entries(hotline.services)) {
    const field = `hotline.services.${code}.indicator`
    const indicator = indicators.list[indicators.index.get(service.indicator) ?? -1]
    if (!indicator) {
      const best = nearest(service.indicator, indicators.index.keys())
      const expected = best ? `a known indicator, perhaps ${best}` : 'an indicator of the configuration'
      throw fault(file, field, service.indicator, expected)
    }
    if (indicator.kind !== 'occurrence')
      throw fault(file, field, service.indicator, 'an indicator of the kind occurrence')
  }
}

/** Where sources stand, as the operator registered them, by `vendor/source`. Throws CF-value. */
export function registrationsFrom(
  config: Config,
  grid: Grid,
  file: string,
): ReadonlyMap<string, Registration> {
  return new Map(
    Object.entries(config.sources).map(([key, { interval, datum, ...place }]): [string, Registration] => {
      if (place.area !== undefined && grid.indexOf(place.area) === undefined)
        throw fault(file, `sources.${key}.area`, place.area, `an area code of grid ${grid.city}`)
      if ((place.lon === undefined) !== (place.lat === undefined))
        throw fault(file, `sources.${key}`, place, 'lon and lat together')
      return [
        key,
        {
          ...place,
          datum: datum as Registration['datum'],
          ...(interval !== undefined && { intervalMs: interval }),
        },
      ]
    }),
  )
}
