import { signal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import type { SubscriptionsAnswer } from '../services/core/desk-wire.ts'
import type { Schedule } from '../services/core/schedule.ts'
import type { Subscription, SubscriptionSpec } from '../services/core/subscription.ts'
import { send } from './desk-act.ts'
import { ask } from './desk-api.ts'
import { refusalOf } from './refusal.ts'
import { AreaPick } from './desk-area.tsx'
import { Choice, Picks, Submit, useForm } from './desk-fields.tsx'
import { CategoryChoice, colourRanks, levelChoices } from './desk-filter.tsx'
import { levelOf, listOf, placeOf } from './desk-say.ts'
import { Sheet } from './desk-sheet.tsx'
import { d, me } from './desk-store.ts'
import { CHANNEL } from './desk-terms.ts'
import { named, zone } from './store.ts'

const known = signal<{ readonly got: SubscriptionsAnswer | null; readonly fault: string }>({
  got: null,
  fault: '',
})

const WEEK = [1, 2, 3, 4, 5, 6, 0] as const
/** What set times begin with: workdays from eight to six. */
const OFFICE_HOURS = { days: [1, 2, 3, 4, 5], from: 480, to: 1080 } as const

async function load(): Promise<void> {
  try {
    known.value = { got: await ask<SubscriptionsAnswer>('subscriptions'), fault: '' }
  } catch (thrown) {
    known.value = { got: known.peek().got, fault: refusalOf(thrown).message }
  }
}

async function drop(id: string): Promise<void> {
  await send(`subscriptions/${encodeURIComponent(id)}`, 'DELETE')
  await load()
}

const dayName = (day: number): string => d('days7').charAt(day)
const clockOf = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
const minutesOf = (clock: string): number => {
  const [h = 0, m = 0] = clock.split(':').map(Number)
  return h * 60 + m
}

function whenOf(schedule: Schedule | null): string {
  if (schedule === null) return d('whenAlways')
  const { days, from, to } = schedule
  return `${days.map(dayName).join('')} ${clockOf(from)}–${clockOf(to)}`
}

function Row({ of }: { readonly of: Subscription }): JSX.Element {
  const what = of.category === '' ? d('categoryAny') : named(me.value?.categories[of.category]) || of.category
  return (
    <li>
      <b class="clip">{placeOf(of.area)}</b>
      <span>{[d('levelFrom', { level: levelOf(of.rank) }), what, whenOf(of.schedule)].join(' · ')}</span>
      <small>
        {listOf(of.channels.map((channel) => named(CHANNEL[channel])))}
        {of.default && ` · ${d('subscriptionDefault')}`}
      </small>
      {!of.default && (
        <button type="button" class="link" onClick={() => void drop(of.id)}>
          {d('unsubscribe')}
        </button>
      )}
    </li>
  )
}

function Hours(props: { readonly value: Schedule; readonly onSet: (next: Schedule) => void }): JSX.Element {
  const { value, onSet } = props
  return (
    <div class="hours">
      <Picks
        label={d('whenOwn')}
        value={value.days}
        onPick={(days) => onSet({ ...value, days: [...days].sort((a, b) => a - b) })}
        of={WEEK.map((day) => [day, dayName(day)] as const)}
      />
      {(['from', 'to'] as const).map((end) => (
        <label key={end} class="text">
          <span>{d(end === 'from' ? 'fromTime' : 'toTime')}</span>
          <input
            type="time"
            value={clockOf(value[end])}
            onInput={(event) => onSet({ ...value, [end]: minutesOf(event.currentTarget.value) })}
          />
        </label>
      ))}
    </div>
  )
}

function When(props: {
  readonly value: Schedule | null
  readonly onSet: (next: Schedule | null) => void
}): JSX.Element {
  const { value, onSet } = props
  return (
    <>
      <Choice
        label={d('when')}
        value={value === null ? 'always' : 'own'}
        onPick={(when) => onSet(when === 'always' ? null : { ...OFFICE_HOURS, zone: zone.peek() })}
        of={[
          ['always', d('whenAlways')],
          ['own', d('whenOwn')],
        ]}
      />
      {value !== null && <Hours value={value} onSet={onSet} />}
    </>
  )
}

function lacking({ area, channels, schedule }: SubscriptionSpec): string {
  if (area === '') return d('areaMissing')
  if (channels.length === 0) return d('channelMissing')
  return schedule?.days.length === 0 ? d('daysMissing') : ''
}

function New(): JSX.Element {
  const [spec, setSpec] = useState<SubscriptionSpec>({
    area: me.value?.area.code ?? '',
    rank: colourRanks().at(-2) ?? 1,
    category: '',
    schedule: null,
    channels: ['desk'],
  })
  const missing = lacking(spec)
  const { busy, onSubmit } = useForm(missing, async () => {
    await send('subscriptions', 'POST', spec)
    await load()
  })
  return (
    <form onSubmit={onSubmit}>
      <h3>{d('subscriptionNew')}</h3>
      <AreaPick label={d('areaOf')} value={spec.area} onPick={(area) => setSpec({ ...spec, area })} />
      <Choice
        label={d('level')}
        value={spec.rank}
        onPick={(rank) => setSpec({ ...spec, rank })}
        of={levelChoices()}
      />
      <CategoryChoice value={spec.category} onPick={(category) => setSpec({ ...spec, category })} />
      <When value={spec.schedule} onSet={(schedule) => setSpec({ ...spec, schedule })} />
      <Picks
        label={d('channels')}
        value={spec.channels}
        onPick={(channels) => setSpec({ ...spec, channels })}
        of={(me.value?.channels ?? []).map((channel) => [channel, named(CHANNEL[channel])] as const)}
      />
      <Submit label={d('subscriptionMake')} missing={missing} busy={busy} />
    </form>
  )
}

/** What I want to be told of, beside what reaches me by office. */
export function SubscriptionsSheet(): JSX.Element {
  useEffect(() => void load(), [])
  const { got, fault } = known.value
  return (
    <Sheet title={d('subscriptions')}>
      <p class="note">{d('subscriptionsLead')}</p>
      {got === null && <p class="note">{fault === '' ? d('loading') : d('listFailed', { why: fault })}</p>}
      {got?.subscriptions.length === 0 && <p class="note">{d('subscriptionsNone')}</p>}
      <ul class="items">
        {got?.subscriptions.map((one) => (
          <Row key={one.id} of={one} />
        ))}
      </ul>
      <New />
    </Sheet>
  )
}
