import { Ajv, type ErrorObject } from 'ajv'
import Type, { type Static } from 'typebox'
import { parse } from 'yaml'
import { QingyuError, sentenceOf } from '../core/errors.ts'

// A misspelt setting would be ignored in silence; closed objects refuse it by name.
const closed = { additionalProperties: false } as const
/** One column name, or several of which the first that stands in the header is taken. */
const Column = Type.Union([Type.String({ minLength: 1 }), Type.Array(Type.String(), { minItems: 1 })])
const Scale = Type.Optional(Type.Number({ description: 'Factor from the file’s unit to the indicator’s' }))

/** One indicator read from one column: number × scale ÷ the column `per`; rows whose cell is `empty` say nothing. */
const ValueMapping = Type.Object(
  {
    column: Column,
    indicator: Type.String(),
    scale: Scale,
    per: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())])),
    empty: Type.Optional(Type.Array(Type.String())),
  },
  closed,
)

/** How a foreign table becomes observations or calls: the schema of services/formats/*.yaml and of a user's own mapping. */
export const MappingSchema = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z0-9-]{1,40}$', description: 'Name of the format' }),
    vendor: Type.String({ pattern: '^[a-z0-9-]{1,64}$', description: 'Vendor it publishes as' }),
    door: Type.Union([Type.Literal('mqtt'), Type.Literal('http')], {
      default: 'mqtt',
      description: 'mqtt: observations of sources; http: one hotline report a row',
    }),
    delimiter: Type.String({ default: ',', minLength: 1, maxLength: 1 }),
    order: Type.Union([Type.Literal('file'), Type.Literal('time')], {
      default: 'file',
      description:
        'file: rows already stand in order of time; time: sort them first (at most 1,000,000 rows)',
    }),
    empty: Type.Array(Type.String(), { default: [''], description: 'Cells that hold no value' }),
    // One of: a column; a column and the hour beside it; or the row's number from `start` by `step`.
    time: Type.Object(
      {
        column: Type.Optional(Column),
        hour: Type.Optional(Column),
        format: Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })], { default: 'iso' }),
        zone: Type.String({ default: 'UTC', description: 'IANA zone of times without an offset' }),
        start: Type.Optional(
          Type.String({ description: 'Local time of the first row, when rows are steps' }),
        ),
        step: Type.Optional(Type.String({ pattern: '^[0-9]+(s|m|h|d)$' })),
      },
      closed,
    ),
    place: Type.Optional(
      Type.Object(
        { lon: Type.Optional(Column), lat: Type.Optional(Column), area: Type.Optional(Column) },
        closed,
      ),
    ),
    // Positions in a second table, by the name that the source bears in the file.
    register: Type.Optional(
      Type.Object(
        {
          file: Type.String({ description: 'Beside the data file, unless --register says otherwise' }),
          key: Type.String(),
          lon: Type.String(),
          lat: Type.String(),
          aliases: Type.Record(Type.String(), Type.String(), { default: {} }),
        },
        closed,
      ),
    ),
    source: Type.Optional(Type.Object({ column: Column, prefix: Type.String({ default: '' }) }, closed)),
    // The body is exactly one of the next three: a long table, a wide one, or calls.
    values: Type.Optional(Type.Array(ValueMapping, { minItems: 1 })),
    wide: Type.Optional(
      Type.Object(
        {
          indicator: Type.String(),
          scale: Scale,
          except: Type.Array(Type.String(), { default: [], description: 'Columns that are not sources' }),
          prefix: Type.String({ default: '' }),
        },
        closed,
      ),
    ),
    call: Type.Optional(
      Type.Object(
        {
          id: Column,
          category: Column,
          services: Type.Record(Type.String(), Type.String(), {
            description:
              'Category → service code (door http) or indicator (door mqtt); a trailing * matches any rest',
          }),
          otherwise: Type.String(),
        },
        closed,
      ),
    ),
  },
  closed,
)

/** A checked mapping. */
export type Mapping = Static<typeof MappingSchema>
/** A column name or its alternatives. */
export type ColumnName = Static<typeof Column>

const ajv = new Ajv({ useDefaults: true, allErrors: false, strict: false, verbose: true })
const validate = ajv.compile(MappingSchema)

function fault(file: string, field: string, value: unknown, expected: string): QingyuError {
  return new QingyuError('IM-mapping', { file, field, value: JSON.stringify(value) ?? 'missing', expected })
}

/** The first fault of the schema in the words of the catalogue. */
function findingOf(file: string, error: ErrorObject): QingyuError {
  const field = error.instancePath.slice(1).replaceAll('/', '.')
  const parameters = error.params as Record<string, unknown>
  const extra = parameters['additionalProperty']
  if (typeof extra === 'string') {
    const known = Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {})
    return fault(file, field ? `${field}.${extra}` : extra, 'not a setting', `one of ${known.join(', ')}`)
  }
  const missing = parameters['missingProperty']
  if (typeof missing === 'string')
    return fault(file, field ? `${field}.${missing}` : missing, undefined, 'a value')
  return fault(
    file,
    field || 'the file',
    error.data,
    (error.message ?? 'something else').replace(/^must (be )?/, ''),
  )
}

// Intl is the judge: it knows the zones that the reader of times will ask it for.
function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone }).format(0)
    return true
  } catch {
    return false
  }
}

/** What the schema cannot say: which parts belong together. */
function checkParts(mapping: Mapping, file: string): void {
  const { time, call, wide, values, source, door } = mapping
  const bodies = [call, wide, values].filter((body) => body !== undefined).length
  if (bodies !== 1) throw fault(file, 'values, wide, call', bodies, 'exactly one of the three')
  if (values && !source) throw fault(file, 'source', undefined, 'the column that names the source')
  // The HTTP door takes reports one by one and has no place for measurements.
  if (door === 'http' && !call) throw fault(file, 'door', 'http', 'mqtt, or a call section')
  if ((time.column === undefined) === (time.start === undefined))
    throw fault(file, 'time', time, 'either column, or start and step')
  if (time.start !== undefined && time.step === undefined)
    throw fault(file, 'time.step', undefined, 'the time between rows, as 5m')
  if (!isZone(time.zone)) throw fault(file, 'time.zone', time.zone, 'an IANA zone as Asia/Shanghai')
}

/** Reads and checks the text of a mapping file; throws IM-mapping naming file, field and value. */
export function readMapping(text: string, file: string): Mapping {
  let tree: unknown
  try {
    tree = parse(text)
  } catch (error) {
    throw new QingyuError(
      'IM-mapping',
      { file, field: 'the file', value: sentenceOf(error), expected: 'YAML' },
      error,
    )
  }
  if (!validate(tree)) {
    const first = validate.errors?.[0]
    throw first ? findingOf(file, first) : fault(file, 'the file', tree, 'a mapping')
  }
  checkParts(tree, file)
  return tree
}
