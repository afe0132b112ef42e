import { useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { ancestorAt, find } from './city.ts'
import { placeOf } from './desk-say.ts'
import { d, me, opened } from './desk-store.ts'
import { city, named } from './store.ts'

/** Areas offered while one types. */
const OFFERED = 6

/** Code of an area and those above it, nearest first. */
function chain(code: string): readonly string[] {
  const known = city.value
  const index = known?.indexOf.get(code)
  if (known === null || index === undefined) return code === '' ? [] : [code]
  const depths = [...Array((known.doc.depths[index] ?? 0) + 1).keys()].toReversed()
  return depths.map((depth) => known.doc.codes[ancestorAt(known, index, depth)] ?? '')
}

/** Areas that are near at hand: of the opened alert and above, and my own. */
function offered(): readonly string[] {
  const alert = opened.value.got?.alert
  const own = me.value?.area.code ?? ''
  return [...new Set([...(alert === undefined ? [] : chain(alert.area.code)), own])].filter(Boolean)
}

/** Chooses an area by a tap or by its name. */
export function AreaPick(props: {
  readonly label: string
  readonly value: string
  readonly onPick: (code: string) => void
}): JSX.Element {
  const [typed, setTyped] = useState('')
  const known = city.value
  const found = known === null ? [] : find(known, typed, OFFERED).map((index) => known.doc.codes[index] ?? '')
  const choices = typed.trim() === '' ? offered() : found
  const listed = choices.includes(props.value) || props.value === '' ? choices : [props.value, ...choices]
  const kindOf = (code: string): string => {
    const depth = known?.doc.depths[known.indexOf.get(code) ?? -1]
    return depth === undefined ? '' : named(known?.doc.levels[depth]?.name)
  }
  return (
    <fieldset class="choice area">
      <legend>{props.label}</legend>
      <input
        type="search"
        placeholder={d('areaFind')}
        aria-label={d('areaFind')}
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      <div>
        {listed.map((code) => (
          <label key={code} class={code === props.value ? 'on' : ''}>
            <input
              type="radio"
              checked={code === props.value}
              onChange={() => props.onPick(code)}
              name="area"
              value={code}
            />
            {placeOf(code)} <small>{kindOf(code)}</small>
          </label>
        ))}
      </div>
      {typed.trim() !== '' && found.length === 0 && <p class="note">{d('areaNone')}</p>}
    </fieldset>
  )
}
