import { hostname } from 'node:os'
import type { Config } from './config-schema.ts'
import { QingyuError } from './core/errors.ts'

/** What a process may do; `demo` plays the simulated city, where demo.enabled asks for it. */
export const STAGES = ['ingest', 'aggregate', 'alert', 'archive', 'gateway', 'demo'] as const
export type Stage = (typeof STAGES)[number]

/** Without these a city is watched all the same: nothing is played, or nothing is kept for good. */
const OPTIONAL: ReadonlySet<Stage> = new Set(['demo', 'archive'])

type Clustered = Pick<Config, 'cluster' | 'kafka' | 'redis'>

const isStage = (name: string): name is Stage => STAGES.some((stage) => stage === name)

/** Whether log and state lie in Kafka and Redis; CF-cluster when only one of them does. */
export function isCluster({ kafka, redis }: Clustered): boolean {
  const hasKafka = kafka.brokers !== ''
  const hasRedis = [redis.url, redis.nodes, redis.sentinels].filter((where) => where !== '').length
  if (hasRedis > 1)
    throw new QingyuError('CF-cluster', {
      field: 'redis.url, redis.nodes and redis.sentinels',
      value: 'set together',
      expected: 'one of them',
      hint: 'Leave the others empty.',
    })
  if (hasKafka !== hasRedis > 0)
    throw new QingyuError('CF-cluster', {
      field: hasKafka ? 'redis.url' : 'kafka.brokers',
      value: 'empty',
      expected: `set where ${hasKafka ? 'kafka.brokers' : 'Redis'} is`,
      hint: 'A cluster needs both Kafka and Redis; without either, log and state lie in data.dir.',
    })
  return hasKafka
}

/** Stages of this process; CF-cluster for an unknown one, or for a part of them where nothing is shared with other processes. */
export function stagesOf(config: Clustered): ReadonlySet<Stage> {
  const names = config.cluster.stages.split(',').map((name) => name.trim())
  const stages = names.filter(isStage)
  const odd = names.find((name) => !isStage(name))
  if (odd !== undefined)
    throw new QingyuError('CF-cluster', {
      field: 'cluster.stages',
      value: odd === '' ? 'empty' : odd,
      expected: STAGES.join(', '),
      hint: 'Give them comma-separated, as --stage ingest,gateway.',
    })
  const missing = STAGES.find((stage) => !OPTIONAL.has(stage) && !stages.includes(stage))
  if (missing !== undefined && !isCluster(config))
    throw new QingyuError('CF-cluster', {
      field: 'cluster.stages',
      value: config.cluster.stages,
      expected: `${missing} too, since nobody else can run it`,
      hint: 'Set kafka.brokers and redis.url to run the stages in several processes.',
    })
  return new Set(stages)
}

/** Name of this process, the same after a restart on the same host and port. */
export function processName({ cluster, http }: Pick<Config, 'cluster' | 'http'>): string {
  return cluster.name === '' ? `${hostname()}-${http.port}` : cluster.name
}
