import type { AlertRow, Told } from '../services/core/desk-wire.ts'
import type { Entry } from '../services/core/alert.ts'
import { d, minute, unitName, who } from './desk-store.ts'
import { DUTIES } from '../services/core/alert-text.ts'
import { DONE } from './desk-terms.ts'
import { count, since } from './format.ts'
import { lookOf } from './look.ts'
import { player } from './player.ts'
import { city, lang, named, scheme, told, zone } from './store.ts'

/** A drill; in a session everything is an exercise. */
export function isExercise({ exercise }: Pick<AlertRow, 'exercise'>): boolean {
  return exercise || player !== null
}

/** What and where, in one line. */
export function headlineOf(row: AlertRow): string {
  if (row.headline !== '') return row.headline
  const parts = { area: named(row.area.name), what: named(row.name), n: count(row.count, lang.value) }
  return d(row.count > 1 ? 'headline' : 'headlineOne', parts)
}

/** A time of the past or near future, with its date where that is another day. */
export function at(ms: number): string {
  return since(ms, minute.value, zone.value, lang.value)
}

/** Name of a level. */
export function levelOf(rank: number): string {
  return named(lookOf(scheme.value, rank).name)
}

/** Name of an area by code; the code where the grid is not here yet. */
export function placeOf(code: string): string {
  const index = city.value?.indexOf.get(code)
  return index === undefined ? code : named(city.value?.doc.names[index]) || code
}

const LIST = { zh: '、', en: ', ' } as const

/** Several names as one phrase. */
export function listOf(names: readonly string[]): string {
  return names.join(LIST[lang.value])
}

/**
 * A line of the record: what was done, in words, and what was said with it. The program's comments are marks, not prose.
 * `isFirst`: who was called when it began, before anything was passed on.
 */
export function lineOf(entry: Entry, isFirst = false): { readonly text: string; readonly comment: string } {
  const { what, rank, person } = entry
  const own = person === '' || person === 'qingyu'
  const [mark, said] = own ? marksOf(entry) : spokenOf(entry)
  const units = listOf(entry.unit.split(',').filter(Boolean).map(unitName))
  const parts = { to: units || mark, unit: units, level: levelOf(rank) }
  if (what === 'escalate' && isFirst) return { text: d('calledFirst', { to: mark }), comment: said }
  return { text: told(DONE[what], what === 'escalate' ? { ...parts, to: mark } : parts), comment: said }
}

/** Of what somebody did: whom they sent, where it was a person, and their own words. */
function spokenOf({ what, unit, comment }: Entry): readonly [string, string] {
  const sent = what === 'dispatch' && unit === '' ? /^([a-z0-9-]{1,64}):([^]*)$/.exec(comment) : null
  return sent === null ? ['', comment] : [who(sent[1] ?? ''), sent[2] ?? '']
}

/** Of what the program did: whom it told, and what its mark means. */
function marksOf({ what, comment }: Entry): readonly [string, string] {
  const [head = '', rest = ''] = comment.split(':', 2)
  if (what === 'escalate') {
    if (head === 'default') return [who(rest), d('toDefault')]
    if (head === 'empty') return [placeOf(rest), d('dutyNone')]
    if (head === 'nobody') return [unitName(rest), d('nobodyIn', { unit: unitName(rest) })]
    return [listOf(rest.split(',').filter(Boolean).map(who)), placeOf(head)]
  }
  if (head === 'into' || head === 'from') return ['', rest]
  if (what === 'inhibited' || what === 'released') return ['', heldBy({ by: comment })]
  if (comment === 'full') return ['', d('madeRoom')]
  const duty = Object.entries(DUTIES).find(([id]) => id === comment)?.[1]
  return ['', duty === undefined ? unitName(comment) : named(duty)]
}

/** By what a notice was held back. */
export function heldBy(notice: Pick<Told, 'by'>): string {
  const [head = '', rest = ''] = notice.by.split(':', 2)
  switch (head) {
    case 'silence':
      return d('heldSilence')
    case 'inhibited':
      return d('heldInhibited')
    case 'shelved':
      return d('heldShelved')
    case 'maintenance':
      return d('heldMaintenance', { name: rest })
    case 'rate':
      return d('heldRate')
    case 'grouped':
      return d('heldGrouped')
    case 'schedule':
      return d('heldSchedule')
    default:
      return notice.by
  }
}
