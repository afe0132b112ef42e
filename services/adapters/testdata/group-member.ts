// A process of its own for tests that pause or kill it: a member of a group in Kafka. Arguments: brokers, topic, session in ms.
// It says `gained <partition>` and `lost <partition>`.
import { writeSync } from 'node:fs'
import { kafkaConfig } from '../../testdata/kafka-config.ts'
import { kafkaOwnership } from '../ownership.kafka.ts'

const [brokers = '', topic = '', session = '6000'] = process.argv.slice(2)
const kafka = { ...kafkaConfig(brokers, topic), session: Number(session) }

await kafkaOwnership({ kafka, name: 'paused' }).start(async (partition, lost) => {
  writeSync(1, `gained ${partition}\n`)
  await new Promise((resolve) => lost.addEventListener('abort', resolve))
  writeSync(1, `lost ${partition}\n`)
})
