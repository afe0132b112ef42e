import { useEffect, useState } from 'preact/hooks'
import type { JSX } from 'preact'
import type { RuleText } from '../services/core/rules-wire.ts'
import { ruleName, versions, versionsFault } from './analyst-names.ts'
import { rehearse, starting } from './analyst-rehearsal.ts'
import { Field, Limits, Overrides, ScheduleField } from './analyst-rule-form.tsx'
import {
  base,
  changes,
  checking,
  current,
  draft,
  faults,
  followEdits,
  isSound,
  mode,
  publishing,
  save,
  saving,
  text,
  undoAll,
  writeYaml,
  yaml,
} from './analyst-rule-store.ts'
import { a, chosen } from './analyst-store.ts'
import { Publish, Versions } from './analyst-versions.tsx'
import { Yaml } from './analyst-yaml.tsx'
import { clock, day, duration } from './format.ts'
import { lang, zone } from './store.ts'

const DURATIONS = ['window', 'onDelay', 'offDelay'] as const
const NUMBERS = ['deadband', 'minSamples', 'minSources'] as const

let following = false

function RuleCard({ rule }: { readonly rule: RuleText }): JSX.Element {
  const count = changes.value.filter((one) => one.rule === rule.id).length
  const below = rule['direction'] === 'below'
  return (
    <details class={count > 0 ? 'rule changed' : 'rule'} data-rule={rule.id} open={count > 0}>
      <summary>
        <b class="clip">{ruleName(rule.id)}</b>
        <small class="clip">{typeof rule['indicator'] === 'string' ? rule['indicator'] : ''}</small>
        {count > 0 && <em>{a(count === 1 ? 'changedOne' : 'changedCount', { n: count })}</em>}
      </summary>
      <h4>
        {a('limits')} · {a(below ? 'directionBelow' : 'directionAbove')}
      </h4>
      <Limits rule={rule} />
      <div class="terms">
        {DURATIONS.map((name) => (
          <Field key={name} rule={rule} path={[name]} kind="duration" label={a(name)} name={a(name)} />
        ))}
        {NUMBERS.map((name) => (
          <Field key={name} rule={rule} path={[name]} kind="number" label={a(name)} name={a(name)} />
        ))}
      </div>
      <ScheduleField rule={rule} />
      <Overrides rule={rule} />
    </details>
  )
}

/** What is wrong with what was written, each with its fix. */
function Faults(): JSX.Element | null {
  if (faults.value.length === 0) return null
  return (
    <ul class="faults" role="alert">
      {faults.value.slice(0, 8).map((one, i) => (
        <li key={i}>
          {one.line > 0 && <b>{a('faultLine', { n: one.line })}</b>}
          <span>{one.message}</span>
          <small>{one.hint}</small>
        </li>
      ))}
    </ul>
  )
}

function SaveForm(): JSX.Element {
  const [name, setName] = useState('')
  return (
    <form
      class="save"
      onSubmit={(event) => {
        event.preventDefault()
        if (name.trim() !== '') void save(name.trim()).then((made) => made !== null && setName(''))
      }}
    >
      <input
        value={name}
        maxLength={80}
        placeholder={a('versionName')}
        aria-label={a('versionName')}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <button type="submit" disabled={!isSound.value || saving.value || name.trim() === ''}>
        {a('saveAs')}
      </button>
    </form>
  )
}

/** The one thing to do next: try it on the stretch that is seen. */
function Foot(): JSX.Element {
  const seen = chosen.value
  const moment = (at: number): string =>
    `${day(at, zone.value, lang.value)} ${clock(at, zone.value, lang.value)}`
  const n = changes.value.length
  const state = checking.value
    ? a('checking')
    : faults.value.length > 0
      ? ''
      : n === 0
        ? a('unchanged')
        : [a(n === 1 ? 'changedOne' : 'changedCount', { n }), isSound.value ? a('checked') : '']
            .filter(Boolean)
            .join(' · ')
  return (
    <div class="foot">
      <p class="note">
        <span>{state}</span>
        {draft.value !== null && (
          <button type="button" class="link" onClick={undoAll}>
            {a('undoAll')}
          </button>
        )}
      </p>
      <button
        type="button"
        class="main run"
        disabled={!isSound.value || starting.value}
        onClick={() => void rehearse()}
      >
        <b>{a('runOver')}</b>
        {seen !== null && (
          <small>
            {a('runSpan', {
              from: moment(seen.from),
              to: moment(seen.to),
              d: duration(seen.to - seen.from, lang.value),
            })}
          </small>
        )}
      </button>
      <SaveForm />
    </div>
  )
}

/** The rules in force as a form or a file: change, check, try, save, publish. */
export function RulesPanel(): JSX.Element {
  useEffect(() => {
    if (following) return
    following = true
    followEdits()
  }, [])
  const known = text.value
  if (versionsFault.value !== '' && versions.value === null)
    return <p class="note">{a('rulesFailed', { why: versionsFault.value })}</p>
  if (versions.value === null) return <p class="note">{a('rulesLoading')}</p>
  if (publishing.value !== null) return <Publish version={publishing.value} />
  const own = base.value
  return (
    <>
      <div class="rules-head">
        <p>
          {own !== null && own.current
            ? a('inForce', { v: own.version.slice(0, 6) })
            : a('based', { v: own?.name || own?.version.slice(0, 6) || '' })}
          {own !== null && !own.current && current.value !== null && (
            <small> · {a('inForce', { v: current.value.version.slice(0, 6) })}</small>
          )}
        </p>
        <div class="switch">
          <button type="button" aria-pressed={mode.value === 'form'} onClick={() => (mode.value = 'form')}>
            {a('asForm')}
          </button>
          <button type="button" aria-pressed={mode.value === 'yaml'} onClick={() => void writeYaml()}>
            {a('asYaml')}
          </button>
        </div>
      </div>
      <div class="scroll">
        {mode.value === 'form' ? (
          <>
            {known?.rules.length === 0 && <p class="note">{a('rulesNone')}</p>}
            {known?.rules.map((rule) => (
              <RuleCard key={rule.id} rule={rule} />
            ))}
          </>
        ) : (
          <Yaml text={yaml} />
        )}
        <Faults />
        <Versions />
      </div>
      <Foot />
    </>
  )
}
