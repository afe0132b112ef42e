import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { JSX } from 'preact'
import type { HandoversAnswer, RosterAnswer } from '../services/core/desk-wire.ts'
import { ask } from './desk-api.ts'
import { refusalOf } from './refusal.ts'
import { at } from './desk-say.ts'
import { d, people, sheet, who } from './desk-store.ts'
import { named } from './store.ts'

/** Fetched again this often while it is seen, ms. */
const EVERY = 60_000

/** Who is on duty for an area and above; the last answer. */
export const roster = signal<{
  readonly area: string
  /** Asked for this time, ms; null: now. */
  readonly when: number | null
  readonly got: RosterAnswer | null
  readonly fault: string
}>({
  area: '',
  when: null,
  got: null,
  fault: '',
})
/** Notes for the next shift of an area; the last answer. */
export const handovers = signal<{
  readonly area: string
  readonly got: HandoversAnswer | null
  readonly fault: string
}>({ area: '', got: null, fault: '' })

/** Fetches who is on duty from an area up, now or at a time, ms. */
export async function loadRoster(area: string, when: number | null = null): Promise<void> {
  try {
    const query = new URLSearchParams({ area, ...(when !== null && { at: String(when) }) })
    const got = await ask<RosterAnswer>(`roster?${query}`)
    people.value = { ...people.peek(), ...got.people }
    roster.value = { area, when, got, fault: '' }
  } catch (thrown) {
    roster.value = { area, when, got: null, fault: refusalOf(thrown).message }
  }
}

/** Fetches the notes of an area, newest first. */
export async function loadHandovers(area: string): Promise<void> {
  try {
    const got = await ask<HandoversAnswer>(`handovers?${new URLSearchParams({ area })}`)
    people.value = { ...people.peek(), ...got.people }
    handovers.value = { area, got, fault: '' }
  } catch (thrown) {
    handovers.value = { area, got: null, fault: refusalOf(thrown).message }
  }
}

/** Who is on duty from an area up, as a list. */
export function DutyList({ area }: { readonly area: string }): JSX.Element {
  const known = roster.value.area === area ? roster.value : { when: null, got: null, fault: '' }
  const got = known.got
  if (got === null)
    return <p class="note">{known.fault === '' ? d('loading') : d('dutyFailed', { why: known.fault })}</p>
  const steps = got.steps.filter((step) => step.hasRoster)
  return (
    <>
      {steps.length === 0 && <p class="note">{d('dutyNoRoster')}</p>}
      <ol class="steps">
        {steps.map((step) => (
          <li key={step.area.code}>
            <b class="clip">{named(step.area.name)}</b>
            {step.onDuty.length === 0 && <p class="line">{d('dutyNone')}</p>}
            {step.onDuty.map((one, i) => (
              <p key={one.person} class="line">
                <span>{d(i > 0 ? 'nextUp' : known.when === null ? 'dutyNow' : 'dutyThen')}</span>{' '}
                {who(one.person)}
                <small>
                  {[one.source === 'cover' ? d('covering') : '', d('dutyUntil', { t: at(one.until) })]
                    .filter(Boolean)
                    .join(' · ')}
                </small>
              </p>
            ))}
          </li>
        ))}
      </ol>
      {got.fallback !== '' && <p class="fine">{d('dutyFallback', { who: who(got.fallback) })}</p>}
    </>
  )
}

/** Notes for the next shift, the newest few. */
export function Notes({ area, most }: { readonly area: string; readonly most: number }): JSX.Element {
  const known = handovers.value.area === area ? handovers.value : { got: null, fault: '' }
  const got = known.got
  if (got === null)
    return <p class="note">{known.fault === '' ? d('loading') : d('listFailed', { why: known.fault })}</p>
  if (got.handovers.length === 0) return <p class="note">{d('handoverNone')}</p>
  return (
    <ol class="notes">
      {got.handovers.slice(0, most).map((note) => (
        <li key={`${note.at}/${note.person}`}>
          <p>{note.text}</p>
          <small>{`${who(note.person)} · ${at(note.at)}`}</small>
        </li>
      ))}
    </ol>
  )
}

/** Who is on duty for it, and what the shift before left. */
export function Duty({ area }: { readonly area: string }): JSX.Element {
  useEffect(() => {
    const load = (): void => {
      void loadRoster(area)
      void loadHandovers(area)
    }
    load()
    const timer = setInterval(load, EVERY)
    return () => clearInterval(timer)
  }, [area])
  return (
    <section class="duty">
      <h2>{d('duty')}</h2>
      <DutyList area={area} />
      <h2>
        <span>{d('handover')}</span>
        <button type="button" class="link" onClick={() => (sheet.value = { kind: 'handover' })}>
          {d('handoverWrite')}
        </button>
      </h2>
      <Notes area={area} most={3} />
    </section>
  )
}
