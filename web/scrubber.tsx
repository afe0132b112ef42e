import { useRef } from 'preact/hooks'
import type { JSX, TargetedPointerEvent } from 'preact'

/** Something that happened, as a tick over the line. */
export interface ScrubMark {
  readonly id: string
  readonly at: number
  /** When it was over, ms; null: a moment. */
  readonly to: number | null
  readonly colour: string
  readonly label: string
}

/** A line of time that can be grasped. All times are ms. */
export interface ScrubberProps {
  readonly from: number
  readonly to: number
  readonly at: number
  readonly gaps: readonly (readonly [number, number])[]
  readonly loop: { readonly from: number; readonly to: number } | null
  readonly marks: readonly ScrubMark[]
  readonly label: string
  /** A time as people say it. */
  readonly say: (at: number) => string
  readonly onSeek: (at: number) => void
}

/** Marks drawn; those behind lie under others anyway. */
const MOST_MARKS = 500

/** Line, gaps, loop, marks and the place where one is; a press or a drag goes elsewhere. Keys are the page's. */
export function Scrubber(props: ScrubberProps): JSX.Element {
  const { from, to, at, gaps, loop, marks, say } = props
  const line = useRef<HTMLDivElement>(null)
  const share = (time: number): number =>
    to <= from ? 0 : Math.min(1, Math.max(0, (time - from) / (to - from)))
  const span = (a: number, b: number) => ({
    left: `${share(a) * 100}%`,
    width: `${Math.max(0, share(b) - share(a)) * 100}%`,
  })
  const grasp = (event: TargetedPointerEvent<HTMLDivElement>): void => {
    const box = line.current?.getBoundingClientRect()
    if (box === undefined || box.width === 0) return
    const part = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))
    props.onSeek(from + part * (to - from))
  }
  return (
    <div
      class="scrubber"
      role="slider"
      tabIndex={0}
      aria-label={props.label}
      aria-valuemin={from}
      aria-valuemax={to}
      aria-valuenow={at}
      aria-valuetext={say(at)}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        grasp(event)
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) grasp(event)
      }}
    >
      <div class="marks">
        {marks.slice(0, MOST_MARKS).map((mark) => (
          <i
            key={mark.id}
            title={mark.label}
            class={mark.to === null ? 'moment' : ''}
            style={{ ...span(mark.at, mark.to ?? mark.at), background: mark.colour }}
          />
        ))}
      </div>
      <div class="line" ref={line}>
        <i class="done" style={span(from, at)} />
        {gaps.map(([after, until]) => (
          <i key={after} class="hole" style={span(after, until)} />
        ))}
        {loop !== null && <i class="loop" style={span(loop.from, loop.to)} />}
        <b style={{ left: `${share(at) * 100}%` }} />
      </div>
    </div>
  )
}
