import { useState } from 'preact/hooks'
import type { JSX } from 'preact'
import type { DoneAnswer, SilenceBody } from '../services/core/desk-wire.ts'
import { send } from './desk-act.ts'
import { Span } from './desk-act-sheet.tsx'
import { AreaPick } from './desk-area.tsx'
import { Choice, Submit, Text } from './desk-fields.tsx'
import { categoryChoices } from './desk-filter.tsx'
import { BARE, DeskMap } from './desk-map.tsx'
import { Sheet } from './desk-sheet.tsx'
import { d, me, opened, sheet, speak } from './desk-store.ts'
import { levelOf } from './desk-say.ts'
import { lookOf, warningRanks } from './look.ts'
import { UNKNOWN } from '../services/core/level.ts'
import { count } from './format.ts'
import { cellsIn } from './desk-ring.ts'
import { city, lang, now, scheme } from './store.ts'

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

/** Keeps notices back for a time and a place, by drawing or by area; never without a reason. */
export function SilenceSheet(): JSX.Element {
  const [how, setHow] = useState<'draw' | 'tree'>('draw')
  const [ring, setRing] = useState<Ring>([])
  const [area, setArea] = useState(opened.value.got?.alert.area.code ?? me.value?.area.code ?? '')
  const [category, setCategory] = useState(opened.value.got?.alert.category ?? '')
  const [minutes, setMinutes] = useState(60)
  const ranks = warningRanks(scheme.value).filter((rank) => rank !== UNKNOWN)
  // Unless said otherwise, the gravest still comes through.
  const [most, setMost] = useState(ranks[1] ?? 1)
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const known = city.value
  const empty = how === 'draw' && (known === null || cellsIn(known, ring).length === 0)
  const missing =
    how === 'draw' && ring.length === 0
      ? d('silenceRingMissing')
      : empty
        ? d('silenceEmpty')
        : how === 'tree' && area === ''
          ? d('areaMissing')
          : reason.trim() === ''
            ? d('reasonMissing')
            : ''
  const submit = async (): Promise<void> => {
    setBusy(true)
    const body: SilenceBody = {
      reason: reason.trim(),
      until: Math.round(now.peek() + minutes * 60_000),
      most,
      ...(category === '' ? {} : { category }),
      ...(how === 'draw' ? { ring } : { area }),
    }
    const done = await send<DoneAnswer>('silences', 'POST', body)
    setBusy(false)
    if (done === null) return
    speak(d('doneNow', { verb: d('silences') }))
    sheet.value = { kind: 'silences' }
  }
  return (
    <Sheet title={d('silenceNew')} wide>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (missing === '') void submit()
        }}
      >
        <p class="note">{d('silenceLead')}</p>
        <div class="switch" role="group">
          <button type="button" aria-pressed={how === 'draw'} onClick={() => setHow('draw')}>
            {d('silenceDraw')}
          </button>
          <button type="button" aria-pressed={how === 'tree'} onClick={() => setHow('tree')}>
            {d('silenceTree')}
          </button>
        </div>
        {how === 'draw' ? (
          <Drawing ring={ring} onRing={setRing} />
        ) : (
          <AreaPick label={d('areaOf')} value={area} onPick={setArea} />
        )}
        <Span label={d('forHow')} of={MINUTES} value={minutes} onPick={setMinutes} />
        <Choice
          label={d('upTo')}
          value={most}
          onPick={setMost}
          of={ranks.map((rank) => [rank, `${lookOf(scheme.value, rank).numeral} ${levelOf(rank)}`] as const)}
        />
        <Choice
          label={d('category')}
          value={category}
          onPick={setCategory}
          of={[['', d('categoryAny')], ...categoryChoices()]}
        />
        <Text label={d('reason')} value={reason} onText={setReason} />
        <Submit label={d('silenceMake')} missing={missing} busy={busy} />
      </form>
    </Sheet>
  )
}
