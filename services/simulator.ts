import type { Grid } from './core/grid.ts'
import { sentenceOf } from './core/errors.ts'
import type { Clock } from './ports.ts'
import type { Doors, Publisher } from './publisher.ts'
import { CLUMSY_VENDOR, DEMO_VENDORS } from './simulator-city.ts'
import { simulatorModel, type Publication, type SimulatorModel } from './simulator-model.ts'

/** What the simulator needs: a city to play in, a seed, and the front doors. */
export interface SimulatorOptions {
  readonly grid: Grid
  readonly seed: number
  readonly clock: Clock
  readonly doors: Doors
  /** `mqtt://127.0.0.1:1883`. */
  readonly mqttUrl: string
  /** `http://127.0.0.1:8080`. */
  readonly httpUrl: string
  /** Password by vendor; without an entry the vendor comes as a stranger. */
  readonly accounts: ReadonlyMap<string, string>
  /** Bearer token of the HTTP door. */
  readonly token?: string
  /** Told in a sentence, at most once a vendor, when a door is lost. */
  readonly warn: (sentence: string) => void
}

/** A simulator under way. */
export interface Simulator {
  readonly model: SimulatorModel
  /** Publications that were acknowledged, that a door refused, and that were left out because too many waited. */
  readonly counts: { readonly sent: number; readonly refused: number; readonly skipped: number }
  stop(): Promise<void>
}

const STEP_MS = 250
/** After a pause of the machine only this much is caught up: a demo shows now, not then. */
const CATCH_UP_MS = 5_000
/** Publications that may wait for their acknowledgement. */
const MOST_WAITING = 2_000

class RunningSimulator implements Simulator {
  readonly model: SimulatorModel
  readonly counts = { sent: 0, refused: 0, skipped: 0 }
  private readonly options: SimulatorOptions
  private readonly vendors: ReadonlyMap<string, Publisher>
  private readonly hotline: Publisher
  private readonly lost = new Set<string>()
  private waiting = 0
  private last: number
  private cancel: () => void

  constructor(options: SimulatorOptions, vendors: ReadonlyMap<string, Publisher>, hotline: Publisher) {
    this.options = options
    this.vendors = vendors
    this.hotline = hotline
    this.last = options.clock.now()
    this.model = simulatorModel(options.grid, options.seed, this.last)
    this.cancel = options.clock.at(this.last + STEP_MS, () => this.step())
  }

  private step(): void {
    const { clock } = this.options
    const now = clock.now()
    for (const publication of this.model.between(Math.max(this.last, now - CATCH_UP_MS), now))
      this.publish(publication)
    // A clock set back must not make the same reports twice.
    this.last = Math.max(this.last, now)
    this.cancel = clock.at(now + STEP_MS, () => this.step())
  }

  private doorOf(publication: Publication): [string, Publisher | undefined] {
    if (!('parcel' in publication)) return [CLUMSY_VENDOR, this.vendors.get(CLUMSY_VENDOR)]
    const { parcel } = publication
    return parcel.kind === 'call'
      ? ['hotline', this.hotline]
      : [parcel.vendor, this.vendors.get(parcel.vendor)]
  }

  private async pass(publication: Publication, door: Publisher): Promise<void> {
    if ('parcel' in publication) {
      const { refused } = await door.send(publication.parcel)
      this.counts.refused += refused.length
    } else await door.sendRaw(CLUMSY_VENDOR, publication.source, publication.bytes)
    this.counts.sent += 1
  }

  private publish(publication: Publication): void {
    const [name, door] = this.doorOf(publication)
    // A demo may lose reports, never memory: what cannot be sent is left out and counted.
    if (!door || this.lost.has(name) || this.waiting >= MOST_WAITING) {
      this.counts.skipped += 1
      return
    }
    this.waiting += 1
    this.pass(publication, door)
      .catch((error: unknown) => {
        if (!this.lost.has(name)) this.options.warn(`simulator: ${name} lost its door: ${sentenceOf(error)}`)
        this.lost.add(name)
      })
      .finally(() => {
        this.waiting -= 1
      })
  }

  async stop(): Promise<void> {
    this.cancel()
    await Promise.allSettled([...this.vendors.values(), this.hotline].map((door) => door.close()))
  }
}

/** Connects one publisher a vendor and plays the day through the front doors from now on. Throws IM-door. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { doors, accounts, mqttUrl, httpUrl, token } = options
  const open = async (vendor: string): Promise<[string, Publisher]> => {
    const password = accounts.get(vendor)
    const account = password === undefined ? {} : { username: vendor, password }
    return [vendor, await doors.mqtt({ url: mqttUrl, vendor, ...account })]
  }
  const hotline = await doors.http({ url: httpUrl, vendor: 'hotline', ...(token !== undefined && { token }) })
  return new RunningSimulator(options, new Map(await Promise.all(DEMO_VENDORS.map(open))), hotline)
}
