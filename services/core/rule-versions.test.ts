import { describe, expect, it } from 'vitest'
import { actionOf, dutyPolicy, STAFF } from '../testdata/duty-city.ts'
import { tickRecord } from '../testdata/small-city.ts'
import { busyPlan } from '../testdata/watched-city.ts'
import type { Deed } from './action.ts'
import { decodeAlertRecord } from './alert-record.ts'
import { Alerting } from './alerting.ts'
import type { RulesInForce, TickRecord } from './change.ts'
import { jsonEntries } from './json-entry.ts'
import type { RuleSet } from './rule.ts'
import { plainRules, versionOfRules, type PlainRules } from './rule-set.ts'
import {
  MOST_VERSIONS,
  RuleVersions,
  rulesStanding,
  STANDING_KEY,
  VERSION_PREFIX,
  type KeptVersion,
} from './rule-versions.ts'

const plan = busyPlan(1)
const START = Date.UTC(2026, 10, 22)

/** The rules of the plan with another window of the first, by number. */
function bookOf(minutes: number): PlainRules {
  const rules = plan.rules.rules.map((rule, i) => (i === 0 ? { ...rule, windowMs: minutes * 60_000 } : rule))
  const version = versionOfRules(plan.indicators, plan.scheme, rules, plan.rules.parents)
  const set: RuleSet = { ...plan.rules, version, rules: rules.map((rule) => ({ ...rule, version })) }
  return plainRules(set)
}

const [five, six, seven] = [bookOf(5), bookOf(6), bookOf(7)]
const said = (book: PlainRules, after: number, by?: string): RulesInForce => ({
  rules: book.version,
  after,
  ...(by !== undefined && { by, why: 'tried' }),
  book,
})

/** A book of versions over a store, made anew before each tick. */
class Shelf {
  readonly entries = new Map<string, Uint8Array>()
  #at = START
  #acts = 0

