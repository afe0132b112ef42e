import { useEffect } from 'preact/hooks'
import type { JSX } from 'preact'
import type { AlertAnswer, SurroundingsAnswer } from '../services/core/desk-wire.ts'
import { Chip } from './chip.tsx'
import { lit, loadNear, near } from './desk-near-store.ts'
import { grouped } from './desk-order.ts'
import { at } from './desk-say.ts'
import { d } from './desk-store.ts'
import type { DeskWord } from './desk-store.ts'
import { count } from './format.ts'
import { lang, named } from './store.ts'

/** Fetched again this often while an alert is opened, ms. */
const EVERY = 15_000
/** Rows of one kind that are listed; the map shows all. */
const LISTED = 4

interface Line {
  readonly key: string
  readonly sign: 'sensor' | 'camera' | 'desk' | 'call'
  readonly name: string
  readonly more: string
  readonly metres: number
}

function callsOf({ calls }: SurroundingsAnswer): readonly Line[] {
  return grouped(calls, ({ indicator }) => indicator).map(([key, some]) => {
    const latest = Math.max(...some.map(({ time }) => time))
    return {
      key,
      sign: 'call' as const,
      name: named(some[0]?.name),
      more: [d('times', { n: count(some.length, lang.value) }), at(latest)].join(' · '),
      metres: Math.min(...some.map(({ metres }) => metres)),
    }
  })
}

function sourcesOf({ sources }: SurroundingsAnswer, kind: 'sensor' | 'camera' | 'desk'): readonly Line[] {
  return sources
    .filter((one) => one.kind === kind)
    .map(({ source, metres }) => ({ key: source, sign: kind, name: source, more: '', metres }))
}

function Lines({
  word,
  lines,
}: {
  readonly word: DeskWord
  readonly lines: readonly Line[]
}): JSX.Element | null {
  if (lines.length === 0) return null
  return (
    <div class="near-kind">
      <h3>
        {d(word)} <span>{count(lines.length, lang.value)}</span>
      </h3>
      <ul>
        {lines.slice(0, LISTED).map((line) => (
          <li key={line.key}>
            <button
              type="button"
              aria-pressed={lit.value === line.key}
              onClick={() => (lit.value = lit.value === line.key ? '' : line.key)}
            >
              <i class={`sign ${line.sign}`} />
              <span class="clip">{line.name}</span>
              <em>{line.more}</em>
              <small>{d('metres', { m: count(Math.round(line.metres), lang.value) })}</small>
            </button>
          </li>
        ))}
      </ul>
      {lines.length > LISTED && <p class="fine">{d('more', { n: lines.length - LISTED })}</p>}
    </div>
  )
}

/** What stands and happened around it. */
export function Near({ got }: { readonly got: AlertAnswer }): JSX.Element {
  const { id } = got.alert
  useEffect(() => {
    lit.value = ''
    void loadNear(id)
    const timer = setInterval(() => void loadNear(id), EVERY)
    return () => clearInterval(timer)
  }, [id])
  const known = near.value.id === id ? near.value : { got: null, fault: '' }
  const around = known.got
  if (around === null)
    return (
      <section class="near">
        <p class="note">{known.fault === '' ? d('loading') : d('nearFailed', { why: known.fault })}</p>
      </section>
    )
  const none = around.sources.length + around.calls.length + around.areas.length === 0
  return (
    <section class="near">
      <h2>{d('near', { m: count(around.radius, lang.value) })}</h2>
      {none && <p class="note">{d('nearNone')}</p>}
      <Lines word="calls" lines={callsOf(around)} />
      <Lines word="cameras" lines={sourcesOf(around, 'camera')} />
      <Lines word="sensors" lines={sourcesOf(around, 'sensor')} />
      <Lines word="desks" lines={sourcesOf(around, 'desk')} />
      {around.areas.length > 0 && (
        <div class="near-kind">
          <h3>
            {d('others')} <span>{count(around.areas.length, lang.value)}</span>
          </h3>
          <ul class="others">
            {around.areas.slice(0, LISTED).map((area) => (
              <li key={area.code}>
                <Chip rank={area.rank} size={20} />
                <span class="clip">{named(area.name)}</span>
                <small>{d('metres', { m: count(Math.round(area.metres), lang.value) })}</small>
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  )
}
