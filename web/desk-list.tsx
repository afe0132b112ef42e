import { useEffect, useRef } from 'preact/hooks'
import type { JSX } from 'preact'
import type { AlertRow } from '../services/core/desk-wire.ts'
import { Chip } from './chip.tsx'
import { ANY, clockOf, rankShown } from './desk-order.ts'
import type { Filter } from './desk-order.ts'
import { at, headlineOf, isExercise } from './desk-say.ts'
import { loadRows } from './desk-session.ts'
import {
  MOST_ROWS,
  chosenId,
  counts,
  d,
  filter,
  listFault,
  listed,
  openAlert,
  pending,
  second,
  sheet,
  shown,
  totals,
  unitName,
} from './desk-store.ts'
import type { DeskWord } from './desk-store.ts'
import { DUTIES } from '../services/core/alert-text.ts'
import { STATE } from './desk-terms.ts'
import { readOf } from './desk-unread.ts'
import { count, countdown } from './format.ts'
import { lang, named } from './store.ts'

/** Marks of fewer letters stay in one piece. */
const UNBROKEN = 18

/** Field of the search; keys lead to it. */
export const FIND_ID = 'find'

/** How much time is left for what has to be done next, ticking. `big`: as the head of an incident. */
export function TimeLeft({ row }: { readonly row: AlertRow }): JSX.Element {
  const clock = clockOf(row)
  if (row.closed !== null) return <span class="left calm">{d('closedAt', { t: at(row.closed) })}</span>
  if (row.shelved !== null)
    return <span class="left calm">{d('shelvedMark', { t: at(row.shelved.until) })}</span>
  if (clock === null)
    return (
      <span class="left calm">
        {row.ended === null ? d('raisedAt', { t: at(row.raised) }) : d('endedMark')}
      </span>
    )
  const rest = clock.due - second.value
  const over = clock.overdue || rest <= 0
  const time = countdown(rest, lang.value)
  return (
    <span class={`left ${over ? 'over' : clock.warned ? 'soon' : ''}`}>
      <time>{over ? d('over', { t: time }) : time}</time>
      <small>{named(DUTIES[clock.duty])}</small>
    </span>
  )
}

/** What else is to be known of an alert, in the second line of a row. */
function marksOf(row: AlertRow): string {
  const waiting = pending.value.get(row.id)
  const called = row.whistle?.called
  return (
    [
      waiting === undefined ? named(STATE[row.state]) : d('recordWaits'),
      row.unit === '' ? '' : d('sentTo', { unit: unitName(row.unit) }),
      called === undefined
        ? ''
        : d('cameOf', { n: called.filter(({ came }) => came !== null).length, m: called.length }),
      row.ended === null || row.closed !== null ? '' : d('endedMark'),
      row.mutedBy === '' ? '' : d('mutedMark'),
      d('raisedAt', { t: at(row.raised) }),
    ]
      .filter(Boolean)
      // A time is not torn from its word at the end of a line.
      .map((mark) => (mark.length < UNBROKEN ? mark.replaceAll(' ', '\u00a0') : mark))
      .join(' · ')
  )
}

function Row({ row }: { readonly row: AlertRow }): JSX.Element {
  const chosen = chosenId.value === row.id
  const unread = row.closed === null && !readOf(row)
  const own = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (chosen) own.current?.scrollIntoView({ block: 'nearest' })
  }, [chosen])
  return (
    <li>
      <button
        type="button"
        ref={own}
        class={`row ${chosen ? 'chosen' : ''} ${isExercise(row) ? 'drill' : ''} ${row.closed === null ? '' : 'past'}`}
        aria-current={chosen}
        data-alert={row.id}
        onClick={() => openAlert(row.id)}
      >
        <Chip rank={rankShown(row)} size={44} />
        <b class="what">
          {unread && <i class="unread" role="img" aria-label={d('unread')} />}
          {isExercise(row) && <em class="drill-mark">{d('exercise')}</em>}
          {row.number > 0 && <i class="number">{row.number}</i>}
          {headlineOf(row)}
        </b>
        <TimeLeft row={row} />
        <span class="marks">{marksOf(row)}</span>
      </button>
    </li>
  )
}