  tick(inForce: RulesInForce | null, ...deeds: (readonly [who: string, deed: Deed])[]) {
    this.#at += 1000
    const book = new RuleVersions(plan)
    book.restore(this.entries)
    const records: TickRecord[] = [tickRecord(0, this.#at, inForce === null ? {} : { inForce })]
    book.tick(this.#at, records)
    const outcomes = deeds.map(([who, deed]) => {
      const person = STAFF.get(who)
      return person && book.act(this.#at, actionOf(++this.#acts, this.#at, person, deed))
    })
    for (const { key, value } of book.take())
      if (value === null) this.entries.delete(key)
      else this.entries.set(key, value)
    return outcomes.map((outcome) => outcome?.code ?? outcome?.subject)
  }

  get standing() {
    return rulesStanding(this.entries.get(STANDING_KEY))
  }

  get versions() {
    return new Map(jsonEntries<KeptVersion>(this.entries, VERSION_PREFIX))
  }

  get at() {
    return this.#at
  }

  wait(ms: number) {
    this.#at += ms
  }
}

const save = (book: PlainRules, name = 'tried'): Deed => ({ verb: 'save-rules', name, book })
const publish = ({ version }: PlainRules, comment = 'storm season'): Deed => ({
  verb: 'publish-rules',
  version,
  comment,
})

describe('versions of the rules', () => {
  it('[RV20] keeps what is saved by supervisors and administrators, under its newest name', () => {
    const shelf = new Shelf()
    expect(shelf.tick(null, ['sun', save(six, 'Storm 13812345678')], ['zhao', save(seven)])).toEqual([
      six.version,
      seven.version,
    ])
    expect(shelf.versions.get(six.version)).toMatchObject({ by: 'sun', saved: shelf.at, published: [] })
    expect(shelf.versions.get(six.version)?.name).not.toContain('138')
    shelf.tick(null, ['he', save(six, 'Autumn')])
    expect(shelf.versions.get(six.version)).toMatchObject({ name: 'Autumn', by: 'he' })
    expect(shelf.versions.size).toBe(2)
  })

  it.each<[string, string, Deed, string]>([
    ['an officer', 'chen', save(six), 'AL-role'],
    ['a commander', 'xu', publish(six), 'AL-role'],
    ['no name', 'sun', save(six, ' '), 'RS-value'],
    ['another version than it says', 'sun', save({ ...six, version: seven.version }), 'RS-value'],
    [
      'something else',
      'sun',
      { verb: 'save-rules', name: 'x', book: { rules: 1 } } as unknown as Deed,
      'RS-value',
    ],
    ['a version that nobody saved', 'sun', publish(seven), 'RS-unknown'],
    ['no reason', 'sun', publish(six, ''), 'RS-value'],
    ['the version in force', 'sun', publish(five), 'RS-current'],
  ])('[RV21] refuses %s', (_, who, deed, code) => {
    const shelf = new Shelf()
    shelf.tick(said(five, START))
    shelf.tick(null, ['sun', save(six)])
    const before = new Map(shelf.entries)
    expect(shelf.tick(null, [who, deed])).toEqual([code])
    expect(shelf.entries).toEqual(before)
  })

  it('[RV21] refuses rules of another kind than those of the configuration', () => {
    const rules = five.rules.slice(1)
    const set = { ...five, rules }
    const version = versionOfRules(plan.indicators, plan.scheme, plan.rules.rules.slice(1), five.parents)
    expect(new Shelf().tick(null, ['sun', save({ ...set, version })])).toEqual(['RS-fixed'])
  })

  it('[RV22] puts a version into force some seconds ahead, one at a time, and knows when it was and what is', () => {
    const shelf = new Shelf()
    shelf.tick(said(five, START))
    shelf.tick(null, ['sun', save(six)], ['sun', save(seven)])
    expect(shelf.tick(null, ['sun', publish(six)], ['zhao', publish(seven)])).toEqual([
      six.version,
      'RS-pending',
    ])
    const { pending } = shelf.standing
    expect(pending).toEqual({ version: six.version, by: 'sun', why: 'storm season', from: shelf.at + 5_000 })
    shelf.tick(said(six, pending?.from ?? 0, 'sun'))
    expect(shelf.standing).toMatchObject({ current: six.version, file: five.version, pending: null })
    expect(shelf.versions.get(six.version)?.published).toEqual([
      { at: pending?.from, by: 'sun', why: 'tried' },
    ])
  })

  it('[RV23] goes back to the rules of the file, which it keeps as a version of their own', () => {
    const shelf = new Shelf()
    shelf.tick(said(five, START))
    shelf.tick(said(six, START, 'sun'))
    expect(shelf.versions.get(five.version)).toMatchObject({
      name: '',
      by: '',
      published: [{ at: START, by: '' }],
    })
    expect(shelf.tick(null, ['sun', publish(five)])).toEqual([five.version])
    const first = shelf.standing.from
    shelf.tick(said(five, first, 'sun'))
    expect(shelf.tick(null, ['sun', publish(six)])).toEqual([six.version])
    expect(shelf.standing.from).toBeGreaterThan(first)
  })

  it('[RV23] lets another be published when a file has overtaken one', () => {
    const shelf = new Shelf()
    shelf.tick(said(five, START))
    shelf.tick(null, ['sun', save(six)], ['sun', publish(six)])
    shelf.tick(said(seven, shelf.at))
    expect(shelf.tick(null, ['sun', publish(five)])).toEqual(['RS-pending'])
    shelf.wait(120_000)
    expect(shelf.tick(null, ['sun', publish(five)])).toEqual([five.version])
  })

  it('[RV24] keeps 200 versions, those longest without being in force the first to go', () => {
    const shelf = new Shelf()
    shelf.tick(said(five, START))
    for (let minutes = 6; minutes < 6 + MOST_VERSIONS; minutes++)
      shelf.tick(null, ['sun', save(bookOf(minutes))])
    expect(shelf.versions.size).toBe(MOST_VERSIONS)
    expect(shelf.versions.has(five.version)).toBe(true)
    expect(shelf.versions.has(six.version)).toBe(false)
    expect(shelf.versions.has(bookOf(5 + MOST_VERSIONS).version)).toBe(true)
  })

  it('[RV25] writes who saved and published what into the audit log', () => {
    const alerting = new Alerting(plan, dutyPolicy(), { offset: 0, at: 0, entries: new Map() })
    const sun = STAFF.get('sun')
    const deeds = [save(six), publish(six, 'storm season')]
    const actions = deeds.flatMap((deed, i) => (sun ? [actionOf(i, START, sun, deed)] : []))
    const commit = alerting.apply({ at: START, records: [tickRecord(0, START, { actions })] })
    expect(commit && decodeAlertRecord(commit.record).audit).toMatchObject([
      { person: 'sun', verb: 'save-rules', subject: six.version, code: null },
      { person: 'sun', verb: 'publish-rules', subject: six.version, comment: 'storm season', code: null },
    ])
  })
})
