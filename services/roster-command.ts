import type { Config } from './config-schema.ts'
import type { AlertPolicy } from './core/alert-policy.ts'
import { upwards } from './core/alert-place.ts'
import { hintOf, messageOf, QingyuError, sentenceOf } from './core/errors.ts'
import { UTC, zoneNamed } from './core/local-time.ts'
import { SYSTEM } from './core/person.ts'
import type { Plan } from './core/plan.ts'
import { RosterBook } from './core/roster-book.ts'
import { directoryOf, type Listed } from './core/roster-intake.ts'
import { forLog } from './core/roster-log.ts'

/** What is asked of the rosters of a configuration. */
export interface RosterQuestion {
  readonly config: {
    readonly rosters: Config['rosters']
    readonly people: Readonly<Record<string, Listed>>
  }
  readonly plan: Plan
  readonly policy: AlertPolicy
  /** As `--at` gave it, ISO 8601; undefined: now. */
  readonly at: string | undefined
  /** As `--area` gave it; undefined: every area with a roster. */
  readonly area: string | undefined
  readonly now: number
  readonly read: (source: Config['rosters'][string], signal: AbortSignal) => Promise<string>
}

/** Reads all rosters of a configuration into a book, as a start would. Throws RO-source or what is wrong with one. */
async function bookOf({ config, plan, policy, now, read }: RosterQuestion): Promise<RosterBook> {
  const book = new RosterBook(plan, policy)
  const world = { grid: plan.grid, people: policy.people, lenient: false }
  for (const [name, setting] of Object.entries(config.rosters)) {
    const text = await read(setting, new AbortController().signal).catch((fault: unknown) => {
      throw new QingyuError('RO-source', { roster: name, why: sentenceOf(fault) }, fault)
    })
    const logged = forLog(text, { ...world, roster: name }, directoryOf(config.people), setting.area)
    const deed = { verb: 'roster', name, format: logged.format, text: logged.text } as const
    book.act(now, { id: name, time: now, by: SYSTEM, deed })
  }
  return book
}

function timeOf({ at, now }: RosterQuestion): number {
  const time = at === undefined ? now : Date.parse(at)
  if (!Number.isNaN(time)) return time
  throw new QingyuError('CF-usage', {
    value: `--at ${at}`,
    hint: 'Give a date and time with its offset, as 2026-11-22T20:00:00+08:00.',
  })
}

/** The areas asked for: those with a roster, or one with all above it. */
function areasOf({ plan: { grid }, area }: RosterQuestion, book: RosterBook): readonly number[] {
  if (area === undefined) return book.areas
  const index = grid.indexOf(area)
  if (index !== undefined) return upwards(grid, index)
  throw new QingyuError('GW-area', { value: area, grid: grid.city })
}

/** `qingyu roster`: who is on duty at a time, in the order in which they are told, and what is odd about the rosters. */
export async function rosterReport(question: RosterQuestion): Promise<string> {
  const { plan, policy } = question
  const at = timeOf(question)
  const book = await bookOf(question)
  const zone = zoneNamed(plan.grid.zone) ?? UTC
  const local = (time: number) => new Date(zone.toLocal(time)).toISOString().slice(0, 16).replace('T', ' ')
  const nameOf = (id: string) => {
    const name = policy.people.get(id)?.name
    return name === undefined ? id : `${id}  ${name.zh}  ${name.en}`
  }
  const lines = [`${local(at)} ${plan.grid.zone}`]
  if (book.areas.length === 0) lines.push('', 'No rosters: name them under rosters of the configuration.')
  for (const area of areasOf(question, book)) {
    const { zh, en } = plan.grid.names[area] ?? { zh: '', en: '' }
    lines.push('', `${plan.grid.codes[area]}  ${zh}  ${en}`)
    const onDuty = book.onDuty(area, at)
    for (const { person, order, until, source } of onDuty)
      lines.push(
        `  ${order + 1}. ${nameOf(person)}  until ${local(until)}${source === 'cover' ? ', as cover' : ''}`,
      )
    if (onDuty.length === 0) lines.push(book.hasRoster(area) ? '  nobody now' : '  no roster')
  }
  const last = policy.fallback === '' ? 'nobody: alerts.fallback is empty' : nameOf(policy.fallback)
  lines.push('', `Where nobody is on duty up to the root: ${last}`)
  for (const { code, parameters } of book.warnings(at))
    lines.push('', `${code}: ${messageOf(code, parameters)}`, `  ${hintOf(code, parameters)}`)
  return `${lines.join('\n')}\n`
}
