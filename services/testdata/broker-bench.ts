import mqtt, { type MqttClient } from 'mqtt'
import { onTestFinished } from 'vitest'
import { systemClock } from '../adapters/clock.system.ts'
import { createBrokerSource, type BrokerOptions, type BrokerSource } from '../adapters/source.mqtt.ts'
import type { Config } from '../config-schema.ts'
import type { Intake, Ownership } from '../ports.ts'
import type { FakeIntake } from './fake-intake.ts'
import type { Mosquitto } from './mosquitto.ts'

/** Where the observations of these tests go. */
export const TOPIC = 'qingyu/v1/acme/s1/observations'

/** What a test says of a source beside the broker's address. */
export interface Given extends Partial<Omit<BrokerOptions, 'config'>> {
  readonly broker?: Partial<Config['broker']>
}

/** A source before the broker, made and not started. */
export function makeSource(url: string, { broker, ...given }: Given = {}): BrokerSource {
  const settings = { url, username: '', password: '', group: 'g', ca: '', ...broker }
  return createBrokerSource({
    config: { broker: settings },
    clock: systemClock,
    name: 'one',
    subscribe: true,
    ...given,
  })
}

/** A source before the broker, started, and not stopped by the test's end. */
export async function beginSource(broker: Mosquitto, intake: Intake, given?: Given): Promise<BrokerSource> {
  const source = makeSource(broker.url, given)
  await source.start(intake)
  return source
}

/** The same, stopped by the test's end. */
export async function startSource(
  broker: Mosquitto,
  intake: FakeIntake,
  given?: Given,
): Promise<BrokerSource> {
  const source = await beginSource(broker, intake, given)
  onTestFinished(async () => {
    intake.commit()
    await source.stop()
  })
  return source
}

/** A client of the broker, ended by the test's end. */
export async function brokerClient(broker: Mosquitto): Promise<MqttClient> {
  const made = await mqtt.connectAsync(broker.url, { protocolVersion: 5 })
  onTestFinished(() => made.endAsync(true))
  return made
}

/** One observation of acme's s1, told apart by its value. */
export const bundle = (value: number) => ({
  kind: 'bundle' as const,
  vendor: 'acme',
  source: 's1',
  observations: [{ indicator: 'pm25', value, time: 1_449_244_800_000 }],
})

/** Sessions given and taken by hand. */
export class Places implements Ownership {
  readonly held: readonly number[] = []
  private own: (place: number, lost: AbortSignal) => Promise<void> = () => Promise.resolve()
  private readonly given = new Map<number, { readonly lost: AbortController; readonly done: Promise<void> }>()

  start(own: (place: number, lost: AbortSignal) => Promise<void>): Promise<void> {
    this.own = own
    return Promise.resolve()
  }

  gain(place: number): void {
    const lost = new AbortController()
    this.given.set(place, { lost, done: this.own(place, lost.signal) })
  }

  async lose(place: number): Promise<void> {
    const one = this.given.get(place)
    this.given.delete(place)
    one?.lost.abort()
    await one?.done
  }

  reached(): void {}

  async stop(): Promise<void> {
    await Promise.all([...this.given.keys()].map((place) => this.lose(place)))
  }
}

/** Publishes `{"n":…}` for each number as acme's s1; resolves when the broker has acknowledged all. */
export const send = (from: MqttClient, numbers: readonly number[]) =>
  Promise.all(numbers.map((n) => from.publishAsync(TOPIC, `{"n":${n}}`, { qos: 1 })))

/** The integers of [from, to). */
export const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

/** Payloads taken, each counted once. */
export const distinct = (intake: FakeIntake) => new Set(intake.taken.map(({ text }) => text)).size
