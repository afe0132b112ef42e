import type { DeepCheck } from './archive-deep.ts'
import type { ArchiveCheck, LogSurvey } from './core/archive-survey.ts'
import { isoOf } from './core/time.ts'

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** Bytes as people read them. */
function spellSize(bytes: number): string {
  const unit = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)))
  const size = bytes / 1024 ** unit
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit] ?? 'B'}`
}

const count = (number: number, what: string): string =>
  `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`
const line = (name: string, text: string): string => `  ${name.padEnd(13)}${text}\n`

function logLines({
  epoch,
  spans,
  segments,
  ticks,
  observations,
  bytes,
  keyframes,
  plans,
}: LogSurvey): string {
  const perObservation =
    observations === 0 ? '' : `, ${(bytes / observations).toFixed(1)} bytes an observation`
  const gaps = spans
    .slice(1)
    .map(({ after }, i) => line('gap', `${isoOf(spans[i]?.to ?? 0)} to ${isoOf(after)}`))
  return [
    `log ${epoch}\n`,
    ...spans.map(({ after, to }) => line('held', `${isoOf(after)} to ${isoOf(to)}`)),
    ...gaps,
    line(
      'segments',
      `${count(segments, 'segment')}, ${count(ticks, 'tick')}, ${count(keyframes, 'keyframe')}`,
    ),
    line('observations', `${count(observations, 'observation')}`),
    line('size', `${spellSize(bytes)}${perObservation}`),
    ...plans.map((plan) => line('plan', plan)),
  ].join('')
}

/** What `qingyu archive list` prints. */
export function listText({ logs }: Pick<ArchiveCheck, 'logs'>, dir: string): string {
  if (logs.length === 0) return `${dir} holds no segment.\n`
  return logs.map(logLines).join('\n')
}

/** What is wrong with an archive, a line each; a gap is none, for a log may be away for a while. */
export function faultsOf({ logs, damages }: ArchiveCheck, deep: DeepCheck | null): readonly string[] {
  return [
    ...damages.map(({ path, message, after, to }) => {
      const lost = after < to ? ` What it held, ${isoOf(after)} to ${isoOf(to)}, is shown as a gap.` : ''
      return `${path}: ${message}.${lost}`
    }),
    ...logs.flatMap(({ faults }) => faults),
    ...(deep?.faults ?? []),
  ]
}

/** What `qingyu archive verify` prints. */
export function verifyText(check: ArchiveCheck, deep: DeepCheck | null, dir: string): string {
  const faults = faultsOf(check, deep)
  const gaps = check.logs.reduce((sum, { spans }) => sum + Math.max(0, spans.length - 1), 0)
  const played = deep && `${count(deep.ticks, 'tick')} played, ${count(deep.keyframes, 'keyframe')} compared`
  return [
    listText(check, dir),
    '\n',
    line('checked', [count(check.files, 'file'), ...(played === null ? [] : [played])].join(', ')),
    ...(gaps > 0 ? [line('gaps', `${gaps}: see above; replays show them as gaps`)] : []),
    ...(check.unnamed.length > 0
      ? [
          line(
            'left over',
            `${count(check.unnamed.length, 'file')} that no manifest names: of a crash, or being written`,
          ),
        ]
      : []),
    ...faults.map((fault) => line('DAMAGED', fault)),
    line(
      'archive',
      faults.length === 0 ? 'sound' : `${count(faults.length, 'fault')}; bring the files back from a copy`,
    ),
  ].join('')
}
