import type { JSX } from 'preact'
import { VERB_KEYS } from './desk-acts.tsx'
import { ALERT_VERBS } from './desk-permit.ts'
import { Sheet } from './desk-sheet.tsx'
import { d } from './desk-store.ts'
import type { DeskWord } from './desk-store.ts'
import { VERB } from './desk-terms.ts'
import { named } from './store.ts'

const KEYS: readonly (readonly [string, DeskWord])[] = [
  ['J K', 'keyNext'],
  ['↵', 'keyOpen'],
  ['Esc', 'keyBack'],
  ['/', 'keyFind'],
  ['T', 'keyMine'],
  ['.', 'keyMore'],
  ['S', 'silences'],
  ['M', 'keyMenu'],
  ['U', 'keyMute'],
  ['G', 'keyLang'],
  ['L', 'keyTheme'],
  ['?', 'keyHelp'],
]

function Line({ keys, text }: { readonly keys: string; readonly text: string }): JSX.Element {
  return (
    <div>
      <dt>
        {keys.split(' ').map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{text}</dd>
    </div>
  )
}

/** Which key does what. */
export function HelpSheet(): JSX.Element {
  return (
    <Sheet title={d('help')}>
      <dl class="keys">
        {ALERT_VERBS.flatMap((verb) => {
          const key = VERB_KEYS[verb]
          return key === undefined
            ? []
            : [<Line key={verb} keys={key.toUpperCase()} text={named(VERB[verb])} />]
        })}
        {KEYS.map(([keys, word]) => (
          <Line key={word} keys={keys} text={d(word)} />
        ))}
      </dl>
    </Sheet>
  )
}
