import type { JSX } from 'preact'
import { d, hush, said } from './desk-store.ts'

/** What was just done or refused, above the thumb. */
export function Said(): JSX.Element {
  return (
    <div class="said" role="status" aria-live="assertive">
      {said.value.map((one) => (
        <p key={one.id} class={one.grave ? 'grave' : ''}>
          <span>{one.text}</span>
          {one.grave && (
            <button type="button" onClick={() => hush(one.id)}>
              {d('dismiss')}
            </button>
          )}
        </p>
      ))}
    </div>
  )
}
