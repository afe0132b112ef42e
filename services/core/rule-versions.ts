import type { Action, Deed, Outcome } from './action.ts'
import { commentOf, nameOf } from './alert-deed.ts'
import type { RulesInForce, TickRecord } from './change.ts'
import type { StateEntry } from './commit.ts'
import { QingyuError } from './errors.ts'
import { jsonEntries, jsonEntry, jsonOf } from './json-entry.ts'
import { isPermitted, rolesFor } from './permission.ts'
import { withoutNumbers } from './personal.ts'
import type { Plan } from './plan.ts'
import { isPlainRules, ruleSetOf, versionOfRules, type PlainRules } from './rule-set.ts'
import { fixedFault } from './rules-fixed.ts'

/** Prefix of the saved versions in the state of the alert stage, and the key of what is in force of them. */
export const VERSION_PREFIX = 'rv/'
export const STANDING_KEY = 'rules'

/** Versions that are kept; beyond, the oldest that was never in force goes, then the one that was longest ago. */
export const MOST_VERSIONS = 200
/** Times of being put into force that a version remembers, the newest. */
const MOST_PUBLISHED = 50
const MOST_NAME = 80
/** Characters of rules as JSON. */
const MOST_BOOK = 1_048_576
/** A publication is in force so long after it is decided, ms: by then it stands in all partitions. */
const LEAD_MS = 5_000
/** A publication that is not in force so long after its time was overtaken by a configuration file, ms. */
const OVERTAKEN_MS = 60_000

/** A version as it stands under {@link VERSION_PREFIX}. */
export interface KeptVersion {
  readonly name: string
  readonly saved: number
  readonly by: string
  readonly published: readonly { readonly at: number; readonly by: string; readonly why: string }[]
  readonly book: PlainRules
}

/** A publication that is decided and not in force yet; it is wanted from tick `from` on, ms. */
export interface Publication {
  readonly version: string
  readonly by: string
  readonly why: string
  readonly from: number
}

/** What stands under {@link STANDING_KEY}. Versions are '' before the log told of any. */
export interface RulesStanding {
  readonly current: string
  /** What the configuration file said last. */
  readonly file: string
  readonly pending: Publication | null
  /** Time of the newest publication; later ones come later. */
  readonly from: number
}

/** Reads {@link RulesStanding}. */
export function rulesStanding(bytes: Uint8Array | undefined): RulesStanding {
  return bytes === undefined
    ? { current: '', file: '', pending: null, from: 0 }
    : jsonOf<RulesStanding>(bytes)
}

/** Saved versions of the rules, which of them is in force, and who put it there. */
export class RuleVersions {
  readonly #plan: Plan
  readonly #versions = new Map<string, KeptVersion>()
  readonly #changed = new Map<string, StateEntry>()
  #standing: RulesStanding = rulesStanding(undefined)

  constructor(plan: Plan) {
    this.#plan = plan
  }

  restore(entries: ReadonlyMap<string, Uint8Array>): void {
    this.#standing = rulesStanding(entries.get(STANDING_KEY))
    for (const [version, kept] of jsonEntries<KeptVersion>(entries, VERSION_PREFIX))
      this.#versions.set(version, kept)
  }

  /** Hears what the log has put into force. Rate: per tick. */
  tick(at: number, records: readonly TickRecord[]): void {
    for (const { inForce } of records) if (inForce !== undefined) this.#hear(at, inForce)
    const { pending } = this.#standing
    if (pending !== null && at > pending.from + OVERTAKEN_MS) this.#stand({ pending: null })
  }

  /** Saves or publishes; null for another verb. A refused act changes nothing. */
  act(at: number, action: Action): Outcome | null {
    const { verb } = action.deed
    if (verb !== 'save-rules' && verb !== 'publish-rules') return null
    try {
      const subject = this.#take(at, action)
      return { action: action.id, code: null, parameters: {}, subject }
    } catch (error) {
      if (!(error instanceof QingyuError)) throw error
      return { action: action.id, code: error.code, parameters: error.parameters, subject: '' }
    }
  }

  /** What has to be written since the last call. */
  take(): StateEntry[] {
    const entries = [...this.#changed.values()]
    this.#changed.clear()
    return entries
  }

  #take(at: number, { by, deed }: Action): string {
    if (!isPermitted(by.role, 'publish')) {
      const expected = rolesFor('publish').join(' or ')
      throw new QingyuError('AL-role', { role: by.role, person: by.person, verb: deed.verb, expected })
    }
    if (deed.verb === 'save-rules') return this.#save(at, by.person, deed)
    return deed.verb === 'publish-rules' ? this.#publish(at, by.person, deed) : ''
  }

