import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { AlertVerb } from '../services/core/alert-transitions.ts'
import type { AlertAnswer } from '../services/core/desk-wire.ts'
import { act } from './desk-act.ts'
import { ONE_TAP, barOf, thumbVerbs } from './desk-permit.ts'
import { able, d, isPast, me, pending, sheet } from './desk-store.ts'
import { ROLE, VERB } from './desk-terms.ts'
import { p } from './player-say.ts'
import { named } from './store.ts'

/** Keys of the verbs that have one. */
export const VERB_KEYS: Readonly<Partial<Record<AlertVerb, string>>> = {
  acknowledge: 'a',
  dispatch: 'd',
  whistle: 'w',
  'report-in': 'r',
  handle: 'h',
  verify: 'v',
  reject: 'b',
  close: 'c',
  reopen: 'o',
  shelve: 'p',
  unshelve: 'y',
  note: 'n',
}

/** A button that has just changed its meaning under the thumb does nothing for so long, ms. */
const SETTLE = 700

/** Why a verb cannot be done now; '' when it can. */
export function barred(got: AlertAnswer, verb: AlertVerb): string {
  if (isPast.value) return p('lookOnly')
  if (!able.value) return d('notCut')
  if (pending.value.has(got.alert.id)) return d('recordWaits')
  if (got.verbs.includes(verb)) return ''
  const session = me.value
  if (session === null) return d('notCut')
  const bar = barOf(verb, got.alert, session)
  return bar.why === 'notRole' ? d('notRole', { role: named(ROLE[bar.role]) }) : d(bar.why)
}

/** Does what needs but a tap, and opens the sheet of what needs more. */
export function start(got: AlertAnswer, verb: AlertVerb): void {
  if (barred(got, verb) !== '') return
  if (ONE_TAP.has(verb)) void act(got.alert.id, verb, {})
  else sheet.value = { kind: 'act', verb }
}

/** Whether a button has meant the same long enough to be meant by a thumb. */
function useSettled(verb: AlertVerb): boolean {
  const [known, setKnown] = useState(verb)
  useEffect(() => {
    const timer = setTimeout(() => setKnown(verb), SETTLE)
    return () => clearTimeout(timer)
  }, [verb])
  return known === verb
}

function Button({
  got,
  verb,
  first,
}: {
  readonly got: AlertAnswer
  readonly verb: AlertVerb
  readonly first: boolean
}): JSX.Element {
  const bar = barred(got, verb)
  const waiting = pending.value.get(got.alert.id)?.verb === verb
  const settled = useSettled(verb)
  return (
    <button
      type="button"
      class={`act ${first ? 'first' : ''} ${waiting ? 'waiting' : ''}`}
      aria-disabled={bar !== '' || !settled}
      aria-keyshortcuts={VERB_KEYS[verb]}
      data-verb={verb}
      onClick={() => settled && start(got, verb)}
    >
      <b>{named(VERB[verb])}</b>
      {bar === '' ? (
        VERB_KEYS[verb] !== undefined && <kbd>{VERB_KEYS[verb].toUpperCase()}</kbd>
      ) : (
        <small>{waiting ? d('recordWaits') : bar}</small>
      )}
    </button>
  )
}

/** Three thumbs-wide actions, and the rest behind the fourth. */
export function Acts({ got }: { readonly got: AlertAnswer }): JSX.Element {
  const verbs = thumbVerbs(got.alert, got.verbs, me.value?.unit ?? '')
  return (
    <div class="acts" role="toolbar" aria-label={d('acts')}>
      {verbs.map((verb, i) => (
        // By place, not by verb: the thumb stays where it is, and the button knows that it changed.
        <Button key={i} got={got} verb={verb} first={i === 0} />
      ))}
      <button
        type="button"
        class="act more"
        aria-label={d('moreActs')}
        onClick={() => (sheet.value = { kind: 'acts' })}
      >
        <b>···</b>
        <kbd>.</kbd>
      </button>
    </div>
  )
}
