import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { HAS_KAFKA, kafkaConfig, TestKafka } from '../testdata/kafka.ts'
import { logContract, numbersOf, recordOf, take, type LogBench } from './log.contract.ts'
import { openKafkaLog, type KafkaLog, type KafkaLogOptions } from './log.kafka.ts'

let kafka: TestKafka
let topics = 0
const newTopic = () => `log-${++topics}`

function options(topic: string, changes: Partial<KafkaLogOptions['kafka']> = {}): KafkaLogOptions {
  return {
    kafka: { ...kafkaConfig(kafka.brokers, topic), ...changes },
    city: 'test',
    grid: 'v1',
    partitions: 4,
    retention: 3_600_000,
    maxSize: 1024 ** 3,
    name: 'test',
  }
}

async function kafkaBench(): Promise<LogBench> {
  const topic = newTopic()
  const first = await openKafkaLog(options(topic))
  let log = first
  return {
    log,
    fills: false,
    async drop(partition, before) {
      await kafka.drop(topic, partition, Math.min(before, await log.end(partition)))
    },
    async reopen() {
      await log.close()
      log = await openKafkaLog(options(topic))
      return log
    },
    dispose: () => log.close(),
  }
}

describe.skipIf(!HAS_KAFKA)('log in Kafka', () => {
  beforeAll(async () => {
    kafka = await TestKafka.start()
  })
  afterAll(() => kafka.stop())

  logContract('kafka', kafkaBench)
})
