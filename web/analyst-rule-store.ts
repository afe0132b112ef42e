import { computed, effect, signal } from '@preact/signals'
import type { DoneAnswer } from '../services/core/desk-wire.ts'
import type { RulesCheck, RulesText, RuleVersion } from '../services/core/rules-wire.ts'
import { ask, askText, Faults } from './analyst-api.ts'
import type { Fault } from './analyst-api.ts'
import { mustSignIn, whyOf } from './analyst-bundle-store.ts'
import { loadVersions, versions } from './analyst-names.ts'
import { renew } from './analyst-history.ts'
import { changesOf, withValue } from './analyst-rule-text.ts'
import type { Path } from './analyst-rule-text.ts'
import { a, speak, version } from './analyst-store.ts'
import { perform } from './desk-api.ts'

/** Typing rests so long before it is checked, ms. */
const REST = 350
const KEPT = 'qingyu.rules.draft'

/** How the rules are edited. */
export const mode = signal<'form' | 'yaml'>('form')
export const yaml = signal('')
/** Rules as they were edited; null: nothing was. */
export const draft = signal<RulesText | null>(kept())
/** How the last check went. */
export const checking = signal(false)
export const faults = signal<readonly Fault[]>([])
/** What the server read out of the file, when it last did. */
export const read = signal<RulesCheck | null>(null)
/** Fields that hold no value at all, by `rule/path`: they keep rules from being sent. */
export const unread = signal<ReadonlySet<string>>(new Set())
export const saving = signal(false)
/** The version about to be published. */
export const publishing = signal<RuleVersion | null>(null)

/** What was edited survives signing in and a reload of the page. */
function kept(): RulesText | null {
  const text = sessionStorage.getItem(KEPT)
  return text === null ? null : (JSON.parse(text) as RulesText)
}

/** The version that is edited: the chosen one, else that in force. */
export const base = computed((): RuleVersion | null => {
  const all = versions.value ?? []
  return (
    all.find((one) => one.version === version.value) ?? all.find(({ current }) => current) ?? all[0] ?? null
  )
})

/** The version in force. */
export const current = computed(() => versions.value?.find((one) => one.current) ?? null)

/** The rules as they stand in the form. */
export const text = computed((): RulesText | null => draft.value ?? base.value?.text ?? null)

/** What differs from the rules in force. */
export const changes = computed(() => {
  const [was, is] = [current.value?.text, mode.value === 'yaml' ? (read.value?.text ?? null) : text.value]
  return was === undefined || is === null ? [] : changesOf(was, is)
})

/** Whether there is something to run or save, and nothing wrong with it. */
export const isSound = computed(() => {
  if (faults.value.length > 0 || unread.value.size > 0 || checking.value) return false
  return changes.value.length > 0
})

/** Sets a value of a rule; undefined takes it out. */
export function set(rule: string, path: Path, value: unknown): void {
  const known = text.peek()
  if (known !== null) draft.value = withValue(known, rule, path, value)
}

/** Takes all edits back. */
export function undoAll(): void {
  draft.value = null
  unread.value = new Set()
}

/** Edits another version. */
export function editVersion(one: RuleVersion): void {
  undoAll()
  mode.value = 'form'
  version.value = one.current ? '' : one.version
}

/** The rules as they are sent: from the form, or the file. */
export function sent(): { readonly text: RulesText } | { readonly yaml: string } | null {
  if (mode.peek() === 'yaml') return { yaml: yaml.peek() }
  const known = text.peek()
  return known === null ? null : { text: known }
}

let checked = 0

async function check(): Promise<void> {
  const own = ++checked
  const body = sent()
  if (body === null) return
  try {
    const got = await ask<RulesCheck>('rules/check', 'POST', body)
    if (own !== checked) return
    faults.value = []
    read.value = got
  } catch (thrown) {
    if (own !== checked) return
    faults.value =
      thrown instanceof Faults ? thrown.faults : [{ pointer: '', line: 0, message: whyOf(thrown), hint: '' }]
  } finally {
    if (own === checked) checking.value = false
  }
}

/** Checks what was written as soon as it rests; once, for the page's life. */
export function followEdits(): void {
  let timer = 0
  effect(() => {
    const written = mode.value === 'yaml' ? yaml.value.trim() !== '' : draft.value !== null
    const known = draft.value
    if (known === null) sessionStorage.removeItem(KEPT)
    else sessionStorage.setItem(KEPT, JSON.stringify(known))
    clearTimeout(timer)
    checked++
    checking.value = written
    if (written) timer = window.setTimeout(() => void check(), REST)
    else faults.value = []
  })
}

/** Saves what is edited as a version; null when it was not. */
export async function save(name: string): Promise<RuleVersion | null> {
  const body = sent()
  if (body === null) return null
  saving.value = true
  try {
    const { subject } = await perform<DoneAnswer>('rules/versions', 'POST', { ...body, name })
    await loadVersions()
    const made = versions.peek()?.find((one) => one.version === subject) ?? null
    speak(a('saved', { v: name }))
    if (made !== null) editVersion(made)
    return made
  } catch (thrown) {
    if (!mustSignIn(thrown)) speak(a('saveFailed', { why: whyOf(thrown) }), true)
    return null
  } finally {
    saving.value = false
  }
}

/** Between two looks whether a decided version is in force, ms; and how many there are at most. */
const LOOK = 1000
const LOOKS = 30

async function untilInForce(): Promise<void> {
  await loadVersions()
  for (let i = 0; i < LOOKS && versions.peek()?.some(({ pending }) => pending); i++) {
    await new Promise((done) => setTimeout(done, LOOK))
    await loadVersions()
  }
  renew()
}

/** Writes the file that says what is in force, to be changed. */
export async function writeYaml(): Promise<void> {
  mode.value = 'yaml'
  if (yaml.peek().trim() !== '') return
  const got = await askText('rules/text?format=yaml').catch(() => '')
  if (yaml.peek().trim() === '') yaml.value = got
}

/** Puts a version into force, from the next tick on; true when it was. */
export async function publish({ version: id, name }: RuleVersion, why: string): Promise<boolean> {
  try {
    await perform(`rules/versions/${encodeURIComponent(id)}/publish`, 'POST', { why })
    speak(a('published', { v: name || id.slice(0, 6) }))
    version.value = ''
    undoAll()
    await untilInForce()
    return true
  } catch (thrown) {
    if (!mustSignIn(thrown)) speak(a('publishFailed', { why: whyOf(thrown) }), true)
    return false
  }
}
