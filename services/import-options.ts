import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { QingyuError, sentenceOf } from './core/errors.ts'
import { readMapping, type Mapping } from './formats/mapping.ts'

/** What the command line of `qingyu import` says. */
export interface ImportOptions {
  readonly file: string
  /** Name of a format or path of a mapping file. */
  readonly format: string
  /** Times real time; Infinity: as fast as the door takes it. */
  readonly rate: number
  readonly mqtt: string
  readonly http: string
  readonly user: string | undefined
  readonly password: string | undefined
  readonly token: string | undefined
  /** Rows read at most. */
  readonly limit: number
  readonly fresh: boolean
  readonly state: string | undefined
  readonly register: string | undefined
  /** Parcels in flight at most. */
  readonly window: number
}

/** Shown by `qingyu import --help`. */
export const IMPORT_HELP = `qingyu import FILE --format NAME|mapping.yaml

  --rate N|max          times real time (1: as it happened), or as fast as possible; default max
  --mqtt URL            MQTT front door, default mqtt://127.0.0.1:1883
  --http URL            HTTP front door, default http://127.0.0.1:8080
  --user VENDOR         account; observations are published as this vendor
  --password-file FILE  its password (or --password TEXT, which other users of this machine can see)
  --token TEXT          bearer token of the HTTP door, where it asks for one
  --register FILE       register of positions, where the format uses one; default: the name in the format, beside FILE
  --limit N             stop after N rows
  --fresh               begin at the first row, whatever an interrupted import left
  --state FILE          where an interrupted import notes how far it came; default under the data folder
  --window N            parcels in flight at most, default 500 (MQTT) or 16 (HTTP)

A CSV of your own needs no code: write a mapping like those in services/formats/*.yaml and name it as the format.
`

const OPTIONS = {
  format: { type: 'string' },
  rate: { type: 'string', default: 'max' },
  mqtt: { type: 'string', default: 'mqtt://127.0.0.1:1883' },
  http: { type: 'string', default: 'http://127.0.0.1:8080' },
  user: { type: 'string' },
  password: { type: 'string' },
  'password-file': { type: 'string' },
  token: { type: 'string' },
  limit: { type: 'string' },
  fresh: { type: 'boolean', default: false },
  state: { type: 'string' },
  register: { type: 'string' },
  window: { type: 'string' },
} as const

function usage(value: string, hint: string): QingyuError {
  return new QingyuError('CF-usage', { value, hint })
}

/** `max`, `60`, `x60` or `×60`. */
function rateOf(text: string): number {
  if (text === 'max') return Infinity
  const rate = Number(text.replace(/^[x×]/, ''))
  if (!Number.isFinite(rate) || rate <= 0)
    throw usage(`--rate ${text}`, 'Give max, or a number above 0 as 1 or 3600.')
  return rate
}

function countOf(name: string, text: string | undefined, preset: number): number {
  if (text === undefined) return preset
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1)
    throw usage(`--${name} ${text}`, 'Give a whole number above 0.')
  return number
}

/** A URL of one of the protocols; checked here so that a slip is told before the file is read. */
function addressOf(name: string, text: string, protocols: readonly string[]): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !protocols.includes(url.protocol))
    throw usage(`--${name} ${text}`, `Give a URL with ${protocols.join(', ')}.`)
  return text
}

/** A password from a file: on a command line every user of the machine could read it. */
function secretIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd()
  } catch (error) {
    throw new QingyuError('IM-file', { value: file, why: sentenceOf(error) }, error)
  }
}

/** Reads the command line; throws CF-usage. `window` 0 leaves the choice to the door. */
export function importOptions(args: readonly string[]): ImportOptions {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  const [file, extra] = positionals
  if (file === undefined) throw usage('import', 'Say which file: qingyu import FILE --format NAME.')
  if (extra !== undefined) throw usage(extra, 'One file at a time: qingyu import FILE --format NAME.')
  if (values.format === undefined) throw usage('import', 'Say --format NAME, or --format mapping.yaml.')
  const secret = values['password-file']
  return {
    file,
    format: values.format,
    rate: rateOf(values.rate),
    mqtt: addressOf('mqtt', values.mqtt, ['mqtt:', 'mqtts:', 'ws:', 'wss:']),
    http: addressOf('http', values.http, ['http:', 'https:']),
    user: values.user,
    password: secret === undefined ? values.password : secretIn(secret),
    token: values.token,
    limit: countOf('limit', values.limit, Infinity),
    fresh: values.fresh,
    state: values.state,
    register: values.register,
    window: countOf('window', values.window, 0),
  }
}

/** The mapping named on the command line, with its text: a file, or the name of a format in `folder`. */
export function loadMapping(format: string, folder: string): { mapping: Mapping; text: string } {
  const isPath = /\.ya?ml$/.test(format)
  const file = isPath ? format : join(folder, `${format}.yaml`)
  // The name goes into a path, so it may hold nothing that leads elsewhere.
  if (!isPath && (!/^[a-z0-9-]+$/.test(format) || !existsSync(file))) {
    const known = readdirSync(folder)
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => name.slice(0, -5))
    throw new QingyuError('IM-format', { value: format, known: known.join(', ') })
  }
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new QingyuError('IM-file', { value: file, why: sentenceOf(error) }, error)
  }
  return { mapping: readMapping(text, file), text }
}