const TABS: readonly (readonly [Filter['whose'], DeskWord])[] = [
  ['mine', 'mine'],
  ['all', 'all'],
  ['closed', 'closedOnes'],
]

function Tabs(): JSX.Element {
  const { mine, all, mineOver, over } = counts.value
  const numbers = { mine: [mine, mineOver], all: [all, over], closed: [0, 0] } as const
  return (
    <div class="tabs" role="tablist" aria-label={d('filters')}>
      {TABS.map(([whose, word]) => (
        <button
          key={whose}
          type="button"
          role="tab"
          aria-selected={filter.value.whose === whose}
          onClick={() => (filter.value = { ...filter.value, whose })}
        >
          {d(word)}
          {whose !== 'closed' && (
            <span class={numbers[whose][1] > 0 ? 'over' : ''}>{count(numbers[whose][0], lang.value)}</span>
          )}
        </button>
      ))}
      <button
        type="button"
        class={`icon ${filtered() ? 'on' : ''}`}
        aria-label={d(filtered() ? 'filterOn' : 'filters')}
        title={d(filtered() ? 'filterOn' : 'filters')}
        onClick={() => (sheet.value = { kind: 'filter' })}
      >
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M4 6h16M7 12h10M10 18h4" />
        </svg>
        {filtered() && <i class="dot" />}
      </button>
    </div>
  )
}

/** Whether the filter leaves anything out beside whose it is. */
export function filtered(): boolean {
  const { rank, category, text } = filter.value
  return rank > 0 || category !== '' || text.trim() !== ''
}

function Empty(): JSX.Element {
  if (listed.value === 'none') return <p class="empty">{d('loadingList')}</p>
  if (listed.value === 'failed')
    return (
      <div class="empty">
        <p>{d('rowsFailed', { why: listFault.value })}</p>
        <button type="button" class="link" onClick={() => void loadRows().catch(() => undefined)}>
          {d('tryAgain')}
        </button>
      </div>
    )
  const { whose } = filter.value
  if (filtered())
    return (
      <div class="empty">
        <p>{d('filteredNone')}</p>
        <button type="button" class="link" onClick={() => (filter.value = { ...ANY, whose })}>
          {d('clearFilter')}
        </button>
      </div>
    )
  const others = counts.value.all
  return (
    <div class="empty">
      <p>{d(whose === 'mine' ? 'mineNone' : whose === 'all' ? 'allNone' : 'closedNone')}</p>
      {whose === 'mine' && others > 0 && (
        <button type="button" class="link" onClick={() => (filter.value = { ...filter.value, whose: 'all' })}>
          {d('mineNoneAll', { n: count(others, lang.value) })}
        </button>
      )}
    </div>
  )
}

/** Alerts in the order of urgency. */
export function List(): JSX.Element {
  const rows = shown.value
  const all = filter.value.whose === 'all' && !filtered()
  const beyond = Math.max(rows.length - MOST_ROWS, all ? totals.value.open - rows.length : 0)
  return (
    <nav class="list" aria-label={d('title')}>
      <Tabs />
      <div class="find">
        <input
          id={FIND_ID}
          type="search"
          placeholder={d('find')}
          aria-label={d('find')}
          value={filter.value.text}
          onInput={(event) => (filter.value = { ...filter.value, text: event.currentTarget.value })}
        />
      </div>
      <ol>
        {rows.slice(0, MOST_ROWS).map((row) => (
          <Row key={row.id} row={row} />
        ))}
      </ol>
      {rows.length === 0 && <Empty />}
      {beyond > 0 && (
        <p class="note">{d('beyond', { n: Math.min(rows.length, MOST_ROWS), m: rows.length + beyond })}</p>
      )}
    </nav>
  )
}
