import type { AlertRow, Told } from '../services/core/desk-wire.ts'
import type { Entry } from '../services/core/alert.ts'
import { d, minute, unitName, who } from './desk-store.ts'
import { DONE, DUTY } from './desk-terms.ts'
import { count, since } from './format.ts'
import { lookOf } from './look.ts'
import { city, lang, named, scheme, told, zone } from './store.ts'

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

/** A line of the record: what was done, in words, and what was said with it. The program's comments are marks, not prose. */
export function lineOf(entry: Entry): { readonly text: string; readonly comment: string } {
  const pair = DONE[entry.what]
  const own = entry.person === '' || entry.person === 'qingyu'
  const to =
    entry.what === 'escalate'
      ? toldBy(entry.comment)
      : listOf(entry.unit.split(',').filter(Boolean).map(unitName)) || (own ? '' : d('persons'))
  const unit = unitName(entry.unit)
  const text = told(pair, { to, unit, level: levelOf(entry.rank) })
  return { text, comment: own ? markOf(entry.comment, entry.what) : entry.comment }
}

/** `<code>:<person>,<person>` or `empty:<code>`. */
function toldBy(mark: string): string {
  const [head = '', rest = ''] = mark.split(':', 2)
  if (head === 'empty') return placeOf(rest)
  return rest === '' ? head : listOf(rest.split(',').map(who))
}

function markOf(mark: string, what: Entry['what']): string {
  const [head = '', rest = ''] = mark.split(':', 2)
  if (head === 'empty') return d('dutyNone')
  if (what === 'escalate') return rest === '' ? '' : placeOf(head)
  if (head === 'into' || head === 'from') return rest
  const duty = Object.entries(DUTY).find(([id]) => id === mark)?.[1]
  if (duty !== undefined) return named(duty)
  const unit = unitName(mark)
  return unit === mark ? '' : unit
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
