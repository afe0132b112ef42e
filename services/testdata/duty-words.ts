import type { Deed } from '../core/action.ts'
import type { Rank } from '../core/level.ts'
import type { Channel } from '../core/notice.ts'

/** What a sentence needs to know of the day: times, areas and alerts by the names that people use. */
export interface Meaning {
  time(text: string): number
  area(name: string): string
  alert(name: string): string
  silence(): string
}

const RANKS = ['calm', 'blue', 'yellow', 'orange', 'red']

/** Rank of a colour. */
export function rankCalled(name: string): Rank {
  const rank = RANKS.indexOf(name)
  if (rank < 0) throw new Error(`${name} is no colour`)
  return rank
}

/** Colour of a rank. */
export function colourOf(rank: Rank): string {
  return RANKS[rank] ?? 'unknown'
}

type Sentence = readonly [RegExp, (words: readonly string[], say: string, of: Meaning) => Deed]

const list = (text = ''): readonly string[] => text.split(/[ ,]+/).filter((word) => word !== '')

/** What people do, in the words of a duty officer's log; what stands behind a colon is their comment. */
const SENTENCES: readonly Sentence[] = [
  [
    /^(acknowledge|handle|verifie|reject|close|reopen|unshelve)s (\S+)$/,
    ([verb = '', alert = ''], comment, of) =>
      ({ verb: verb.replace('verifie', 'verify'), alert: of.alert(alert), comment }) as Deed,
  ],
  [/^notes (\S+)$/, ([alert = ''], comment, of) => ({ verb: 'note', alert: of.alert(alert), comment })],
  [/^sees (\S+)$/, ([alert = ''], _, of) => ({ verb: 'see', alert: of.alert(alert) })],
  [
    /^sends (\S*?)(?:\/(\S+))? to (\S+)$/,
    ([unit = '', person = '', alert = ''], comment, of) => ({
      verb: 'dispatch',
      alert: of.alert(alert),
      unit,
      person,
      comment,
    }),
  ],
  [
    /^shelves (\S+) until (\S+)$/,
    ([alert = '', until = ''], comment, of) => ({
      verb: 'shelve',
      alert: of.alert(alert),
      until: of.time(until),
      comment,
    }),
  ],
  [
    /^whistles (.+) to (\S+?)(?: by (\S+))?$/,
    ([units, alert = '', by], comment, of) => ({
      verb: 'whistle',
      alert: of.alert(alert),
      units: list(units),
      by: by === undefined || by === '' ? 0 : of.time(by),
      comment,
    }),
  ],
  [
    /^reports (\S+) in at (\S+)$/,
    ([unit = '', alert = ''], comment, of) => ({
      verb: 'report-in',
      alert: of.alert(alert),
      unit,
      comment,
    }),
  ],
  [
    /^raises (.+) as (\S+) (\S+?)( drill)?$/,
    ([areas, category = '', colour = '', drill], headline, of) => ({
      verb: 'raise',
      areas: list(areas).map((area) => of.area(area)),
      category,
      rank: rankCalled(colour),
      headline,
      exercise: drill !== undefined && drill !== '',
    }),
  ],
  [
    /^silences (\S+) until (\S+?)(?: up to (\S+))?$/,
    ([area = '', until = '', most], reason, of) => ({
      verb: 'silence',
      silence: {
        reason,
        from: 0,
        until: of.time(until),
        area: of.area(area),
        ring: [],
        category: '',
        most: most === undefined || most === '' ? 4 : rankCalled(most),
      },
    }),
  ],
  [/^lifts the silence$/, (_, comment, of) => ({ verb: 'unsilence', silence: of.silence(), comment })],
  [
    /^subscribes to (\S+?)(?: (noise|air))? from (\S+?)(?: on (\S+))?(?: between (\d\d):00 and (\d\d):00)?$/,
    ([area = '', category = '', colour = '', channels, from, to], _, of) => ({
      verb: 'subscribe',
      subscription: {
        area: of.area(area),
        rank: rankCalled(colour),
        category,
        schedule:
          from === undefined || from === ''
            ? null
            : { days: [0, 1, 2, 3, 4, 5, 6], from: +from * 60, to: Number(to) * 60, zone: 'Asia/Shanghai' },
        channels: list(channels === undefined || channels === '' ? 'desk' : channels) as readonly Channel[],
      },
    }),
  ],
  [
    /^covers (\S+) on (\S+) from (\S+) to (\S+)$/,
    ([instead = '', area = '', from = '', to = ''], comment, of) => ({
      verb: 'cover',
      area: of.area(area),
      person: '',
      instead: instead === 'all' ? '' : instead,
      from: of.time(from),
      to: of.time(to),
      comment,
    }),
  ],
  [/^hands over (\S+)$/, ([area = ''], comment, of) => ({ verb: 'handover', area: of.area(area), comment })],
  [/^signs in$/, () => ({ verb: 'sign-in', from: 'desk' })],
]

/** The deed that a sentence of the log tells, by `person`; throws for what nobody says. */
export function deedSaid(person: string, text: string, of: Meaning): Deed {
  const [words = '', ...said] = text.split(': ')
  for (const [pattern, make] of SENTENCES) {
    const match = pattern.exec(words.trim())
    if (match === null) continue
    const deed = make(match.slice(1), said.join(': '), of)
    return deed.verb === 'cover' ? { ...deed, person } : deed
  }
  throw new Error(`Nobody says "${text}"`)
}
