import { useEffect, useState } from 'preact/hooks'
import type { ComponentChildren, JSX } from 'preact'
import type { AlertVerb } from '../services/core/alert-transitions.ts'
import type { ActBody, AlertAnswer } from '../services/core/desk-wire.ts'
import { act } from './desk-act.ts'
import { VERB_KEYS, barred, start } from './desk-acts.tsx'
import { loadRoster, roster } from './desk-duty.tsx'
import { Choice, Picks, Submit, Text } from './desk-fields.tsx'
import { ALERT_VERBS, ONE_TAP } from './desk-permit.ts'
import { headlineOf, levelOf } from './desk-say.ts'
import { Sheet, closeSheet } from './desk-sheet.tsx'
import { d, may, me, people, sheet, who } from './desk-store.ts'
import { VERB } from './desk-terms.ts'
import { named, now } from './store.ts'

const MINUTE = 60_000
const WHISTLE_MINUTES = [10, 15, 30, 60] as const
const SHELVE_MINUTES = [30, 60, 240, 1440] as const

function spanText(minutes: number): string {
  if (minutes % 1440 === 0) return d('days', { n: minutes / 1440 })
  return minutes % 60 === 0 ? d('hours', { n: minutes / 60 }) : d('minutes', { n: minutes })
}

/** A length of time as a choice. */
export function Span(props: {
  readonly label: string
  readonly of: readonly number[]
  readonly value: number
  readonly onPick: (minutes: number) => void
}): JSX.Element {
  return <Choice {...props} of={props.of.map((one) => [one, spanText(one)] as const)} />
}

/** Verbs that say it is over: whoever means them while it goes on should know. */
const ENDING: ReadonlySet<AlertVerb> = new Set(['handle', 'verify', 'close'])

/** The common frame of what is done to an alert: what it is about, its own fields, a comment, and the one button. */
function Form(props: {
  readonly got: AlertAnswer
  readonly verb: AlertVerb
  readonly missing?: string
  readonly body: ActBody
  readonly comment?: 'needed'
  readonly children?: ComponentChildren
}): JSX.Element {
  const { got, verb } = props
  const [comment, setComment] = useState('')
  const wanting = props.comment === 'needed' && comment.trim() === '' ? d('reasonMissing') : ''
  const missing = props.missing || barred(got, verb) || wanting
  return (
    <Sheet title={named(VERB[verb])}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (missing !== '') return
          closeSheet()
          void act(got.alert.id, verb, {
            ...props.body,
            ...(comment.trim() === '' ? {} : { comment: comment.trim() }),
          })
        }}
      >
        <p class="about">{headlineOf(got.alert)}</p>
        {ENDING.has(verb) && got.incident !== null && got.alert.ended === null && (
          <p class="note">{d('goesOn', { level: levelOf(got.alert.rank) })}</p>
        )}
        {props.children}
        <Text
          label={d(props.comment === 'needed' ? 'reason' : 'comment')}
          value={comment}
          onText={setComment}
          rows={verb === 'note' ? 5 : 2}
        />
        <Submit label={named(VERB[verb])} missing={missing} busy={false} />
      </form>
    </Sheet>
  )
}

function unitsOf(): readonly (readonly [string, string])[] {
  return Object.entries(me.value?.units ?? {}).map(([id, name]) => [id, named(name)] as const)
}

function Dispatch({ got }: { readonly got: AlertAnswer }): JSX.Element {
  const [to, setTo] = useState(got.alert.unit === '' ? '' : `u:${got.alert.unit}`)
  const area = got.alert.area.code
  useEffect(() => void loadRoster(area), [area])
  const known = roster.value.area === area ? roster.value.got : null
  const onDuty = [...new Set(known?.steps.flatMap((step) => step.onDuty.map(({ person }) => person)) ?? [])]
  const units = unitsOf()
  const [kind, id] = [to.slice(0, 1), to.slice(2)]
  return (
    <Form
      got={got}
      verb="dispatch"
      missing={id === '' ? d('pickUnit') : ''}
      body={kind === 'p' ? { person: id } : { unit: id }}
    >
      {units.length === 0 && <p class="note">{d('unitsNone')}</p>}
      <Choice
        label={d('units')}
        value={to}
        onPick={setTo}
        of={units.map(([one, name]) => [`u:${one}`, name])}
      />
      {onDuty.length > 0 && (
        <Choice
          label={d('persons')}
          value={to}
          onPick={setTo}
          of={onDuty.map((one) => [`p:${one}`, [who(one), unitOf(one)].filter(Boolean).join(' · ')])}
        />
      )}
    </Form>
  )
}

