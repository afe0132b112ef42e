import type { JSX } from 'preact'
import { figure } from './format.ts'
import { lang } from './store.ts'

/** A value with its unit beside it, smaller; a dash where there is none. */
export function Value({ of, unit }: { readonly of: number | null; readonly unit: string }): JSX.Element {
  const text = figure(of, lang.value)
  if (of === null || unit === '') return <>{text}</>
  const gap = /^[%°℃]/.test(unit) ? '' : ' '
  return (
    <>
      {text}
      <small>{gap + unit}</small>
    </>
  )
}
