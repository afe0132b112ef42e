import { NO_PLACE, type Locator, type PlacedSender } from './core/place.ts'
import type { Registration } from './core/observation.ts'

const encoder = new TextEncoder()

/** A sender with what the hot path remembers of it from one payload to the next. */
export class IngestSender implements PlacedSender {
  readonly vendor: string
  readonly source: string
  readonly key: Uint8Array
  readonly registration: Registration | null
  readonly fixed: number
  readonly memo = { lon: NaN, lat: NaN, area: NO_PLACE }
  /** Largest payload taken, bytes. */
  readonly mostBytes: number
  /** Where its key stands in the source table of the record being gathered; good while partition and stamp agree. */
  partition = -1
  stamp = 0
  slot = 0

  constructor(
    vendor: string,
    source: string,
    place: { readonly registration: Registration | null; readonly fixed: number; readonly mostBytes: number },
  ) {
    this.vendor = vendor
    this.source = source
    this.key = encoder.encode(`${vendor}/${source}`)
    this.registration = place.registration
    this.fixed = place.fixed
    this.mostBytes = place.mostBytes
  }
}

/** Senders by vendor and source, at most `most`, the oldest made out; one put out that sends again is made anew. */
export class Senders {
  readonly #byKey = new Map<string, IngestSender>()
  readonly #locator: Locator
  readonly #registrations: ReadonlyMap<string, Registration>
  readonly #most: number
  readonly #bytesOf: (vendor: string) => number

  constructor(
    locator: Locator,
    registrations: ReadonlyMap<string, Registration>,
    most: number,
    bytesOf: (vendor: string) => number,
  ) {
    this.#locator = locator
    this.#registrations = registrations
    this.#most = most
    this.#bytesOf = bytesOf
  }

  get size(): number {
    return this.#byKey.size
  }

  /** The one sender of a vendor's source. */
  of(vendor: string, source: string): IngestSender {
    const key = `${vendor}/${source}`
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    if (this.#byKey.size >= this.#most)
      for (const oldest of this.#byKey.keys()) {
        this.#byKey.delete(oldest)
        break
      }
    const registration = this.#registrations.get(key) ?? null
    const fixed = this.#locator.fixed(registration)
    const sender = new IngestSender(vendor, source, { registration, fixed, mostBytes: this.#bytesOf(vendor) })
    this.#byKey.set(key, sender)
    return sender
  }
}
