import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { JSX } from 'preact'
import type { AuditLine } from '../services/core/alert-record.ts'
import type { AuditAnswer } from '../services/core/desk-wire.ts'
import { ask } from './desk-api.ts'
import { refusalOf } from './refusal.ts'
import { at, headlineOf, placeOf } from './desk-say.ts'
import { Sheet } from './desk-sheet.tsx'
import { d, people, rows, who } from './desk-store.ts'
import { DONE } from './desk-terms.ts'
import { lang } from './store.ts'

const known = signal<{ readonly got: AuditAnswer | null; readonly fault: string }>({ got: null, fault: '' })

async function load(): Promise<void> {
  try {
    const got = await ask<AuditAnswer>('audit?limit=200')
    people.value = { ...people.peek(), ...got.people }
    known.value = { got, fault: '' }
  } catch (thrown) {
    known.value = { got: null, fault: refusalOf(thrown).message }
  }
}

/** What an act was about, by name where there is one; whoever acts on themselves is named already. */
function subjectOf({ subject, person }: AuditLine): string {
  if (subject === person) return ''
  const row = rows.value.get(subject)
  return row === undefined ? placeOf(subject) : headlineOf(row)
}

/** Every act, permitted or not, newest first. */
export function AuditSheet(): JSX.Element {
  useEffect(() => void load(), [])
  const { got, fault } = known.value
  const say = (text: string): string => text.replace(/\{\w+\}/g, '').trim()
  return (
    <Sheet title={d('audit')} wide>
      {got === null && <p class="note">{fault === '' ? d('loading') : d('listFailed', { why: fault })}</p>}
      {got?.lines.length === 0 && <p class="note">{d('auditNone')}</p>}
      <ol class="audit">
        {got?.lines.map((line) => (
          <li key={line.id} class={line.code === null ? '' : 'denied'}>
            <time>{at(line.at)}</time>
            <span>
              <b>{who(line.person)}</b> {say(DONE[line.verb][lang.value])} <i>{subjectOf(line)}</i>
              {line.comment !== '' && <q>{line.comment}</q>}
              {line.code !== null && <em>{d('auditRefused', { code: line.code })}</em>}
            </span>
          </li>
        ))}
      </ol>
      {got?.more === true && <p class="note">{d('auditMore')}</p>}
    </Sheet>
  )
}