function unitOf(person: string): string {
  const unit = people.value[person]?.unit ?? ''
  return unit === '' ? '' : named(me.value?.units[unit]) || unit
}

function Whistle({ got }: { readonly got: AlertAnswer }): JSX.Element {
  const [units, setUnits] = useState<readonly string[]>([])
  const [minutes, setMinutes] = useState<number>(15)
  const called = new Set(got.alert.whistle?.called.map(({ unit }) => unit))
  const free = unitsOf().filter(([id]) => !called.has(id))
  return (
    <Form
      got={got}
      verb="whistle"
      missing={units.length === 0 ? d('pickUnits') : ''}
      body={{ units, by: Math.round(now.peek() + minutes * MINUTE) }}
    >
      <Picks label={d('whistleFor')} of={free} value={units} onPick={setUnits} />
      <Span label={d('comeWithin')} of={WHISTLE_MINUTES} value={minutes} onPick={setMinutes} />
    </Form>
  )
}

function Shelve({ got }: { readonly got: AlertAnswer }): JSX.Element {
  const [minutes, setMinutes] = useState<number>(60)
  return (
    <Form
      got={got}
      verb="shelve"
      comment="needed"
      body={{ until: Math.round(now.peek() + minutes * MINUTE) }}
    >
      <Span label={d('shelveFor')} of={SHELVE_MINUTES} value={minutes} onPick={setMinutes} />
    </Form>
  )
}

function ReportIn({ got }: { readonly got: AlertAnswer }): JSX.Element {
  const out = got.alert.whistle?.called.filter(({ came }) => came === null).map(({ unit }) => unit) ?? []
  const own = me.value?.unit ?? ''
  const [unit, setUnit] = useState(out.includes(own) ? own : (out[0] ?? own))
  const names = new Map(unitsOf())
  return (
    <Form got={got} verb="report-in" body={unit === '' ? {} : { unit }}>
      {out.length > 1 && (
        <Choice
          label={d('reportAs')}
          value={unit}
          onPick={setUnit}
          of={out.map((one) => [one, names.get(one) ?? one] as const)}
        />
      )}
    </Form>
  )
}

/** Verbs that send something back or end it badly say why. */
const SAY_WHY: ReadonlySet<AlertVerb> = new Set(['reject', 'reopen', 'note'])

/** The form of one verb. */
export function ActSheet({
  got,
  verb,
}: {
  readonly got: AlertAnswer
  readonly verb: AlertVerb
}): JSX.Element {
  if (verb === 'dispatch') return <Dispatch got={got} />
  if (verb === 'whistle') return <Whistle got={got} />
  if (verb === 'shelve') return <Shelve got={got} />
  if (verb === 'report-in') return <ReportIn got={got} />
  return (
    <Form got={got} verb={verb} body={{}} {...(SAY_WHY.has(verb) ? { comment: 'needed' as const } : {})} />
  )
}

/** Everything that can be done with the alert; what cannot is shown with the reason. */
export function AllActs({ got }: { readonly got: AlertAnswer }): JSX.Element {
  return (
    <Sheet title={d('acts')}>
      <p class="about">{headlineOf(got.alert)}</p>
      <ul class="verbs">
        {ALERT_VERBS.map((verb) => {
          const bar = barred(got, verb)
          return (
            <li key={verb}>
              <button
                type="button"
                aria-disabled={bar !== ''}
                data-verb={verb}
                onClick={() => {
                  if (bar !== '') return
                  // A tap is enough at the thumb; from here a comment can be given with it.
                  if (verb === 'unshelve' || !ONE_TAP.has(verb)) start(got, verb)
                  else sheet.value = { kind: 'act', verb }
                  if (verb === 'unshelve') closeSheet()
                }}
              >
                <b>{named(VERB[verb])}</b>
                <span>{bar}</span>
                {VERB_KEYS[verb] !== undefined && bar === '' && <kbd>{VERB_KEYS[verb].toUpperCase()}</kbd>}
              </button>
            </li>
          )
        })}
        <li>
          <button
            type="button"
            aria-disabled={!may('silence')}
            data-verb="silence"
            onClick={() => may('silence') && (sheet.value = { kind: 'silence' })}
          >
            <b>{named(VERB.silence)}</b>
            <span>{may('silence') ? '' : d('mayNot')}</span>
          </button>
        </li>
      </ul>
    </Sheet>
  )
}
