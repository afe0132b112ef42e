import type { Signal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { JSX } from 'preact'
import { faults } from './analyst-rule-store.ts'
import { a } from './analyst-store.ts'

/** Largest file that is read, bytes: a city's rules are some kilobytes. */
const LARGEST = 256 * 1024

/** A rules file as text with its lines numbered; lines at fault are marked. */
export function Yaml({ text }: { readonly text: Signal<string> }): JSX.Element {
  const gutter = useRef<HTMLOListElement>(null)
  const wrong = new Set(faults.value.map(({ line }) => line))
  const lines = text.value.split('\n').length
  const take = async (file: File | undefined): Promise<void> => {
    if (file !== undefined && file.size <= LARGEST) text.value = await file.text()
  }
  return (
    <div
      class="yaml"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault()
        void take(event.dataTransfer?.files[0])
      }}
    >
      <p class="note">
        {a('yamlHint')}
        <label class="link">
          {a('chooseFile')}
          <input
            class="unseen"
            type="file"
            accept=".yaml,.yml,.json,text/yaml"
            onChange={(event) => void take(event.currentTarget.files?.[0])}
          />
        </label>
      </p>
      <div class="editor">
        <ol ref={gutter} aria-hidden="true">
          {Array.from({ length: Math.max(lines, 1) }, (_, i) => (
            <li key={i} class={wrong.has(i + 1) ? 'wrong' : ''}>
              {i + 1}
            </li>
          ))}
        </ol>
        <textarea
          value={text.value}
          spellcheck={false}
          wrap="off"
          aria-label={a('asYaml')}
          aria-invalid={wrong.size > 0}
          placeholder={'rules:\n  - id: flooding\n    limits: { orange: 0.12 }'}
          onInput={(event) => (text.value = event.currentTarget.value)}
          onScroll={(event) => {
            if (gutter.current !== null) gutter.current.scrollTop = event.currentTarget.scrollTop
          }}
        />
      </div>
    </div>
  )
}
