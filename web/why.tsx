import { useEffect } from 'preact/hooks'
import type { JSX } from 'preact'
import { UNKNOWN } from '../services/core/level.ts'
import { fetchExplanation } from './api.ts'
import { Chip } from './chip.tsx'
import type { Explanation, Reading } from './explanation.ts'
import { clockSeconds, count, figure, since } from './format.ts'
import { unitAfter } from '../services/core/unit.ts'
import { choose } from './keys.ts'
import { Value } from './value.tsx'
import {
  answer,
  chosen,
  city,
  lang,
  named,
  cityNow,
  rankNow,
  subject,
  summary,
  t,
  veil,
  zone,
} from './store.ts'

/** Fetched again this often while a place is shown, ms. */
const EVERY = 5000
/** Contributing observations that fit. */
const SEEN = 3

async function load(code: string): Promise<void> {
  try {
    answer.value = { code, got: await fetchExplanation(code), fault: '' }
  } catch (error) {
    const got = answer.value.code === code ? answer.value.got : null
    answer.value = { code, got, fault: error instanceof Error ? error.message : String(error) }
  }
}

/** The value as the list beside shows it: the summary of each second is newer than the explanation of some seconds ago. */
function withNews(reading: Reading): Reading {
  const row = subject.value?.worst ?? null
  return row === null || row.indicator !== reading.indicator
    ? reading
    : { ...reading, value: row.value, limit: row.limit }
}

function evidence({ samples, sources }: Reading): string {
  const parts = { n: count(samples, lang.value), s: count(sources, lang.value) }
  return t(sources === 1 ? 'whyEvidenceOne' : 'whyEvidence', parts)
}

function moment(iso: string): string {
  return since(Date.parse(iso), cityNow.value, zone.value, lang.value)
}

function Figures({ got, at }: { readonly got: Reading; readonly at: string | null }): JSX.Element {
  return (
    <dl class="figures">
      <div>
        <dt>{t('whyValue')}</dt>
        <dd>
          <Value of={got.value} unit={got.unit} />
        </dd>
      </div>
      <div>
        <dt>{t('whyLimit')}</dt>
        <dd>
          <Value of={got.limit} unit={got.unit} />
        </dd>
      </div>
      <div>
        <dt>{t('whySince')}</dt>
        <dd>{at === null ? '—' : moment(at)}</dd>
      </div>
    </dl>
  )
}

function Body({ got }: { readonly got: Explanation }): JSX.Element {
  const index = city.value?.indexOf.get(got.code) ?? -1
  const responsible = city.value?.doc.units[index] ?? ''
  return (
    <>
      <p class="sentence">{named(got.sentence)}</p>
      {got.reading !== null && <Figures got={withNews(got.reading)} at={got.since} />}
      {named(got.clears) !== '' && (
        <p class="line">
          <span>{t('whyClears')}</span> {named(got.clears)}
        </p>
      )}
      {got.observations.length > 0 && (
        <div class="seen">
          <p class="line">
            <span>{t('whyFrom')}</span> {got.reading === null ? '' : evidence(got.reading)}
          </p>
          {got.observations.slice(0, SEEN).map((one) => (
            <div key={`${one.source}/${one.time}/${one.value}`}>
              <span class="clip" title={one.source}>
                {one.source.split('/').at(-1)}
              </span>
              <em>{figure(one.value, lang.value) + unitAfter(got.reading?.unit ?? '', lang.value)}</em>
              <time>{moment(one.time)}</time>
            </div>
          ))}
        </div>
      )}
      <p class="fine">
        {got.rule !== null && (
          <span>{t('whyRule', { r: got.rule.id, v: got.rule.version.slice(0, 8) })}</span>
        )}
        <span>
          {[got.code, responsible === '' ? '' : t('whyUnit', { u: responsible })].filter(Boolean).join(' · ')}
        </span>
      </p>
    </>
  )
}

/** Says of a place under the veil that this is how it was. */
function AsOf({ area }: { readonly area: number }): JSX.Element | null {
  const known = veil.value?.since(area) ?? null
  if (known === null) return null
  const at = clockSeconds(known, zone.value, lang.value)
  return <p class="as-of">{known === 0 ? t('missingHereYet') : t('missingHere', { t: at })}</p>
}

/** Why the chosen place has its colour; with nothing chosen, why the worst place has. */
export function Why(): JSX.Element {
  const code = subject.value?.code ?? ''
  const picked = chosen.value >= 0
  useEffect(() => {
    if (code === '') return
    void load(code)
    const timer = setInterval(() => void load(code), EVERY)
    return () => clearInterval(timer)
  }, [code])
  const index = city.value?.indexOf.get(code) ?? -1
  const known = answer.value.code === code
  const rank = index < 0 ? UNKNOWN : rankNow(index)
  return (
    <section class="explain" aria-live="polite">
      <h2>
        <span>{t(picked || code === '' ? 'why' : 'whyWorst')}</span>
        {picked && (
          <button type="button" class="plain" onClick={() => choose(-1)} aria-label={t('close')}>
            ×
          </button>
        )}
      </h2>
      {code === '' && <p class="note">{summary.value === null ? t('loadingList') : t('whyNone')}</p>}
      {code !== '' && (
        <div class={veil.value?.mask[index] === 1 ? 'head veiled' : 'head'}>
          <Chip rank={rank} size={38} />
          <b class="clip">{named(city.value?.doc.names[index])}</b>
        </div>
      )}
      <AsOf area={index} />
      {code !== '' && known && answer.value.got !== null && <Body got={answer.value.got} />}
      {code !== '' && !known && <p class="note">{t('whyLoading')}</p>}
      {code !== '' && known && answer.value.got === null && (
        <p class="note">{t('whyFailed', { why: answer.value.fault })}</p>
      )}
    </section>
  )
}
