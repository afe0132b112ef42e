import type { Config } from '../config-schema.ts'

/** Settings to reach it, each test with a topic and a group of its own. */
export function kafkaConfig(brokers: string, topic: string): Config['kafka'] {
  return {
    brokers,
    topic,
    group: topic,
    replication: 1,
    username: '',
    password: '',
    mechanism: 'PLAIN',
    tls: false,
    ca: '',
    session: 6000,
    linger: 1,
  }
}
