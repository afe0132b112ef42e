import type { JSX } from 'preact'
import type { Rate } from '../services/core/replay-wire.ts'
import { lookAtAll } from './analyst-history.ts'
import { backToLive, hop, setRate, shiftRate, step, toggle, toggleLoop } from './analyst-replay.ts'
import { share } from './analyst-share.ts'
import {
  a,
  chosen,
  compare,
  head,
  opening,
  player,
  rate,
  replay,
  seeking,
  timeline,
  whole,
} from './analyst-store.ts'
import type { AnalystWord } from './analyst-store.ts'
import { count } from './format.ts'
import { lang } from './store.ts'

/** Rates offered by a tap; brackets reach those between. */
const OFFERED: readonly Rate[] = [1, 10, 60, 600, 3600, 'max']

/** Signs of the transport, drawn alike: 24 by 24. */
const SIGNS = {
  before: 'M6 5V19M19 5L9 12L19 19Z',
  stepBack: 'M15 5L6 12L15 19Z',
  play: 'M7 4L20 12L7 20Z',
  pause: 'M7 4H10.5V20H7ZM13.5 4H17V20H13.5Z',
  stepOn: 'M9 5L18 12L9 19Z',
  after: 'M18 5V19M5 5L15 12L5 19Z',
} as const satisfies Partial<Readonly<Record<AnalystWord, string>>>

function Sign(props: {
  readonly of: keyof typeof SIGNS
  readonly keys: string
  readonly disabled: boolean
  readonly onPress: () => void
}): JSX.Element {
  const label = `${a(props.of)} (${props.keys})`
  return (
    <button
      type="button"
      class={`hand ${props.of}`}
      title={label}
      aria-label={label}
      disabled={props.disabled}
      onClick={props.onPress}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d={SIGNS[props.of]} />
      </svg>
    </button>
  )
}

/** A rate as it stands on a button. */
export function rateName(one: Rate): string {
  return one === 'max' ? a('rateMax') : `×${one}`
}

function Rates(): JSX.Element {
  const offered = OFFERED.includes(rate.value) ? OFFERED : [rate.value, ...OFFERED]
  return (
    <div class="rates" role="group" aria-label={a('rate')}>
      <button type="button" title="[" onClick={() => shiftRate(-1)} aria-label={a('keyRates')}>
        −
      </button>
      {offered.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={one === rate.value}
          data-rate={one}
          onClick={() => setRate(one)}
        >
          {rateName(one)}
        </button>
      ))}
      <button type="button" title="]" onClick={() => shiftRate(1)} aria-label={a('keyRates')}>
        +
      </button>
    </div>
  )
}

/** What the session does now, in a word or two. */
function State(): JSX.Element | null {
  const more = timeline.value?.more.incidents ?? 0
  const word = opening.value
    ? 'openingReplay'
    : seeking.value
      ? 'seeking'
      : replay.value?.state === 'ended'
        ? 'ended'
        : more > 0
          ? 'moreIncidents'
          : null
  return word === null ? null : <p class="state clip">{a(word, { n: count(more, lang.value) })}</p>
}

/** The hands on time. */
export function PlayerBar(): JSX.Element {
  const none = (whole.value?.held.length ?? 0) === 0
  const playing = player.value?.isPlaying.value === true
  return (
    <div class="player" data-state={replay.value?.state ?? 'none'}>
      <div class="hands">
        <Sign of="before" keys="⇧←" disabled={none} onPress={() => hop(-1)} />
        <Sign of="stepBack" keys="←" disabled={none} onPress={() => void step(-1)} />
        <Sign of={playing ? 'pause' : 'play'} keys="␣" disabled={none} onPress={() => void toggle()} />
        <Sign of="stepOn" keys="→" disabled={none} onPress={() => void step(1)} />
        <Sign of="after" keys="⇧→" disabled={none} onPress={() => hop(1)} />
      </div>
      <Rates />
      <State />
      <div class="ways">
        {head.value !== null && (
          <button type="button" class="lively" title="N" onClick={backToLive}>
            {a('backToLive')}
          </button>
        )}
        <button
          type="button"
          title="C"
          disabled={head.value === null}
          aria-pressed={compare.value}
          onClick={() => (compare.value = !compare.value)}
        >
          {a('beside')}
        </button>
        <button
          type="button"
          title="O"
          disabled={none}
          aria-pressed={replay.value?.loop !== null && replay.value !== null}
          onClick={() => void toggleLoop(chosen.peek())}
        >
          {a(replay.value?.loop ? 'looping' : 'loop')}
        </button>
        <button type="button" title="0" disabled={none} onClick={lookAtAll}>
          {a('all')}
        </button>
        <button type="button" title="K" onClick={() => void share()}>
          {a('share')}
        </button>
      </div>
    </div>
  )
}
