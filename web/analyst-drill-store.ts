import { effect, signal } from '@preact/signals'
import type { DrillScore, OpenReplay, ReplayView } from '../services/core/replay-wire.ts'
import { ask } from './analyst-api.ts'
import { mustSignIn, whyOf } from './analyst-bundle-store.ts'
import { a, speak } from './analyst-store.ts'
import { ask as sign } from './desk-api.ts'
import { fetchReplays } from './player-api.ts'

/** How often running drills and their score are asked for, ms. */
const ASK = 3000

/** Drills that run. */
export const drills = signal<readonly ReplayView[]>([])
/** The drill whose score is shown; '' for none. */
export const watched = signal('')
export const score = signal<DrillScore | null>(null)
export const scoreFault = signal<unknown>(null)

async function loadScore(id: string): Promise<void> {
  try {
    const got = await ask<DrillScore>(`replays/${id}/score`)
    if (watched.peek() !== id) return
    score.value = got
    scoreFault.value = null
  } catch (thrown) {
    // Of a drill that is over and closed the last score stays on the page.
    if (watched.peek() === id && score.peek() === null) scoreFault.value = thrown
  }
}

async function load(): Promise<void> {
  const got = await fetchReplays().catch(() => null)
  if (got !== null) drills.value = got.replays.filter(({ kind }) => kind === 'drill')
  if (watched.peek() !== '') await loadScore(watched.peek())
}

/** Follows drills and the score while their panel is open; answers how to stop. */
export function loadDrills(): () => void {
  const timer = window.setInterval(() => void load(), ASK)
  const stop = effect(() => {
    score.value = null
    scoreFault.value = null
    if (watched.value !== '') void loadScore(watched.value)
  })
  void load()
  return () => {
    stop()
    clearInterval(timer)
  }
}

/** Starts a drill from an incident. */
export async function startDrill(drill: Pick<OpenReplay, 'incident' | 'title' | 'people'>): Promise<void> {
  try {
    const made = await sign<ReplayView>('replays', 'POST', {
      ...drill,
      kind: 'drill',
      playing: true,
      rate: 1,
    })
    watched.value = made.id
    speak(a('drillStarted'))
    await load()
  } catch (thrown) {
    if (!mustSignIn(thrown)) speak(a('drillFailed', { why: whyOf(thrown) }), true)
  }
}

/** Ends a drill for all who take part; its score is read once more before. */
export async function endDrill(id: string): Promise<void> {
  await loadScore(id)
  await sign(`replays/${id}`, 'DELETE').catch((thrown: unknown) => {
    if (!mustSignIn(thrown)) speak(whyOf(thrown), true)
  })
  await load()
}
