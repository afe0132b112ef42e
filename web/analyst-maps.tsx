import type { JSX } from 'preact'
import { nameOf } from './analyst-bundle-store.ts'
import { bundles, lookInto } from './analyst-bundle-store.ts'
import { GRAVER, SHADES } from './analyst-differences.ts'
import { MapPane } from './analyst-map.tsx'
import { rateName } from './analyst-player.tsx'
import { closeOther, goTo } from './analyst-replay.ts'
import {
  a,
  bounds,
  bundle,
  compare,
  crowd,
  head,
  live,
  past,
  replay,
  replayFault,
  result,
  said,
  wanted,
} from './analyst-store.ts'
import { SchemeChip } from './analyst-chip.tsx'
import { clockSeconds, dayOfYear, duration } from './format.ts'
import { lang, theme, zone } from './store.ts'

/** Live is marked quietly: nothing is wrong with it. */
function LiveMark(): JSX.Element {
  const at = live.tick.value
  return (
    <div class="live-mark">
      <b>{a('liveMark')}</b>
      <time>{clockSeconds(at === 0 ? Number.NaN : at, zone.value, lang.value)}</time>
      {live.link.value === 'lost' && <span role="alert">{a('cut')}</span>}
    </div>
  )
}

/** The plate that says that nothing here is now; nothing takes it away. */
function ReplayMark(): JSX.Element {
  const view = replay.value
  const isDrill = view?.kind === 'drill'
  const at = head.value ?? Number.NaN
  const last = bounds.value?.to ?? Number.NaN
  const ago = last - at >= 1000 ? last - at : null
  return (
    <div class="replay-mark" role="note" data-kind={view?.kind ?? 'replay'}>
      <b>{a(isDrill ? 'drillMark' : 'replayMark')}</b>
      <p>
        <span>{dayOfYear(at, zone.value, lang.value)}</span>
        <time>{clockSeconds(at, zone.value, lang.value)}</time>
      </p>
      <p class="notes">
        <span>{a(isDrill ? 'exercise' : 'replayNote')}</span>
        <span>
          {[
            ago === null ? '' : a('of', { d: duration(ago, lang.value) }),
            view === null ? '' : rateName(view.rate),
            view === null || view.rules === '' ? '' : a('rulesAt', { v: view.rules.slice(0, 6) }),
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </p>
    </div>
  )
}

/** Why there is no replay, and what to do: which sessions might make room. */
function Trouble(): JSX.Element | null {
  const full = crowd.value
  if (replayFault.value === '') return null
  const text =
    full === null
      ? a('replayFailed', { why: replayFault.value })
      : a('full', { n: full.replays.length, m: full.most })
  return (
    <div class="trouble" role="alert">
      <p>{text}</p>
      {full === null ? (
        <button type="button" onClick={() => wanted.value !== null && void goTo(wanted.value)}>
          {a('tryAgain')}
        </button>
      ) : (
        <ul>
          {full.replays.map((one) => (
            <li key={one.id}>
              <span class="clip">
                {[one.title || a(one.kind === 'drill' ? 'drill' : 'replay'), one.by]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
              <time>{`${dayOfYear(one.at, zone.value, lang.value)} ${clockSeconds(one.at, zone.value, lang.value)}`}</time>
              <button type="button" onClick={() => void closeOther(one.id)}>
                {a('closeIt')}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

/** What graver and milder look like. */
function DifferenceLegend(): JSX.Element | null {
  const found = result.value
  if (found === null) return null
  const scheme = SHADES[theme.value]
  const length = found.to - found.from
  const [some, more] = [duration(length / 100, lang.value), duration(length / 20, lang.value)]
  const texts = [a('upTo', { d: some }), a('from', { d: some }), a('from', { d: more })]
  const row = (from: number): JSX.Element => (
    <p>
      {texts.map((text, i) => (
        <span key={text}>
          <SchemeChip scheme={scheme} rank={from + i} size={24} />
          {text}
        </span>
      ))}
    </p>
  )
  return (
    <div class="difference-legend" role="note">
      <b class="graver">{a('graver')}</b>
      {row(GRAVER)}
      <b class="milder">{a('milder')}</b>
      {row(1)}
    </div>
  )
}

function BundleMark(): JSX.Element | null {
  if (bundle.value === '') return null
  const found = bundles.value?.find(({ id }) => id === bundle.value)
  return (
    <p class="bundle-mark">
      {a('inBundle', { name: found === undefined ? bundle.value : nameOf(found) })}
      <button type="button" onClick={() => lookInto('')}>
        {a('leaveBundle')}
      </button>
    </p>
  )
}

/** Where: live, then, both in step, or what would differ. */
export function Maps(): JSX.Element {
  const differs = result.value !== null
  const isPast = head.value !== null
  const both = isPast && (compare.value || differs)
  return (
    <div class={both ? 'maps both' : 'maps'}>
      {differs && (
        <section class="city-map" data-map="difference">
          <div class="live-mark">
            <b>{a('difference')}</b>
            <span>{a('differenceNote')}</span>
          </div>
          <MapPane key="difference" scene={past.city.value === null ? live : past} isDifference />
          <DifferenceLegend />
          {result.value?.map.length === 0 && <p class="none">{a('noDifference')}</p>}
        </section>
      )}
      {!differs && (!isPast || both) && (
        <section class="city-map" data-map="live">
          <LiveMark />
          <MapPane key="live" scene={live} />
        </section>
      )}
      {isPast && (
        <section class="city-map then" data-map="replay">
          <ReplayMark />
          <MapPane key="past" scene={past} />
        </section>
      )}
      <BundleMark />
      <Trouble />
      {said.value !== null && (
        <p class="said" role="status">
          {said.value.text}
          {said.value.grave && (
            <button type="button" aria-label={a('close')} onClick={() => (said.value = null)}>
              ✕
            </button>
          )}
        </p>
      )}
    </div>
  )
}
