import type { JSX } from 'preact'
import type { Entry } from '../services/core/alert.ts'
import type { AlertAnswer } from '../services/core/desk-wire.ts'
import { at, lineOf } from './desk-say.ts'
import { d, pending, who } from './desk-store.ts'
import { VERB } from './desk-terms.ts'
import { clockSeconds } from './format.ts'
import { lang, named, zone } from './store.ts'

/** What somebody merely looked at is told beside who was notified. */
const QUIET: ReadonlySet<string> = new Set(['see', 'delivery'])

/** With these the ladder is climbed from its foot. */
const BEGINNINGS: ReadonlySet<string> = new Set(['raise', 'reopen', 'condition-back'])

interface Line extends ReturnType<typeof lineOf> {
  readonly entry: Entry
  readonly times: number
}

/** Lines, newest first; what the program did over and over is one, with the time of the last. */
function linesOf(entries: readonly Entry[]): readonly Line[] {
  const lines: Line[] = []
  for (const [i, entry] of entries.entries()) {
    const before = entries.slice(i + 1).find(({ what }) => what !== 'escalate')
    const isFirst = before?.at === entry.at && BEGINNINGS.has(before.what)
    const said = lineOf(entry, isFirst)
    const last = lines.at(-1)
    const isAgain =
      entry.person === '' &&
      last?.entry.person === '' &&
      last.text === said.text &&
      last.comment === said.comment
    if (isAgain) lines[lines.length - 1] = { ...last, times: last.times + 1 }
    else lines.push({ ...said, entry, times: 1 })
  }
  return lines
}

/** The record of the alert, newest first: who did what when, and why. */
export function Record({ got }: { readonly got: AlertAnswer }): JSX.Element {
  const waiting = pending.value.get(got.alert.id)
  const entries = got.alert.record.filter(({ what }) => !QUIET.has(what)).toReversed()
  return (
    <section class="record">
      <h2>{d('record')}</h2>
      <ol>
        {waiting !== undefined && (
          <li class="waiting" role="status">
            <time>···</time>
            <p>
              <b>{named(VERB[waiting.verb])}</b> {d(waiting.long ? 'waitingLong' : 'recordWaits')}
            </p>
          </li>
        )}
        {linesOf(entries).map(({ entry, text, comment, times }, i, lines) => {
          const own = entry.person === '' || entry.person === 'qingyu'
          return (
            <li key={`${entry.at}/${lines.length - i}`} class={own ? 'own' : ''}>
              <time title={clockSeconds(entry.at, zone.value, lang.value)}>{at(entry.at)}</time>
              <p>
                {!own && <b>{who(entry.person)}</b>} {text}
                {times > 1 && <small> · {d('timesOver', { n: times })}</small>}
                {comment !== '' && (own ? <small> · {comment}</small> : <q>{comment}</q>)}
              </p>
            </li>
          )
        })}
      </ol>
    </section>
  )
}
