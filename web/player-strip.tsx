import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { JSX } from 'preact'
import type { Timeline } from '../services/core/replay-wire.ts'
import { clockSeconds, day, since } from './format.ts'
import { toLive } from './player-door.ts'
import { fetchTimeline } from './player-api.ts'
import { rateText } from './player-mark.tsx'
import { player } from './player.ts'
import type { Player } from './player.ts'
import { pageAround } from './player-time.ts'
import { p } from './player-say.ts'
import type { PlayerWord } from './player-say.ts'
import { lookOf } from './look.ts'
import { Scrubber } from './scrubber.tsx'
import type { ScrubMark } from './scrubber.tsx'
import { kiosk, lang, scheme, welcome, zone } from './store.ts'

/** Stretches shorter than this are told to the second, ms. */
const SHORT = 10 * 60_000
/** What happened in the page of the line that is shown; marks are a help, so a line without them is no fault. */
const happened = signal<{ readonly key: string; readonly got: Timeline | null }>({ key: '', got: null })

async function look(key: string, from: number, to: number, bundle: string): Promise<void> {
  if (happened.peek().key === key) return
  // What is known already stays until more is: a session that follows live grows every minute.
  happened.value = { key, got: happened.peek().got }
  const got = await fetchTimeline(from, to, bundle).catch(() => null)
  if (happened.peek().key === key && got !== null) happened.value = { key, got }
}

function marksOf(timeline: Timeline | null, from: number, to: number): readonly ScrubMark[] {
  const inside = (timeline?.incidents ?? []).filter(({ born }) => born >= from && born <= to)
  return inside.map(({ id, number, born, peak }) => ({
    id,
    at: born,
    to: null,
    colour: lookOf(scheme.value, peak).colour,
    label: `${number}`,
  }))
}

const ICONS = {
  play: 'M7 4.5v15l12-7.5z',
  pause: 'M7 5h3.6v14H7zM13.4 5H17v14h-3.6z',
  back: 'M6 5h2.4v14H6zM19 5v14l-9-7z',
  forth: 'M15.6 5H18v14h-2.4zM5 5l9 7-9 7z',
  slower: 'M12 5v14l-9-7zM21 5v14l-9-7z',
  faster: 'M3 5l9 7-9 7zM12 5l9 7-9 7z',
} as const

function Button(props: {
  readonly icon: keyof typeof ICONS
  readonly on: () => void
  readonly word: PlayerWord
}): JSX.Element {
  return (
    <button type="button" aria-label={p(props.word)} title={p(props.word)} onClick={props.on}>
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d={ICONS[props.icon]} />
      </svg>
    </button>
  )
}

function Hands({ own }: { readonly own: Player }): JSX.Element {
  const isPlaying = own.isPlaying.value
  return (
    <div class="hands">
      <Button icon="back" word="back" on={() => own.step(-1)} />
      <Button
        icon={isPlaying ? 'pause' : 'play'}
        word={isPlaying ? 'pause' : 'play'}
        on={() => own.toggle()}
      />
      <Button icon="forth" word="forth" on={() => own.step(1)} />
      <Button icon="slower" word="slower" on={() => own.hasten(-1)} />
      <b class="rate">{rateText(own.view.value?.rate ?? 1)}</b>
      <Button icon="faster" word="faster" on={() => own.hasten(1)} />
    </div>
  )
}

function Line({ own }: { readonly own: Player }): JSX.Element | null {
  const view = own.view.value
  const tickMs = welcome.value?.tickMs ?? 1000
  const [from, to] = view === null ? [0, 0] : pageAround(view, own.shown.value, tickMs, zone.value)
  const key = view === null ? '' : `${from}/${to}/${view.bundle}`
  useEffect(() => {
    if (view !== null) void look(key, from, to, view.bundle)
  }, [key])
  if (view === null) return null
  const say = (at: number): string =>
    `${day(at, zone.value, lang.value)} ${clockSeconds(at, zone.value, lang.value)}`
  const bound = (at: number): string =>
    to - from < SHORT
      ? clockSeconds(at, zone.value, lang.value)
      : since(at, own.shown.value, zone.value, lang.value)
  const loopFrom = own.loopFrom.value
  const loop = loopFrom === null ? view.loop : { from: loopFrom, to: own.shown.value }
  return (
    <>
      <time>
        {from > view.from && '‹ '}
        {bound(from)}
      </time>
      <Scrubber
        from={from}
        to={to}
        at={own.shown.value}
        gaps={view.gaps}
        loop={loop && { from: Math.min(loop.from, loop.to), to: Math.max(loop.from, loop.to) }}
        marks={marksOf(happened.value.got, from, to)}
        label={p('time')}
        say={say}
        onSeek={(at) => own.seek(at)}
      />
      <time>
        {bound(to)}
        {to < view.to && ' ›'}
      </time>
    </>
  )
}

/** What cannot be read from the line: a refusal, the end. */
function noteOf(own: Player): string {
  const view = own.view.value
  if (own.fault.value !== '') return p('refused', { why: own.fault.value })
  return view?.state === 'ended' ? p('ended') : ''
}

/** The session's controls: one line of time, and hands for who has no keys. */
export function Strip(): JSX.Element | null {
  if (player === null) return null
  const own = player
  const note = noteOf(own)
  const looping = (own.view.value?.loop ?? null) !== null
  return (
    <nav class="player-strip" aria-label={p('titleReplay')}>
      {kiosk.value ? <b class="rate">{rateText(own.view.value?.rate ?? 1)}</b> : <Hands own={own} />}
      <Line own={own} />
      <span class="clip" role="status">
        {note}
      </span>
      {!kiosk.value && (
        <div class="ways">
          <button type="button" aria-pressed={looping} onClick={() => own.markLoop()}>
            {p(looping ? 'loopOff' : own.loopFrom.value === null ? 'loop' : 'loopEnd')}
          </button>
          <button type="button" onClick={() => toLive()}>
            {p('live')}
          </button>
        </div>
      )}
    </nav>
  )
}
