import type { JSX } from 'preact'
import { useId, useState } from 'preact/hooks'

/** Longest text that an act takes. */
export const LONGEST = 500

/** One of several, as buttons. */
export function Choice<Value extends string | number>(props: {
  readonly label: string
  readonly of: readonly (readonly [Value, string])[]
  readonly value: Value
  readonly onPick: (value: Value) => void
}): JSX.Element {
  const name = useId()
  return (
    <fieldset class="choice">
      <legend>{props.label}</legend>
      <div>
        {props.of.map(([value, text]) => (
          <label key={value} class={value === props.value ? 'on' : ''}>
            <input
              type="radio"
              name={name}
              value={value}
              checked={value === props.value}
              onChange={() => props.onPick(value)}
            />
            {text}
          </label>
        ))}
      </div>
    </fieldset>
  )
}

/** Any of several, as buttons. */
export function Picks<Value extends string | number>(props: {
  readonly label: string
  readonly of: readonly (readonly [Value, string])[]
  readonly value: readonly Value[]
  readonly onPick: (value: readonly Value[]) => void
}): JSX.Element {
  return (
    <fieldset class="choice">
      <legend>{props.label}</legend>
      <div>
        {props.of.map(([value, text]) => {
          const on = props.value.includes(value)
          return (
            <label key={value} class={on ? 'on' : ''}>
              <input
                type="checkbox"
                value={value}
                checked={on}
                onChange={() =>
                  props.onPick(on ? props.value.filter((one) => one !== value) : [...props.value, value])
                }
              />
              {text}
            </label>
          )
        })}
      </div>
    </fieldset>
  )
}

/** A text of some lines. */
export function Text(props: {
  readonly label: string
  readonly value: string
  readonly rows?: number
  readonly onText: (text: string) => void
}): JSX.Element {
  return (
    <label class="text">
      <span>{props.label}</span>
      <textarea
        rows={props.rows ?? 2}
        maxLength={LONGEST}
        value={props.value}
        onInput={(event) => props.onText(event.currentTarget.value)}
      />
    </label>
  )
}

/** The foot of a form: what is missing, and the one button that sends it. */
export function Submit(props: {
  readonly label: string
  readonly missing: string
  readonly busy: boolean
}): JSX.Element {
  return (
    <div class="submit">
      {props.missing !== '' && <p class="note">{props.missing}</p>}
      <button type="submit" class="main" disabled={props.missing !== '' || props.busy}>
        {props.label}
      </button>
    </div>
  )
}

/** A form that is sent once at a time, and only when nothing is missing. */
export function useForm(
  missing: string,
  send: () => Promise<void>,
): { readonly busy: boolean; readonly onSubmit: (event: Event) => void } {
  const [busy, setBusy] = useState(false)
  return {
    busy,
    onSubmit: (event) => {
      event.preventDefault()
      if (missing !== '' || busy) return
      setBusy(true)
      void send().finally(() => setBusy(false))
    },
  }
}
