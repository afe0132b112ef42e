import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Standing } from '../ports.ts'
import { hearFaults } from './kafka-client.ts'
import { asked, type Client, type Metadata, type Producer } from './kafka-driver.ts'

/** Time for a broker to answer when it is doubted, and between two questions, ms. */
const ANSWER = 3000
const AGAIN = 1000
/** Kafka that confirms nothing for this long is not ready, ms. */
const SILENT = 10_000

/** Watches whether any broker answers: librdkafka reconnects by itself and tells only of what breaks. */
export class KafkaWatch {
  readonly #client: Client
  readonly #brokers: string
  readonly #logger: Logger | undefined
  readonly #silence: () => number
  readonly #closing = new AbortController()
  #isDown = false
  #doubts = false
  #why = ''

  /** `producer` is listened to, `client` asked; `silence` says how long Kafka has owed a confirmation, ms. */
  constructor(
    producer: Producer,
    client: Client,
    brokers: string,
    about: { readonly logger: Logger | undefined; silence(): number },
  ) {
    this.#client = client
    this.#brokers = brokers
    this.#logger = about.logger
    this.#silence = () => about.silence()
    hearFaults(producer, (why) => {
      this.#why = why
    })
    producer.on('event.error', () => void this.#doubt())
  }

  get standing(): Standing {
    if (this.#isDown) return { ready: false, state: `no broker of ${this.#brokers} answers: ${this.#why}` }
    const silence = this.#silence()
    if (silence > SILENT)
      return { ready: false, state: `nothing confirmed for ${Math.round(silence / 1000)} s` }
    return { ready: true, state: 'connected' }
  }

  close(): void {
    this.#closing.abort()
  }

  /** Asks until a broker answers. */
  async #doubt(): Promise<void> {
    if (this.#doubts) return
    this.#doubts = true
    const { signal } = this.#closing
    while (!signal.aborted && !(await this.#isThere())) {
      if (!this.#isDown) this.#logger?.error(`Kafka at ${this.#brokers} does not answer: ${this.#why}`)
      this.#isDown = true
      await pause(AGAIN, undefined, { signal }).catch(() => {})
    }
    if (this.#isDown && !signal.aborted) this.#logger?.info(`Kafka at ${this.#brokers} answers again`)
    this.#isDown = false
    this.#doubts = false
  }

  #isThere(): Promise<boolean> {
    const question = { allTopics: false, timeout: ANSWER }
    return asked<Metadata>((done) => this.#client.getMetadata(question, done)).then(
      () => true,
      () => false,
    )
  }
}
