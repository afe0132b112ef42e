import type { Refusal, Sender } from '../core/observation.ts'
import type { Intake, Receipt } from '../ports.ts'

/** What a {@link FakeIntake} was given. */
export interface Taken {
  readonly sender: string
  readonly text: string
}

/**
 * An intake for tests of sources: takes every payload, or refuses what `refusing` says, and makes it durable when `commit` is
 * called, or at once with `instant`.
 */
export class FakeIntake implements Intake {
  readonly taken: Taken[] = []
  readonly refused: { readonly sender: string; readonly refusal: Refusal; readonly bytes: number }[] = []
  refusing: (text: string) => { accepted: number; refusals: readonly Refusal[] } | null = () => null
  congested = false
  instant = false
  durable = 0
  received = 0
  private pending = 1
  private readonly senders = new Map<string, Sender>()
  private readonly durableListeners: (() => void)[] = []
  private readonly reliefListeners: (() => void)[] = []
  private readonly takenListeners: (() => void)[] = []
  private readonly receipt: Receipt = { accepted: 0, refusals: null, commit: 0 }

  sender(vendor: string, source: string): Sender {
    const name = `${vendor}/${source}`
    let sender = this.senders.get(name)
    if (sender === undefined) {
      const key = new TextEncoder().encode(name)
      sender = { vendor, source, key, registration: null, memo: { lon: NaN, lat: NaN, area: -1 } }
      this.senders.set(name, sender)
    }
    return sender
  }

  accept(sender: Sender, payload: Uint8Array): Receipt {
    const text = new TextDecoder().decode(payload)
    this.received++
    this.taken.push({ sender: `${sender.vendor}/${sender.source}`, text })
    const refused = this.refusing(text)
    this.receipt.accepted = refused?.accepted ?? 1
    this.receipt.refusals = refused?.refusals ?? null
    this.receipt.commit = this.receipt.accepted > 0 ? this.pending : 0
    if (this.instant) this.commit()
    for (const listener of this.takenListeners) listener()
    return this.receipt
  }

  refuse(sender: Sender, refusal: Refusal, payload: Uint8Array): void {
    this.refused.push({ sender: `${sender.vendor}/${sender.source}`, refusal, bytes: payload.length })
    for (const listener of this.takenListeners) listener()
  }

  /** Makes everything accepted so far durable. */
  commit(): void {
    this.durable = this.pending++
    for (const listener of this.durableListeners) listener()
  }

  relieve(): void {
    this.congested = false
    for (const listener of this.reliefListeners) listener()
  }

  /** Resolves once `condition` holds, looked at after each payload. */
  async until(condition: () => boolean): Promise<void> {
    if (condition()) return
    await new Promise<void>((resolve) => {
      this.takenListeners.push(() => {
        if (condition()) resolve()
      })
    })
  }

  onDurable(listener: () => void): void {
    this.durableListeners.push(listener)
  }

  onRelief(listener: () => void): void {
    this.reliefListeners.push(listener)
  }

  settled(commit: number): Promise<void> {
    if (commit <= this.durable) return Promise.resolve()
    return new Promise((resolve) => {
      this.onDurable(() => {
        if (commit <= this.durable) resolve()
      })
    })
  }
}
