import type { JSX } from 'preact'
import { figure } from './format.ts'
import { unitAfter } from '../services/core/unit.ts'
import { lang } from './store.ts'

/** A value with its unit beside it, smaller; a dash where there is none. */
export function Value({ of, unit }: { readonly of: number | null; readonly unit: string }): JSX.Element {
  const text = figure(of, lang.value)
  if (of === null || unit === '') return <>{text}</>
  return (
    <>
      {text}
      <small>{unitAfter(unit, lang.value)}</small>
    </>
  )
}
