import { useState } from 'preact/hooks'
import type { JSX } from 'preact'
import type { RuleText } from '../services/core/rules-wire.ts'
import { current, faults, set, unread } from './analyst-rule-store.ts'
import { durationIn, durationText, valueAt } from './analyst-rule-text.ts'
import type { Path } from './analyst-rule-text.ts'
import { a } from './analyst-store.ts'
import type { AnalystWord } from './analyst-store.ts'
import { Chip } from './chip.tsx'
import { levelIds } from './analyst-timeline-sheet.ts'
import { areaByCode } from './analyst-names.ts'
import { named, scheme } from './store.ts'

/** How a field reads and writes its value. */
interface Kind {
  readonly write: (value: unknown) => string
  /** Null: it cannot be read. */
  readonly read: (text: string, was: unknown) => unknown
  readonly wrong: AnalystWord
}

const NUMBER: Kind = {
  write: (value) => (typeof value === 'number' ? String(value) : ''),
  read: (text) => (text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : null),
  wrong: 'notNumber',
}
/** Files hold durations with their unit, versions in ms: what is written stays as it was. */
const DURATION: Kind = {
  write: durationText,
  read: (text, was) => {
    const ms = durationIn(text)
    return ms !== null && typeof was === 'string' ? durationText(ms) : ms
  },
  wrong: 'notDuration',
}

/** What a field says of itself: the value in force where it differs, what is wrong with it else. */
function useField(rule: RuleText, path: Path, kind: Kind) {
  const key = `${rule.id}/${path.join('/')}`
  const value = valueAt(rule, path)
  const [typed, setTyped] = useState<string | null>(null)
  const inForce = current.value?.text.rules.find(({ id }) => id === rule.id)
  const was = inForce === undefined ? value : valueAt(inForce, path)
  const changed = kind.write(was) !== (typed ?? kind.write(value))
  const hold = (text: string | null, isWrong: boolean): void => {
    const next = new Set(unread.peek())
    if (isWrong) next.add(key)
    else next.delete(key)
    unread.value = next
    setTyped(isWrong ? text : null)
  }
  return {
    shown: typed ?? kind.write(value),
    was: kind.write(was),
    changed,
    wrong: typed !== null,
    write: (text: string): void => {
      if (text.trim() === '') {
        hold(null, false)
        return set(rule.id, path, undefined)
      }
      const read = kind.read(text, was)
      hold(text, read === null)
      if (read !== null) set(rule.id, path, read)
    },
    undo: (): void => {
      hold(null, false)
      set(rule.id, path, was)
    },
  }
}

function faultAt(rule: RuleText, path: Path): string {
  const field = [rule.id, ...path].join('/')
  // A fault of the limits together stands at each of them.
  const found = faults.value.find(({ pointer }) => pointer === field || field.startsWith(`${pointer}/`))
  return found?.message ?? ''
}

