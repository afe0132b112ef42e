// A Kafka in memory, by librdkafka: node kafka-mock.mjs BROKERS FILE TOPIC…; writes its addresses into the file. It keeps
// nothing on disk, and every topic has four partitions.
import { renameSync, writeFileSync } from 'node:fs'
import kafka from 'node-rdkafka'

const [brokers, file, ...topics] = process.argv.slice(2)

const host = new kafka.Producer({ 'test.mock.num.brokers': Number(brokers) })
host.connect({}, (error, metadata) => {
  if (error) throw error
  // It takes no request to make a topic, but makes what it is asked about.
  for (const topic of topics) host.getMetadata({ topic, timeout: 5000 }, () => {})
  writeFileSync(`${file}.new`, metadata.brokers.map(({ host, port }) => `${host}:${port}`).join(','))
  renameSync(`${file}.new`, file)
})
// The addresses hold as long as this process does.
setInterval(() => {}, 2 ** 30)
