import { useEffect, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { UTC, zoneNamed } from '../services/core/local-time.ts'
import type { CoverBody, DoneAnswer } from '../services/core/desk-wire.ts'
import { send } from './desk-act.ts'
import { Span } from './desk-act-sheet.tsx'
import { AreaPick } from './desk-area.tsx'
import { DutyList, loadRoster, roster } from './desk-duty.tsx'
import { Choice, Submit, Text, useForm } from './desk-fields.tsx'
import { Sheet } from './desk-sheet.tsx'
import { d, may, me, opened, speak, who } from './desk-store.ts'
import { now, zone } from './store.ts'

const MINUTES = [120, 240, 480, 720, 1440] as const

function Cover({ area, when }: { readonly area: string; readonly when: number | null }): JSX.Element {
  const got = roster.value.area === area ? roster.value.got : null
  const able = Object.keys(got?.people ?? {})
  const onDuty = got?.steps.find((step) => step.area.code === area)?.onDuty ?? []
  const [person, setPerson] = useState('')
  const [instead, setInstead] = useState('')
  const [minutes, setMinutes] = useState(240)
  const [comment, setComment] = useState('')
  const missing = person === '' ? d('coverWho') : ''
  const { busy, onSubmit } = useForm(missing, async () => {
    const from = when ?? Math.round(now.peek())
    const body: CoverBody = {
      area,
      person,
      instead,
      from,
      to: from + minutes * 60_000,
      comment: comment.trim(),
    }
    const done = await send<DoneAnswer>('roster/covers', 'POST', body)
    if (done === null) return
    speak(d('coverDone'))
    await loadRoster(area, when)
  })
  return (
    <form onSubmit={onSubmit}>
      <h3>{d('cover')}</h3>
      <p class="note">{d('coverLead')}</p>
      <Choice label={d('coverWho')} value={person} onPick={setPerson} of={able.map((id) => [id, who(id)])} />
      {onDuty.length > 0 && (
        <Choice
          label={d('coverInstead')}
          value={instead}
          onPick={setInstead}
          of={[['', d('coverAll')], ...onDuty.map((one) => [one.person, who(one.person)] as const)]}
        />
      )}
      <Span label={d('forHow')} of={MINUTES} value={minutes} onPick={setMinutes} />
      <Text label={d('comment')} value={comment} onText={setComment} />
      <Submit label={d('coverMake')} missing={missing} busy={busy} />
    </form>
  )
}

/** A time of the city's clocks as a field gives it, ms; null where the field is empty or half filled. */
function momentOf(local: string): number | null {
  const utc = Date.parse(`${local}Z`)
  return Number.isNaN(utc) ? null : (zoneNamed(zone.value) ?? UTC).toUtc(utc)
}

/** Who is on duty now or at another time, and who stands in. */
export function RosterSheet(): JSX.Element {
  const [area, setArea] = useState(opened.value.got?.alert.area.code ?? me.value?.area.code ?? '')
  const [local, setLocal] = useState('')
  const when = momentOf(local)
  useEffect(() => void loadRoster(area, when), [area, when])
  return (
    <Sheet title={d('roster')}>
      <AreaPick label={d('areaOf')} value={area} onPick={setArea} />
      <label class="text">
        <span>{d('rosterAt')}</span>
        <input
          type="datetime-local"
          name="when"
          value={local}
          onInput={(event) => setLocal(event.currentTarget.value)}
        />
      </label>
      <div class="duty">
        <DutyList area={area} />
      </div>
      {may('cover') && <Cover key={area} area={area} when={when} />}
    </Sheet>
  )
}
