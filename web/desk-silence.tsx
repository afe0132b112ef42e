import { useState } from 'preact/hooks'
import type { JSX } from 'preact'
import type { DoneAnswer, SilenceBody } from '../services/core/desk-wire.ts'
import { send } from './desk-act.ts'
import { Span } from './desk-act-sheet.tsx'
import { AreaPick } from './desk-area.tsx'
import { Submit, Text, useForm } from './desk-fields.tsx'
import { CategoryChoice, RankChoice, colourRanks } from './desk-filter.tsx'
import { BARE, DeskMap } from './desk-map.tsx'
import { Sheet } from './desk-sheet.tsx'
import { d, me, opened, sheet, speak } from './desk-store.ts'
import { count } from './format.ts'
import { cellsIn } from './desk-ring.ts'
import { city, lang, now } from './store.ts'

type Ring = readonly (readonly [number, number])[]

const MINUTES = [30, 60, 120, 240, 1440] as const

/** Draws round a place, by finger, mouse or keys. */
function Drawing(props: { readonly ring: Ring; readonly onRing: (ring: Ring) => void }): JSX.Element {
  const [drawing, setDrawing] = useState(true)
  const known = city.value
  const cells = known === null || props.ring.length === 0 ? 0 : cellsIn(known, props.ring).length
  const got = opened.value.got
  return (
    <div class="drawing-box">
      <DeskMap
        label={d('silenceDrawHint')}
        lively
        matter={{
          ...BARE,
          areas: got?.alert.areas ?? [],
          number: got?.alert.number ?? 0,
          rings: props.ring.length === 0 ? [] : [props.ring],
          drew: drawing ? props.onRing : null,
        }}
      />
      <p class="note" role="status">
        {props.ring.length === 0
          ? d('silenceDrawHint')
          : cells === 0
            ? d('silenceEmpty')
            : d('silenceDrawn', { n: count(cells, lang.value) })}
        <span class="for-keys"> {d('silenceDrawKeys')}</span>
      </p>
      <div class="switch" role="group">
        <button type="button" aria-pressed={drawing} onClick={() => setDrawing(true)}>
          {d(props.ring.length === 0 ? 'draw' : 'drawAgain')}
        </button>
        <button type="button" aria-pressed={!drawing} onClick={() => setDrawing(false)}>
          {d('moveMap')}
        </button>
      </div>
    </div>
  )
}

/** Where a silence is to be. */
interface Place {
  readonly how: 'draw' | 'tree'
  readonly ring: Ring
  readonly area: string
}

/** What a silence still lacks, as a sentence; '' for nothing. */
function lacking({ how, ring, area }: Place, reason: string): string {
  const known = city.value
  if (how === 'draw' && ring.length === 0) return d('silenceRingMissing')
  if (how === 'draw' && (known === null || cellsIn(known, ring).length === 0)) return d('silenceEmpty')
  if (how === 'tree' && area === '') return d('areaMissing')
  return reason.trim() === '' ? d('reasonMissing') : ''
}

function WhereTo(props: { readonly place: Place; readonly onPlace: (place: Place) => void }): JSX.Element {
  const { place, onPlace } = props
  return (
    <>
      <div class="switch" role="group">
        {(['draw', 'tree'] as const).map((how) => (
          <button
            key={how}
            type="button"
            aria-pressed={place.how === how}
            onClick={() => onPlace({ ...place, how })}
          >
            {d(how === 'draw' ? 'silenceDraw' : 'silenceTree')}
          </button>
        ))}
      </div>
      {place.how === 'draw' ? (
        <Drawing ring={place.ring} onRing={(ring) => onPlace({ ...place, ring })} />
      ) : (
        <AreaPick label={d('areaOf')} value={place.area} onPick={(area) => onPlace({ ...place, area })} />
      )}
    </>
  )
}

/** Keeps notices back for a time and a place, by drawing or by area; never without a reason. */
export function SilenceSheet(): JSX.Element {
  const alert = opened.value.got?.alert
  const [place, setPlace] = useState<Place>({
    how: 'draw',
    ring: [],
    area: alert?.area.code ?? me.value?.area.code ?? '',
  })
  const [category, setCategory] = useState(alert?.category ?? '')
  const [minutes, setMinutes] = useState(60)
  // Unless said otherwise, the gravest still comes through.
  const [most, setMost] = useState(colourRanks()[1] ?? 1)
  const [reason, setReason] = useState('')
  const missing = lacking(place, reason)
  const { busy, onSubmit } = useForm(missing, async () => {
    const body: SilenceBody = {
      reason: reason.trim(),
      until: Math.round(now.peek() + minutes * 60_000),
      most,
      ...(category === '' ? {} : { category }),
      ...(place.how === 'draw' ? { ring: place.ring } : { area: place.area }),
    }
    if ((await send<DoneAnswer>('silences', 'POST', body)) === null) return
    speak(d('doneNow', { verb: d('silences') }))
    sheet.value = { kind: 'silences' }
  })
  return (
    <Sheet title={d('silenceNew')} wide>
      <form onSubmit={onSubmit}>
        <p class="note">{d('silenceLead')}</p>
        <WhereTo place={place} onPlace={setPlace} />
        <Span label={d('forHow')} of={MINUTES} value={minutes} onPick={setMinutes} />
        <RankChoice label={d('upTo')} value={most} onPick={setMost} />
        <CategoryChoice value={category} onPick={setCategory} />
        <Text label={d('reason')} value={reason} onText={setReason} />
        <Submit label={d('silenceMake')} missing={missing} busy={busy} />
      </form>
    </Sheet>
  )
}
