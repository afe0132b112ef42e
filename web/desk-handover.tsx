import { useEffect, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import type { DoneAnswer, HandoverBody } from '../services/core/desk-wire.ts'
import { send } from './desk-act.ts'
import { AreaPick } from './desk-area.tsx'
import { Notes, loadHandovers } from './desk-duty.tsx'
import { LONGEST, Submit, Text, useForm } from './desk-fields.tsx'
import { byNeed, isOverdue } from './desk-order.ts'
import { headlineOf } from './desk-say.ts'
import { Sheet } from './desk-sheet.tsx'
import { counts, d, may, me, rows, speak } from './desk-store.ts'
import { STATE } from './desk-terms.ts'
import { named, now } from './store.ts'

/** What is open, one line each, as far as a note holds. */
function openLines(): string {
  const lines = [...rows.peek().values()]
    .filter((row) => row.closed === null && row.mine)
    .sort(byNeed)
    .map((row) => `${headlineOf(row)}: ${named(STATE[row.state])}${isOverdue(row, now.peek()) ? ' !' : ''}`)
  return lines.reduce((text, line) => (text.length + line.length < LONGEST ? `${text}${line}\n` : text), '')
}

/** Leaves a note for the next shift, and shows what the shifts before left. */
export function HandoverSheet(): JSX.Element {
  const [area, setArea] = useState(me.value?.area.code ?? '')
  const [text, setText] = useState('')
  useEffect(() => void loadHandovers(area), [area])
  const missing = !may('handover') ? d('mayNot') : text.trim() === '' ? d('handoverMissing') : ''
  const { busy, onSubmit } = useForm(missing, async () => {
    const body: HandoverBody = { area, text: text.trim() }
    const done = await send<DoneAnswer>('handovers', 'POST', body)
    if (done === null) return
    setText('')
    speak(d('doneNow', { verb: d('handover') }))
    await loadHandovers(area)
  })
  return (
    <Sheet title={d('handover')}>
      <form onSubmit={onSubmit}>
        <p class="note">{d('handoverLead')}</p>
        <AreaPick label={d('areaOf')} value={area} onPick={setArea} />
        <Text label={d('handoverText')} value={text} onText={setText} rows={5} />
        <p class="fine">
          {d('handoverOpen', { n: counts.value.mine, m: counts.value.mineOver })}
          {counts.value.mine > 0 && (
            <button
              type="button"
              class="link"
              onClick={() => setText(`${text}${openLines()}`.slice(0, LONGEST))}
            >
              {d('handoverFill')}
            </button>
          )}
        </p>
        <Submit label={d('handoverMake')} missing={missing} busy={busy} />
      </form>
      <Notes area={area} most={20} />
    </Sheet>
  )
}
