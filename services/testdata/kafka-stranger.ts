import { onTestFinished } from 'vitest'
import { asked, loadDriver, type Admin, type DriverFault, type Producer } from '../adapters/kafka-driver.ts'

type Done = (fault: DriverFault | null) => void
interface Transactions {
  initTransactions(timeout: number, done: Done): void
  beginTransaction(done: Done): void
  commitTransaction(timeout: number, done: Done): void
}

type Deleting = Admin & { deleteTopic(topic: string, timeout: number, done: Done): void }

/** Somebody else at the same Kafka, until the test's end. */
export class Stranger {
  readonly #producer: Producer & Transactions
  readonly #admin: Deleting

  static async meet(brokers: string): Promise<Stranger> {
    const driver = await loadDriver()
    const settings = { 'bootstrap.servers': brokers }
    const producing = { ...settings, 'transactional.id': 'stranger', dr_cb: true }
    const producer = new driver.Producer(producing, {}) as Producer & Transactions
    await asked((done) => producer.connect({ allTopics: false, timeout: 5000 }, done))
    await asked<undefined>((done) => producer.initTransactions(10_000, (fault) => done(fault, undefined)))
    const admin = driver.AdminClient.create(settings) as Deleting
    onTestFinished(async () => {
      admin.disconnect()
      await asked((done) => producer.disconnect(1000, (fault) => done(fault, undefined)))
    })
    return new Stranger(producer, admin)
  }

  private constructor(producer: Producer & Transactions, admin: Deleting) {
    this.#producer = producer
    this.#admin = admin
  }

  /** Writes messages in one transaction, whose end takes an offset of its own. */
  async write(
    topic: string,
    partition: number,
    ...messages: readonly (readonly [string, string])[]
  ): Promise<void> {
    const producer = this.#producer
    await asked<undefined>((done) => producer.beginTransaction((fault) => done(fault, undefined)))
    for (const [key, value] of messages) producer.produce(topic, partition, Buffer.from(value), key, null, {})
    await asked<undefined>((done) => producer.commitTransaction(10_000, (fault) => done(fault, undefined)))
  }

  async make(topic: string, partitions: number, config: Record<string, string> = {}): Promise<void> {
    const wish = { topic, num_partitions: partitions, replication_factor: 1, config }
    await asked<undefined>((done) => this.#admin.createTopic(wish, 5000, (fault) => done(fault, undefined)))
  }

  async remove(topic: string): Promise<void> {
    await asked<undefined>((done) => this.#admin.deleteTopic(topic, 5000, (fault) => done(fault, undefined)))
  }
}
