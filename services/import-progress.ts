import { refusedOf, type Tally } from './import-flow.ts'
import type { Clock } from './ports.ts'

/** Where progress is drawn: standard error, or a test's text. */
export interface Screen {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

/** Characters of the bar. */
const BAR = 24
/** A log file wants a line now and then, a person wants movement. */
const ON_TERMINAL_MS = 200
const IN_FILE_MS = 5_000

const grouped = (number: number) => Math.round(number).toLocaleString('en-US')
const sum = (map: ReadonlyMap<string, number>) => [...map.values()].reduce((all, times) => all + times, 0)

function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR)
  return '█'.repeat(full) + '░'.repeat(BAR - full)
}

/** One line on how far the import is; `share` is 0 to 1, `seconds` since the start. */
export function progressLine(name: string, share: number, tally: Tally, seconds: number): string {
  const speed = seconds > 0 ? tally.sent / seconds : 0
  const newest = tally.newest === 0 ? '' : `  ${new Date(tally.newest).toISOString().slice(0, 16)}Z`
  // Said while it runs: an import of the wrong city should be stopped early.
  const refused = sum(refusedOf(tally)) + sum(tally.unread)
  return (
    `${name}  ${bar(share)} ${Math.floor(share * 100)} %  ${grouped(tally.rows)} rows  ` +
    `${grouped(speed)}/s${newest}${refused > 0 ? `  ${grouped(refused)} refused` : ''}`
  )
}

/** Draws a line again and again on a terminal, one every five seconds elsewhere; the answer ends it. */
export function drawProgress(screen: Screen, clock: Clock, line: () => string): () => void {
  const every = screen.isTTY ? ON_TERMINAL_MS : IN_FILE_MS
  const draw = () => {
    const text = line()
    screen.write(screen.isTTY ? `\r\u001b[2K${text.slice(0, (screen.columns ?? 120) - 1)}` : `${text}\n`)
    cancel = clock.at(clock.now() + every, draw)
  }
  let cancel = clock.at(clock.now() + every, draw)
  return () => {
    cancel()
    if (screen.isTTY) screen.write('\r\u001b[2K')
  }
}

/** The table at the end: what was sent, taken, empty, unread and refused, each with its reason. */
export function summaryText(name: string, tally: Tally, seconds: number, note: string): string {
  const refused = refusedOf(tally)
  const refusedInAll = sum(refused)
  const speed = seconds > 0 ? tally.sent / seconds : 0
  const lines: [string, number, string][] = [
    ['rows', tally.rows, note],
    ['sent', tally.sent, `${grouped(speed)}/s in ${seconds.toFixed(1)} s`],
    // A refusal known only by feedback stands in a payload that was acknowledged.
    ['accepted', Math.max(0, tally.sent - refusedInAll), ''],
    ['empty values', tally.empty, ''],
    ['refused by the door', refusedInAll, ''],
    ...[...refused].map(([code, times]): [string, number, string] => [
      `  ${code}`,
      times,
      tally.sentences.get(code) ?? '',
    ]),
    ['not readable', sum(tally.unread), ''],
    ...[...tally.unread].map(([field, times]): [string, number, string] => [
      `  IM-row ${field}`,
      times,
      tally.sentences.get(field) ?? '',
    ]),
  ]
  const width = Math.max(...lines.map(([label]) => label.length))
  const digits = Math.max(...lines.map(([, number]) => grouped(number).length))
  const body = lines.map(([label, number, more]) =>
    `  ${label.padEnd(width)}  ${grouped(number).padStart(digits)}  ${more}`.trimEnd(),
  )
  return `${name}\n${body.join('\n')}\n`
}