  #save(at: number, by: string, deed: Extract<Deed, { verb: 'save-rules' }>): string {
    const { book }: { readonly book: unknown } = deed
    const name = titleOf(deed)
    if (!isPlainRules(book) || JSON.stringify(book).length > MOST_BOOK)
      throw wrong('rules', 'something else', `rules of at most ${MOST_BOOK} characters`)
    const { indicators, scheme } = this.#plan
    const set = ruleSetOf(book)
    const version = versionOfRules(indicators, scheme, set.rules, set.parents)
    if (version !== book.version) throw wrong('version', nameOf(book.version), version)
    const fault = fixedFault(this.#plan, set)
    if (fault !== null) throw fault
    const known = this.#versions.get(version)
    this.#keep(version, { name, saved: at, by, published: known?.published ?? [], book })
    return version
  }

  #publish(at: number, by: string, deed: Extract<Deed, { verb: 'publish-rules' }>): string {
    const version = nameOf(deed.version)
    const kept = this.#versions.get(version)
    const why = commentOf(deed)
    const { current, pending, from } = this.#standing
    if (kept === undefined) throw new QingyuError('RS-unknown', { value: version })
    if (why === '') throw wrong('why', 'empty', 'why these rules are put into force, in a few words')
    if (pending !== null) throw new QingyuError('RS-pending', { value: pending.version })
    if (version === current) throw new QingyuError('RS-current', { value: version })
    const fault = fixedFault(this.#plan, ruleSetOf(kept.book))
    if (fault !== null) throw fault
    const next = Math.max(at + Math.max(LEAD_MS, 2 * this.#plan.tickMs), from + 1)
    this.#stand({ pending: { version, by, why, from: next }, from: next })
    return version
  }

  /** What the file says is a version, too, so that it can be put back into force. The same may be told again after a loss of ticks. */
  #hear(at: number, { rules, after, by, why = '', book }: RulesInForce): void {
    // What a log begins with holds from its first tick.
    const since = after === 0 ? at : after
    const known = this.#versions.get(rules)
    const before = known?.published.filter((each) => each.at !== since) ?? []
    const published = [...before, { at: since, by: by ?? '', why }].slice(-MOST_PUBLISHED)
    const { name = '', saved = since, by: author = '' } = known ?? {}
    this.#stand({ current: rules, ...(by === undefined && { file: rules }) })
    if (this.#standing.pending?.version === rules) this.#stand({ pending: null })
    this.#keep(rules, { name, saved, by: author, published, book })
  }

  #keep(version: string, kept: KeptVersion): void {
    this.#versions.set(version, kept)
    this.#change(VERSION_PREFIX + version, kept)
    while (this.#versions.size > MOST_VERSIONS && this.#dropOldest(version));
  }

  #dropOldest(added: string): boolean {
    const { current, file, pending } = this.#standing
    const held = new Set([added, current, file, pending?.version])
    const [oldest] = [...this.#versions]
      .filter(([version]) => !held.has(version))
      .map(([version, { saved, published }]) => ({ version, saved, last: published.at(-1)?.at ?? 0 }))
      .sort((a, b) => a.last - b.last || a.saved - b.saved || (a.version < b.version ? -1 : 1))
    if (oldest === undefined) return false
    this.#versions.delete(oldest.version)
    this.#change(VERSION_PREFIX + oldest.version, undefined)
    return true
  }

  #stand(standing: Partial<RulesStanding>): void {
    this.#standing = { ...this.#standing, ...standing }
    this.#change(STANDING_KEY, this.#standing)
  }

  #change(key: string, value: KeptVersion | RulesStanding | undefined): void {
    this.#changed.set(key, jsonEntry(key, value))
  }
}

function wrong(field: string, value: string, expected: string): QingyuError {
  return new QingyuError('RS-value', { field, value, expected })
}

/** The name that somebody gave to rules, at most 80 characters, without what looks like somebody's number. RS-value. */
function titleOf({ name }: { readonly name: unknown }): string {
  const title = typeof name === 'string' ? withoutNumbers(name).slice(0, MOST_NAME).trim() : ''
  if (title === '') throw wrong('name', 'empty', `a name of at most ${MOST_NAME} characters`)
  return title
}
