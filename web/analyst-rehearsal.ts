import { batch, effect, signal } from '@preact/signals'
import type { OpenRehearsal, RehearsalsAnswer, RehearsalView } from '../services/core/replay-wire.ts'
import { ask } from './analyst-api.ts'
import { whyOf } from './analyst-bundle-store.ts'
import { sent } from './analyst-rule-store.ts'
import {
  a,
  against,
  againstId,
  bundle,
  chosen,
  panel,
  rehearsal,
  rehearsalId,
  speak,
} from './analyst-store.ts'
import { refusalOf } from './refusal.ts'

/** How often one that runs is asked how far it is, ms. */
const ASK = 500
const AGAIN = 4000

/** Rehearsals that the server holds, newest first, without their results. */
export const rehearsals = signal<readonly RehearsalView[]>([])
export const starting = signal(false)
/** The server no longer holds the one that a link names. */
export const gone = signal(false)

/** Loads the list of those to compare with. */
export async function loadRehearsals(): Promise<void> {
  const got = await ask<RehearsalsAnswer>('rehearsals').catch(() => null)
  if (got !== null) rehearsals.value = got.rehearsals
}

/** Follows one until it is done. */
function followOne(id: string, into: typeof rehearsal): () => void {
  let over = false
  let timer = 0
  const load = async (): Promise<void> => {
    try {
      const got = await ask<RehearsalView>(`rehearsals/${encodeURIComponent(id)}`)
      if (over) return
      into.value = got
      if (got.state === 'queued' || got.state === 'running') timer = window.setTimeout(() => void load(), ASK)
      else void loadRehearsals()
    } catch (thrown) {
      if (over) return
      if (refusalOf(thrown).status === 404) gone.value = into === rehearsal
      else timer = window.setTimeout(() => void load(), AGAIN)
    }
  }
  void load()
  return () => {
    over = true
    clearTimeout(timer)
  }
}

/** Keeps what the address names before the page's eyes; once, for the page's life. */
export function followRehearsal(): void {
  for (const [id, into] of [
    [rehearsalId, rehearsal],
    [againstId, against],
  ] as const)
    effect(() => {
      gone.value = false
      if (into.peek()?.id !== id.value) into.value = null
      return id.value === '' ? undefined : followOne(id.value, into)
    })
}

/** Runs what is edited over the stretch that is seen. */
export async function rehearse(): Promise<void> {
  const [seen, rules] = [chosen.peek(), sent()]
  if (seen === null || rules === null) return
  starting.value = true
  const body: OpenRehearsal = {
    from: Math.round(seen.from),
    to: Math.round(seen.to),
    ...rules,
    ...(bundle.peek() !== '' && { bundle: bundle.peek() }),
  }
  try {
    const made = await ask<RehearsalView>('rehearsals', 'POST', body)
    batch(() => {
      rehearsal.value = made
      rehearsalId.value = made.id
      againstId.value = ''
      panel.value = 'rehearsal'
    })
  } catch (thrown) {
    speak(a('runFailed', { why: whyOf(thrown) }), true)
  } finally {
    starting.value = false
  }
}
