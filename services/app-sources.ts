import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { createAccounts, hashPassword } from './adapters/accounts.scrypt.ts'
import { signInColleague } from './adapters/colleague.http.ts'
import { brokerMetrics } from './adapters/metrics.broker.ts'
import { askProgress, publishHttp } from './adapters/publisher.http.ts'
import { publishMqtt } from './adapters/publisher.mqtt.ts'
import { createListener, type Listener } from './adapters/source.listener.ts'
import { createBrokerSource } from './adapters/source.mqtt.ts'
import type { Stores } from './app-stores.ts'
import { castOf, startColleagues } from './colleagues.ts'
import { processName, stagesOf } from './config-cluster.ts'
import type { Config } from './config-schema.ts'
import type { Plan } from './core/plan.ts'
import type { MetricSource } from './metrics-port.ts'
import type { Clock, Source } from './ports.ts'
import { startSimulator, type Simulator } from './simulator.ts'
import { DEMO_VENDORS } from './simulator-city.ts'

interface Around {
  readonly log: Logger
  readonly clock: Clock
}

/** Accounts of the configuration, and in a demo one a simulated vendor, with a password of this start only. */
export async function vendorsOf(
  config: Config,
): Promise<{ vendors: Config['vendors']; passwords: ReadonlyMap<string, string> }> {
  const passwords = new Map(
    config.demo.enabled ? DEMO_VENDORS.map((vendor) => [vendor, randomBytes(18).toString('base64url')]) : [],
  )
  const made = await Promise.all(
    [...passwords].map(
      async ([vendor, password]) => [vendor, { password: await hashPassword(password) }] as const,
    ),
  )
  return { vendors: { ...config.vendors, ...Object.fromEntries(made) }, passwords }
}

/** Ways in, and the way back to vendors: an aggregate process only tells what came too late. */
export function openSources(
  config: Config,
  vendors: Config['vendors'],
  { log, clock }: Around,
  { log: { partitions }, sessions }: Pick<Stores, 'log' | 'sessions'>,
): { listener: Listener | null; sources: readonly Source[]; metrics: readonly MetricSource[] } {
  const stages = stagesOf(config)
  const takes = stages.has('ingest')
  const listener =
    takes && config.mqtt.enabled
      ? createListener({ config, clock, accounts: createAccounts(vendors), log })
      : null
  const broker =
    config.broker.url !== '' && (takes || stages.has('aggregate'))
      ? createBrokerSource({
          config,
          clock,
          name: processName(config),
          subscribe: takes,
          log,
          ...(sessions !== null && { shared: { sessions: partitions, ownership: sessions } }),
        })
      : null
  const sources = [listener, broker].filter((source) => source !== null)
  return { listener, sources, metrics: broker === null ? [] : [brokerMetrics(broker)] }
}

/** Plays the demo city through the front doors, this process's own or the cluster's, and has its people at work. */
export async function playDemo(
  config: Config,
  plan: Plan,
  { log, clock }: Around,
  doors: { readonly mqtt: string; readonly http: string },
  accounts: ReadonlyMap<string, string>,
): Promise<Pick<Simulator, 'stop'>> {
  const simulator = await startSimulator({
    grid: plan.grid,
    seed: config.demo.seed,
    clock,
    doors: { mqtt: publishMqtt, http: publishHttp, progress: askProgress },
    mqttUrl: doors.mqtt,
    httpUrl: doors.http,
    accounts,
    ...(config.http.wallToken !== '' && { token: config.http.wallToken }),
    warn: (sentence) => log.warn(sentence),
  })
  const cast = castOf(config.people)
  const open = (person: string) => signInColleague(doors.http, person)
  const colleagues = cast && startColleagues({ cast, clock, open, warn: (sentence) => log.warn(sentence) })
  return {
    stop: () => {
      colleagues?.stop()
      return simulator.stop()
    },
  }
}
