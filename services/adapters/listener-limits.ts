/** What stands between a stranger and memory, in connections. */
export interface DoorLimits {
  readonly maxConnections: number
  readonly perCredential: number
  readonly perAddress: number
}

/** Takeovers of one client id within {@link TAKEOVER_SPAN}. */
export const TAKEOVERS = 3
const TAKEOVER_SPAN = 60_000

function add(counts: Map<string, number>, key: string, step: number): void {
  const next = (counts.get(key) ?? 0) + step
  if (next > 0) counts.set(key, next)
  else counts.delete(key)
}

/** One client id of one vendor: who holds it, and when it was taken over. */
interface Seat<S> {
  holder: S
  takeovers: number[]
}

/**
 * Counts connections by address and account, and gives each client id one holder. Client ids are a vendor's own: two vendors
 * with the same one do not meet. Bound: as many entries as connections.
 */
export class Door<S> {
  private readonly limits: DoorLimits
  private total = 0
  private readonly byAddress = new Map<string, number>()
  private readonly byVendor = new Map<string, number>()
  private readonly seats = new Map<string, Seat<S>>()

  constructor(limits: DoorLimits) {
    this.limits = limits
  }

  get connections(): number {
    return this.total
  }

  /** Lets a connection in, or says which limit stands against it. */
  enter(address: string): { readonly value: string; readonly most: number } | null {
    const { maxConnections, perAddress } = this.limits
    if (this.total >= maxConnections) return { value: String(this.total + 1), most: maxConnections }
    const here = this.byAddress.get(address) ?? 0
    if (here >= perAddress) return { value: `${here + 1} of ${address}:`, most: perAddress }
    this.total++
    add(this.byAddress, address, 1)
    return null
  }

  leave(address: string): void {
    this.total--
    add(this.byAddress, address, -1)
  }

  /** Whether the account may hold one connection more, which may stand in for a present one. */
  hasRoom(vendor: string, replaces: boolean): boolean {
    return (this.byVendor.get(vendor) ?? 0) - (replaces ? 1 : 0) < this.limits.perCredential
  }

  /** The one who holds the client id. */
  holder(vendor: string, clientId: string): S | undefined {
    return this.seats.get(`${vendor}/${clientId}`)?.holder
  }

  /** Whether a held client id may be taken over once more now. */
  mayTakeOver(vendor: string, clientId: string, now: number): boolean {
    const seat = this.seats.get(`${vendor}/${clientId}`)
    if (seat === undefined) return true
    seat.takeovers = seat.takeovers.filter((at) => now - at < TAKEOVER_SPAN)
    return seat.takeovers.length < TAKEOVERS
  }

  /** Gives the client id to a session. A holder before it keeps its count until it calls {@link rise}. */
  sit(vendor: string, clientId: string, session: S, now: number): void {
    const key = `${vendor}/${clientId}`
    const before = this.seats.get(key)
    if (before !== undefined) before.takeovers.push(now)
    this.seats.set(key, { holder: session, takeovers: before?.takeovers ?? [] })
    if (vendor !== '') add(this.byVendor, vendor, 1)
  }

  rise(vendor: string, clientId: string, session: S): void {
    const key = `${vendor}/${clientId}`
    if (this.seats.get(key)?.holder === session) this.seats.delete(key)
    if (vendor !== '') add(this.byVendor, vendor, -1)
  }
}
