import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { JSX } from 'preact'
import type { AlertAnswer } from '../services/core/desk-wire.ts'
import { ask } from './desk-api.ts'
import { refusalOf } from './refusal.ts'
import { at } from './desk-say.ts'
import { d, who } from './desk-store.ts'
import type { Explanation } from './explanation.ts'
import { count } from './format.ts'
import { lang, named, t } from './store.ts'
import { Value } from './value.tsx'

/** Fetched again this often while an alert is opened, ms. */
const EVERY = 5000

const answer = signal<{ readonly code: string; readonly got: Explanation | null; readonly fault: string }>({
  code: '',
  got: null,
  fault: '',
})

async function load(code: string): Promise<void> {
  try {
    const got = await ask<Explanation>(`areas/${encodeURIComponent(code)}/explanation`)
    answer.value = { code, got, fault: '' }
  } catch (thrown) {
    const last = answer.peek()
    answer.value = { code, got: last.code === code ? last.got : null, fault: refusalOf(thrown).message }
  }
}

function Figures({ got: { alert } }: { readonly got: AlertAnswer }): JSX.Element {
  const { value, limit, unit } = alert.worst
  return (
    <dl class="figures">
      <div>
        <dt>{d(alert.ended === null ? 'value' : 'whyLast')}</dt>
        <dd>
          <Value of={value} unit={unit} />
        </dd>
      </div>
      <div>
        <dt>{d('limitAtRaise')}</dt>
        <dd>
          <Value of={limit} unit={unit} />
        </dd>
      </div>
      <div>
        <dt>{d('sinceWhen')}</dt>
        <dd>{at(alert.raised)}</dd>
      </div>
    </dl>
  )
}

function Sentence({ known }: { readonly known: Explanation }): JSX.Element {
  const { reading } = known
  const seen =
    reading === null
      ? ''
      : t(reading.sources === 1 ? 'whyEvidenceOne' : 'whyEvidence', {
          n: count(reading.samples, lang.value),
          s: count(reading.sources, lang.value),
        })
  return (
    <>
      <p class="sentence">{named(known.sentence)}</p>
      {named(known.clears) !== '' && (
        <p class="line">
          <span>{t('whyClears')}</span> {named(known.clears)}
        </p>
      )}
      {seen !== '' && (
        <p class="line">
          <span>{t('whyFrom')}</span> {seen}
        </p>
      )}
    </>
  )
}

/** Why there is an alert: the value against its limit, since when, by which rule, and what would end it. */
export function WhySo({ got }: { readonly got: AlertAnswer }): JSX.Element {
  const { alert } = got
  const byHand = alert.incident === null
  const code = byHand ? '' : alert.worst.area.code
  useEffect(() => {
    if (code === '') return
    void load(code)
    const timer = setInterval(() => void load(code), EVERY)
    return () => clearInterval(timer)
  }, [code])
  const known = answer.value.code === code ? answer.value : { got: null, fault: '' }
  if (byHand) {
    const raiser = alert.record.find(({ what }) => what === 'raise')
    return (
      <section class="whyso">
        <h2>{d('why')}</h2>
        <p class="sentence">{d('whyByHand', { who: who(raiser?.person ?? '') })}</p>
      </section>
    )
  }
  const { ruleName, rule, area } = alert.worst
  return (
    <section class="whyso">
      <h2>
        <span>{d('why')}</span>
        <span class="clip">{d('whyWorst', { area: named(area.name) })}</span>
      </h2>
      <Figures got={got} />
      {alert.ended === null &&
        known.got !== null &&
        (known.got.rule === null || known.got.rule.id === rule ? (
          <Sentence known={known.got} />
        ) : (
          <p class="sentence">
            {d('whyOther', { other: named(known.got.rule.name), own: named(ruleName) || rule })}
          </p>
        ))}
      {known.got === null && (
        <p class="note">{known.fault === '' ? t('whyLoading') : t('whyFailed', { why: known.fault })}</p>
      )}
      <p class="fine">{d('whyRule', { r: [named(ruleName), rule].filter(Boolean).join(' · ') })}</p>
    </section>
  )
}
