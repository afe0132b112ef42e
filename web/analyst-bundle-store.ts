import { signal } from '@preact/signals'
import type { BundleView } from '../services/core/replay-wire.ts'
import { ask as look, askSigned } from './analyst-api.ts'
import type { Span } from './analyst-axis.ts'
import { renew } from './analyst-history.ts'
import { backToLive } from './analyst-replay.ts'
import { a, bundle, overlay, panel, span, speak } from './analyst-store.ts'
import { apiUrl } from './desk-api.ts'
import { me } from './desk-store.ts'
import { refusalOf } from './refusal.ts'
import { named } from './store.ts'

/** Bundles that are kept or were brought in, newest first; null before they are here. */
export const bundles = signal<readonly BundleView[] | null>(null)
export const bundlesFault = signal('')
export const keeping = signal(false)
export const bringing = signal(false)

/** Why something was refused, in words. */
export function whyOf(thrown: unknown): string {
  const refusal = refusalOf(thrown)
  if (refusal.status === 0) return a(refusal.code === 'slow' ? 'slow' : 'offline')
  return [refusal.message, refusal.hint].filter(Boolean).join('. ')
}

/** Asks who is there to sign in, where a refusal means that nobody is; true when it did. */
export function mustSignIn(thrown: unknown): boolean {
  if (refusalOf(thrown).status !== 401) return false
  me.value = null
  overlay.value = 'sign-in'
  return true
}

/** A name that people give a bundle: its own, else its span. */
export function nameOf(one: BundleView): string {
  return one.name || `${named(one.city)} ${one.id.slice(0, 6)}`
}

/** Loads the list. */
export async function loadBundles(): Promise<void> {
  try {
    bundles.value = (await look<{ readonly bundles: readonly BundleView[] }>('bundles')).bundles
    bundlesFault.value = ''
  } catch (thrown) {
    bundlesFault.value = whyOf(thrown)
  }
}

async function keep(body: Readonly<Record<string, unknown>>): Promise<BundleView | null> {
  keeping.value = true
  try {
    const made = await askSigned<BundleView>('bundles', 'POST', body)
    speak(a('keptIt', { name: nameOf(made) }))
    panel.value = 'bundles'
    void loadBundles()
    return made
  } catch (thrown) {
    if (!mustSignIn(thrown)) speak(a('keepFailed', { why: whyOf(thrown) }), true)
    return null
  } finally {
    keeping.value = false
  }
}

/** Keeps the last minutes. */
export function keepLast(minutes: number): Promise<BundleView | null> {
  return keep({ minutes })
}

/** Keeps a stretch. */
export function keepSpan({ from, to }: Span): Promise<BundleView | null> {
  return keep({ from: Math.round(from), to: Math.round(to) })
}

/** Keeps an incident with what led to it, and begins its download. */
export async function exportIncident(id: string): Promise<void> {
  const made = await keep({ incident: id })
  if (made !== null) location.assign(fileOf(made))
}

/** Address of a bundle's file. */
export function fileOf({ id }: BundleView): string {
  return apiUrl(`bundles/${id}`).href
}

/** Brings a bundle in from a file. */
export async function bringIn(file: File): Promise<void> {
  bringing.value = true
  try {
    const got = await askSigned<BundleView>('bundles/open', 'POST', file)
    speak(a('brought', { name: nameOf(got) }))
    await loadBundles()
  } catch (thrown) {
    if (!mustSignIn(thrown)) speak(a('bringFailed', { why: whyOf(thrown) }), true)
  } finally {
    bringing.value = false
  }
}

/** Looks at a bundle instead of this installation's archive; '' : back to that. */
export function lookInto(id: string): void {
  backToLive()
  span.value = null
  bundle.value = id
  renew()
}
