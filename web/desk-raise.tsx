import { useState } from 'preact/hooks'
import type { JSX } from 'preact'
import type { DoneAnswer, RaiseBody } from '../services/core/desk-wire.ts'
import { send } from './desk-act.ts'
import { AreaPick } from './desk-area.tsx'
import { Choice, Submit, useForm } from './desk-fields.tsx'
import { RankChoice, categoryChoices, colourRanks } from './desk-filter.tsx'
import { BARE, DeskMap } from './desk-map.tsx'
import { loadRows } from './desk-session.ts'
import { Sheet, closeSheet } from './desk-sheet.tsx'
import { d, me, openAlert, speak } from './desk-store.ts'

/** Longest headline. */
const LONGEST = 200

/** Raises an alert by hand, or a drill. */
export function RaiseSheet(): JSX.Element {
  const categories = categoryChoices()
  const [area, setArea] = useState(me.value?.area.code ?? '')
  const [category, setCategory] = useState(categories[0]?.[0] ?? '')
  const [rank, setRank] = useState(colourRanks()[1] ?? 1)
  const [headline, setHeadline] = useState('')
  const [exercise, setExercise] = useState(false)
  const missing = headline.trim() === '' ? d('raiseWhatMissing') : area === '' ? d('areaMissing') : ''
  const { busy, onSubmit } = useForm(missing, async () => {
    const body: RaiseBody = { areas: [area], category, rank, headline: headline.trim(), exercise }
    const done = await send<DoneAnswer>('alerts', 'POST', body)
    if (done === null) return
    speak(d('raised'))
    closeSheet()
    await loadRows().catch(() => undefined)
    if (done.subject !== '') openAlert(done.subject)
  })
  return (
    <Sheet title={d('raise')} wide>
      <form onSubmit={onSubmit}>
        <p class="note">{d('raiseLead')}</p>
        <label class="text">
          <span>{d('raiseWhat')}</span>
          <input
            name="headline"
            maxLength={LONGEST}
            value={headline}
            onInput={(event) => setHeadline(event.currentTarget.value)}
          />
        </label>
        <RankChoice label={d('level')} value={rank} onPick={setRank} />
        <Choice label={d('category')} value={category} onPick={setCategory} of={categories} />
        <div class="pick-map">
          <DeskMap
            label={d('areaOf')}
            lively
            matter={{ ...BARE, chosen: area, tapped: (code) => code !== '' && setArea(code) }}
          />
        </div>
        <AreaPick label={d('areaOf')} value={area} onPick={setArea} />
        <label class={`check ${exercise ? 'on' : ''}`}>
          <input type="checkbox" name="exercise" checked={exercise} onChange={() => setExercise(!exercise)} />
          {d('raiseExercise')}
        </label>
        <Submit label={d('raiseMake')} missing={missing} busy={busy} />
      </form>
    </Sheet>
  )
}
