import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { JSX } from 'preact'
import type { DoneAnswer, SilencesAnswer } from '../services/core/desk-wire.ts'
import { send } from './desk-act.ts'
import { ask } from './desk-api.ts'
import { refusalOf } from './refusal.ts'
import { at, levelOf, placeOf } from './desk-say.ts'
import { Sheet } from './desk-sheet.tsx'
import { d, may, me, people, sheet, who } from './desk-store.ts'
import { named } from './store.ts'

const EVERY = 5000
const known = signal<{ readonly got: SilencesAnswer | null; readonly fault: string }>({
  got: null,
  fault: '',
})

async function load(): Promise<void> {
  try {
    const got = await ask<SilencesAnswer>('silences')
    people.value = { ...people.peek(), ...got.people }
    known.value = { got, fault: '' }
  } catch (thrown) {
    known.value = { got: known.peek().got, fault: refusalOf(thrown).message }
  }
}

async function end(id: string): Promise<void> {
  await send<DoneAnswer>(`silences/${encodeURIComponent(id)}`, 'DELETE')
  await load()
}

function Row({ of }: { readonly of: SilencesAnswer['silences'][number] }): JSX.Element {
  const where = of.area === '' ? d('silenceRing') : placeOf(of.area)
  const what = of.category === '' ? d('categoryAny') : named(me.value?.categories[of.category]) || of.category
  const f = at(of.from)
  return (
    <li class={of.inForce ? '' : 'past'}>
      <b class="clip">{of.reason}</b>
      <span>{[where, what, d('silenceUpTo', { level: levelOf(of.most) })].join(' · ')}</span>
      <small>
        {d('silenceFrom', { who: who(of.by), f, t: at(of.until) })}
        {of.endedBy !== '' && ` · ${d('silenceEnded', { who: who(of.endedBy) })}`}
        {of.endedBy === '' && !of.inForce && ` · ${d('silenceOver')}`}
      </small>
      {of.inForce && may('silence') && (
        <button type="button" class="link" onClick={() => void end(of.id)}>
          {d('silenceEnd')}
        </button>
      )}
    </li>
  )
}

/** Silences in force and those of the last day. */
export function SilencesSheet(): JSX.Element {
  useEffect(() => {
    void load()
    const timer = setInterval(() => void load(), EVERY)
    return () => clearInterval(timer)
  }, [])
  const { got, fault } = known.value
  return (
    <Sheet title={d('silences')}>
      <p class="note">{d('silenceLead')}</p>
      {got === null && <p class="note">{fault === '' ? d('loading') : d('listFailed', { why: fault })}</p>}
      {got?.silences.length === 0 && <p class="note">{d('silencesNone')}</p>}
      <ul class="items">
        {got?.silences.map((one) => (
          <Row key={one.id} of={one} />
        ))}
      </ul>
      <div class="submit">
        {!may('silence') && <p class="note">{d('mayNot')}</p>}
        <button
          type="button"
          class="main"
          disabled={!may('silence')}
          onClick={() => (sheet.value = { kind: 'silence' })}
        >
          {d('silenceNew')}
        </button>
      </div>
    </Sheet>
  )
}
