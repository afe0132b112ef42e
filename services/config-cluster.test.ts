import { hostname } from 'node:os'
import { describe, expect, it } from 'vitest'
import { isCluster, processName, stagesOf } from './config-cluster.ts'
import { readConfig } from './config.ts'
import { QingyuError } from './core/errors.ts'

const configOf = (environment: Record<string, string> = {}) =>
  readConfig('config/qingyu.yaml', environment).config

const TOGETHER = { QINGYU_KAFKA__BROKERS: '127.0.0.1:9092', QINGYU_REDIS__URL: 'redis://127.0.0.1:6379' }

function refusal(run: () => unknown): string {
  try {
    run()
  } catch (thrown) {
    if (thrown instanceof QingyuError) return `${thrown.code}: ${thrown.message}`
  }
  return 'taken'
}

describe('configuration of a cluster', () => {
  it('[CS1] is one process unless Kafka and Redis are named', () => {
    expect(isCluster(configOf())).toBe(false)
    expect(isCluster(configOf(TOGETHER))).toBe(true)
    expect(isCluster(readConfig('config/cluster.yaml').config)).toBe(true)
  })

  it('[CS2] refuses one of the two without the other', () => {
    const { QINGYU_KAFKA__BROKERS, QINGYU_REDIS__URL } = TOGETHER
    expect(refusal(() => isCluster(configOf({ QINGYU_KAFKA__BROKERS })))).toBe(
      'CF-cluster: redis.url is empty, expected set where kafka.brokers is',
    )
    expect(refusal(() => isCluster(configOf({ QINGYU_REDIS__URL })))).toBe(
      'CF-cluster: kafka.brokers is empty, expected set where Redis is',
    )
    expect(refusal(() => isCluster(configOf({ ...TOGETHER, QINGYU_REDIS__NODES: 'a:1' })))).toContain(
      'expected one of them',
    )
  })

  it('[CS3] runs the stages that it is told', () => {
    const told = (stages: string) => [...stagesOf(configOf({ ...TOGETHER, QINGYU_CLUSTER__STAGES: stages }))]
    expect(told('ingest')).toEqual(['ingest'])
    expect(told('gateway, aggregate')).toEqual(['gateway', 'aggregate'])
    expect([...stagesOf(configOf())]).toEqual(['ingest', 'aggregate', 'alert', 'archive', 'gateway', 'demo'])
  })

  it('[CS4] refuses an unknown stage, and a part of them alone', () => {
    const told = (stages: string, more = {}) =>
      refusal(() => stagesOf(configOf({ ...more, QINGYU_CLUSTER__STAGES: stages })))
    expect(told('ingest,gatway', TOGETHER)).toBe(
      'CF-cluster: cluster.stages is gatway, expected ingest, aggregate, alert, archive, gateway, demo',
    )
    expect(told('', TOGETHER)).toContain('cluster.stages is empty')
    expect(told('ingest,gateway')).toBe(
      'CF-cluster: cluster.stages is ingest,gateway, expected aggregate too, since nobody else can run it',
    )
    expect(told('ingest,aggregate,gateway')).toBe(
      'CF-cluster: cluster.stages is ingest,aggregate,gateway, expected alert too, since nobody else can run it',
    )
    expect(told('ingest,aggregate,alert,archive,gateway')).toBe('taken')
  })

  it('[CS5] gives each process of a machine a name that stays', () => {
    expect(processName(configOf())).toBe(`${hostname()}-8080`)
    expect(processName(configOf({ QINGYU_HTTP__PORT: '9000' }))).toBe(`${hostname()}-9000`)
    expect(processName(configOf({ QINGYU_CLUSTER__NAME: 'ingest-1' }))).toBe('ingest-1')
  })
})
