import type { JSX } from 'preact'
import { count, lapse } from './format.ts'
import { LevelHistory } from './level-history.tsx'
import { motionText } from './player-mark.tsx'
import { player } from './player.ts'
import { fresh, heard, lang, now, summary, t } from './store.ts'

const MARK = { live: 'live', stopped: 'stoppedMark', cut: 'cutMark', waiting: 'waitingMark' } as const

/** Age of the newest observation: at the last tick, and then on by the server's clock. */
function age(): number | null {
  const last = summary.value
  if (last === null || last.newest === 0) return null
  // Of a tick that is over nothing grows older.
  const since = player === null ? Math.max(0, now.value - heard.value) : 0
  return Math.max(0, last.tick - last.newest) + since
}

function Figure(props: {
  readonly label: string
  readonly value: string
  readonly bad?: boolean
}): JSX.Element {
  return (
    <span>
      {props.label}
      <b class={props.bad === true ? 'bad' : ''}>{props.value}</b>
    </span>
  )
}

/** How did we get here, and can this picture be trusted. */
export function Bottom(): JSX.Element {
  const last = summary.value
  const n = (value: number | undefined): string => (value === undefined ? '—' : count(value, lang.value))
  const counts = last?.counts
  const parts = fresh.value === 'live' ? last?.parts : undefined
  const mark = player !== null && fresh.value === 'live' ? motionText() : t(MARK[fresh.value])
  const refused = counts === undefined ? undefined : counts.refused + counts.quarantined
  return (
    <footer>
      <div class="health">
        <Figure label={t('age')} value={lapse(age(), lang.value, 's')} bad={fresh.value !== 'live'} />
        <Figure label={t('latency')} value={lapse(last?.latency?.p99 ?? null, lang.value, 'ms')} />
        <Figure label={t('sources')} value={`${n(last?.sources.alive)} / ${n(last?.sources.known)}`} />
      </div>
      <LevelHistory />
      <div class="health">
        <Figure label={t('observations')} value={n(counts?.received)} />
        <Figure label={t('dropped')} value={`${n(counts?.late)} / ${n(counts?.duplicate)} / ${n(refused)}`} />
        {parts === undefined ? (
          <Figure label={t('mode')} value={mark} bad={fresh.value !== 'live'} />
        ) : (
          <Figure label={t('parts')} value={`${parts.told} / ${parts.all}`} bad />
        )}
      </div>
    </footer>
  )
}
