import { signal } from '@preact/signals'
import type { SurroundingsAnswer } from '../services/core/desk-wire.ts'
import { ask } from './desk-api.ts'
import { refusalOf } from './refusal.ts'

/** What lies around the opened alert; the map and the list beside it show the same. */
export const near = signal<{
  readonly id: string
  readonly got: SurroundingsAnswer | null
  readonly fault: string
}>({ id: '', got: null, fault: '' })

/** What of it is pointed at in the list; '' for nothing. */
export const lit = signal('')

/** Fetches the surroundings of an alert. */
export async function loadNear(id: string): Promise<void> {
  const path = `alerts/${encodeURIComponent(id)}/surroundings`
  try {
    near.value = { id, got: await ask<SurroundingsAnswer>(path), fault: '' }
  } catch (thrown) {
    const got = near.peek().id === id ? near.peek().got : null
    near.value = { id, got, fault: refusalOf(thrown).message }
  }
}
