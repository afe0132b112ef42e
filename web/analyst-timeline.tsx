import { effect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { JSX } from 'preact'
import { xOf } from './analyst-axis.ts'
import { look, lookAtAll } from './analyst-history.ts'
import { Pointer } from './analyst-pointer.ts'
import { goTo, goToIncident } from './analyst-replay.ts'
import { a, bounds, head, replay, result, span, timelineFault, whole } from './analyst-store.ts'
import { Sheet } from './analyst-timeline-sheet.ts'
import { brushed, Tip, tip } from './analyst-tip.tsx'
import { clockSeconds, day } from './format.ts'
import { lang, theme, unit, zone } from './store.ts'

/** The hands of the timeline: what a drag, a wheel and a click do. */
function handsOf(sheet: Sheet): ConstructorParameters<typeof Pointer>[1] {
  return {
    rows: () => sheet.rows(),
    span: () => span.peek(),
    bounds: () => bounds.peek(),
    width: () => sheet.width,
    look,
    lookAtAll,
    scrub: (at) => void goTo(at),
    brush: (next) => (brushed.value = next),
    click: (x, y) => {
      const found = sheet.under(x, y)
      if (found?.incident !== undefined) goToIncident(found.incident.id)
      else if (found !== null) void goTo(found.alert?.raised ?? found.at)
    },
    hover: (x, y) => (tip.value = sheet.under(x, y)),
    leave: () => (tip.value = null),
  }
}

/** A line across all rows at a time; '' outside of what is seen. */
function place(at: number | null): { readonly left: string } | null {
  const seen = span.value
  if (seen === null || at === null || at < seen.from || at > seen.to) return null
  return { left: `${xOf(at, seen, 100)}%` }
}

function Head(): JSX.Element | null {
  const at = head.value
  const where = place(at)
  if (at === null || where === null) return null
  // Near the ends its time stands inside the glass.
  const share = Number.parseFloat(where.left)
  const edge = share < 8 ? 'first' : share > 92 ? 'last' : ''
  return (
    <div class={`head ${edge}`} style={where}>
      <time>{`${day(at, zone.value, lang.value)} ${clockSeconds(at, zone.value, lang.value)}`}</time>
    </div>
  )
}

function Now(): JSX.Element | null {
  const all = whole.value
  const where = place(all === null || all.live === 0 ? null : all.live)
  return where === null ? null : (
    <div class="edge" style={where}>
      <span>{a('now')}</span>
    </div>
  )
}

function Band(props: {
  readonly kind: string
  readonly of: { from: number; to: number } | null
}): JSX.Element | null {
  const seen = span.value
  if (seen === null || props.of === null) return null
  const [from, to] = [Math.max(0, xOf(props.of.from, seen, 100)), Math.min(100, xOf(props.of.to, seen, 100))]
  if (to <= from) return null
  return <div class={props.kind} style={{ left: `${from}%`, width: `${to - from}%` }} />
}

function Labels({ sheet }: { readonly sheet: Sheet | null }): JSX.Element {
  const rows = sheet?.rows()
  const stacks = result.value === null ? (['rowLevels'] as const) : (['rowWas', 'rowWould'] as const)
  const u = unit.value
  if (rows === undefined) return <div class="row-labels" />
  const at = (row: { top: number; height: number }): { top: string; height: string } => ({
    top: `${row.top / u}em`,
    height: `${row.height / u}em`,
  })
  return (
    <div class="row-labels" aria-hidden="true">
      {rows.stacks.map((row, i) => (
        <span key={i} style={at(row)}>
          <b>{a(stacks[i] ?? 'rowLevels')}</b>
        </span>
      ))}
      <span style={at(rows.lanes)}>
        <b>{a('rowIncidents')}</b>
      </span>
      <span style={at(rows.marks)}>
        <b>{a('rowMarks')}</b>
      </span>
      <span style={at(rows.whole)}>
        <b>{a('all')}</b>
      </span>
    </div>
  )
}

/** What is missing before there is a timeline; '' once there is. */
function missing(): string {
  if (whole.value === null)
    return timelineFault.value === ''
      ? a('loadingTimeline')
      : a('timelineFailed', { why: timelineFault.value })
  if (whole.value.held.length > 0) return ''
  return a(whole.value.writing ? 'nothingHeld' : 'noArchive')
}

/** How it came to this: colours, incidents, alerts and acts over days. */
export function TimelineBox(): JSX.Element {
  const glass = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const sheet = useRef<Sheet | null>(null)
  useEffect(() => {
    if (glass.current === null || canvas.current === null) return
    const made = new Sheet(canvas.current)
    sheet.current = made
    const hands = new Pointer(glass.current, handsOf(made)).listen()
    const watch = new ResizeObserver(() => made.draw())
    watch.observe(glass.current)
    const stop = effect(() => {
      void [theme.value, lang.value, unit.value, zone.value]
      made.follow()
    })
    return () => {
      stop()
      watch.disconnect()
      hands()
    }
  }, [])
  const lacks = missing()
  return (
    <section class="timeline" aria-label={a('timelineLabel')}>
      {lacks === '' && <Labels sheet={sheet.current} />}
      <div class={lacks === '' ? 'glass' : 'glass blank'} ref={glass}>
        <canvas ref={canvas} />
        <Band kind="loop" of={replay.value?.loop ?? null} />
        <Band kind="brush" of={brushed.value} />
        <Now />
        <Head />
        <Tip sheet={sheet.current} />
      </div>
      {lacks !== '' && <p class="missing">{lacks}</p>}
    </section>
  )
}
