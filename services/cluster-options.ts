import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { QingyuError } from './core/errors.ts'

/** What `npm run cluster` was asked for. */
export interface ClusterOptions {
  /** Folder of all data, kept from run to run. */
  readonly data: string
  readonly brokers: 1 | 3
  readonly aggregators: number
  /** Configuration of every process. */
  readonly config: string
  readonly hasDemo: boolean
}

const MOST_AGGREGATORS = 16
const HINT = `npm run cluster -- [--data DIR] [--brokers 1|3] [--aggregators 1…${MOST_AGGREGATORS}] [--config FILE] [--no-demo]`

const OPTIONS = {
  data: { type: 'string', default: 'data/cluster' },
  brokers: { type: 'string', default: '1' },
  aggregators: { type: 'string', default: '2' },
  config: { type: 'string' },
  'no-demo': { type: 'boolean', default: false },
} as const

function wrong(value: string): QingyuError {
  return new QingyuError('CF-usage', { value, hint: HINT })
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values
  } catch {
    throw wrong(args.join(' '))
  }
}

/** Reads the arguments; relative paths are seen from the current folder. Throws CF-usage. */
export function clusterOptions(args: readonly string[], home: string): ClusterOptions {
  const values = parsed(args)
  const brokers = Number(values.brokers)
  const aggregators = Number(values.aggregators)
  if (brokers !== 1 && brokers !== 3) throw wrong(`--brokers ${values.brokers}`)
  if (!Number.isInteger(aggregators) || aggregators < 1 || aggregators > MOST_AGGREGATORS)
    throw wrong(`--aggregators ${values.aggregators}`)
  return {
    data: resolve(values.data),
    brokers,
    aggregators,
    config: values.config === undefined ? resolve(home, 'config/cluster.yaml') : resolve(values.config),
    hasDemo: !values['no-demo'],
  }
}