/** One value of a rule, with the old one beside it once it differs. */
export function Field(props: {
  readonly rule: RuleText
  readonly path: Path
  readonly label: string | JSX.Element
  readonly kind: 'number' | 'duration'
  readonly name?: string
}): JSX.Element {
  const kind = props.kind === 'number' ? NUMBER : DURATION
  const field = useField(props.rule, props.path, kind)
  const fault = field.wrong ? a(kind.wrong) : faultAt(props.rule, props.path)
  const state = [fault === '' ? '' : 'wrong', field.changed ? 'changed' : ''].join(' ')
  return (
    <label class={`field ${state}`}>
      <span class="name">{props.label}</span>
      <input
        value={field.shown}
        inputMode={props.kind === 'number' ? 'decimal' : 'text'}
        data-field={`${props.rule.id}/${props.path.join('/')}`}
        aria-label={props.name}
        aria-invalid={fault !== ''}
        spellcheck={false}
        onChange={(event) => field.write(event.currentTarget.value)}
      />
      {field.changed && (
        <button type="button" class="old" title={a('undo')} onClick={field.undo}>
          {a('was', { v: field.was || a('none') })} ↶
        </button>
      )}
      {fault !== '' && <em>{fault}</em>}
    </label>
  )
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

interface Hours {
  readonly days: readonly string[]
  readonly from: string
  readonly to: string
}

function hoursOf(rule: RuleText | undefined): Hours | null {
  const schedule = rule?.['schedule']
  return typeof schedule === 'object' && schedule !== null ? (schedule as Hours) : null
}

function hoursText(hours: Hours | null): string {
  if (hours === null) return a('always')
  const names = a('days').split(',')
  const days =
    hours.days.length === 7
      ? ''
      : DAYS.flatMap((day, i) => (hours.days.includes(day) ? [names[i]] : [])).join('')
  return `${days} ${hours.from}–${hours.to}`.trim()
}

/** When a rule is in force: days and hours, or always. */
export function ScheduleField({ rule }: { readonly rule: RuleText }): JSX.Element {
  const hours = hoursOf(rule)
  const was = hoursOf(current.value?.text.rules.find(({ id }) => id === rule.id))
  const put = (next: Partial<Hours> | null): void =>
    set(
      rule.id,
      ['schedule'],
      next === null ? undefined : { days: [...DAYS], from: '08:00', to: '20:00', ...hours, ...next },
    )
  const names = a('days').split(',')
  const changed = JSON.stringify(hours) !== JSON.stringify(was)
  return (
    <div class={changed ? 'schedule changed' : 'schedule'}>
      <span class="name">{a('schedule')}</span>
      <button type="button" aria-pressed={hours !== null} onClick={() => put(hours === null ? {} : null)}>
        {a(hours === null ? 'always' : 'scheduled')}
      </button>
      {hours !== null && (
        <>
          <span class="days">
            {DAYS.map((day, i) => (
              <button
                key={day}
                type="button"
                aria-pressed={hours.days.includes(day)}
                onClick={() => {
                  const days = DAYS.filter((one) => (one === day) !== hours.days.includes(one))
                  if (days.length > 0) put({ days })
                }}
              >
                {names[i]}
              </button>
            ))}
          </span>
          <input
            type="time"
            value={hours.from}
            onChange={(event) => put({ from: event.currentTarget.value })}
          />
          –
          <input type="time" value={hours.to} onChange={(event) => put({ to: event.currentTarget.value })} />
        </>
      )}
      {changed && (
        <button
          type="button"
          class="old"
          title={a('undo')}
          onClick={() => set(rule.id, ['schedule'], was ?? undefined)}
        >
          {a('was', { v: hoursText(was) })} ↶
        </button>
      )}
    </div>
  )
}

/** Limits by level, gravest first, as the wall counts them. */
export function Limits({ rule }: { readonly rule: RuleText }): JSX.Element {
  const ids = [...levelIds().entries()].reverse()
  return (
    <div class="limits">
      {ids.map(([i, id]) => (
        <Field
          key={id}
          rule={rule}
          path={['limits', id]}
          kind="number"
          name={`${a('limits')} ${named(scheme.value?.levels[i + 1]?.name)}`}
          label={<Chip rank={i + 1} size={26} />}
        />
      ))}
    </div>
  )
}

/** Areas with limits of their own: shown, since they go on to hold. */
export function Overrides({ rule }: { readonly rule: RuleText }): JSX.Element | null {
  const overrides = rule['overrides']
  const codes = typeof overrides === 'object' && overrides !== null ? Object.entries(overrides) : []
  if (codes.length === 0) return null
  const list = codes
    .slice(0, 3)
    .map(([code, own]: [string, unknown]) => `${areaByCode(code)} ${summaryOf(own)}`)
    .join(' · ')
  return (
    <p class="note">{a('overridesOf', { n: codes.length, list: codes.length > 3 ? `${list} …` : list })}</p>
  )
}

function summaryOf(own: unknown): string {
  if (typeof own !== 'object' || own === null) return ''
  if (Reflect.get(own, 'off') === true) return a('off')
  const limits: unknown = Reflect.get(own, 'limits')
  return typeof limits === 'object' && limits !== null ? Object.values(limits).join('/') : ''
}
