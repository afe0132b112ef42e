import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { JSX } from 'preact'
import type uPlot from 'uplot'
import { fetchReadings } from './api.ts'
import { withGaps } from './explanation.ts'
import type { Point } from './explanation.ts'
import { clock, figure } from './format.ts'
import { lookOf } from './look.ts'
import { Chart, QUIET, font, token } from './plot.ts'
import { player } from './player.ts'
import { p } from './player-say.ts'
import { cityNow, lang, scheme, t, theme, unit, watched, zone } from './store.ts'
import type { Watched } from './store.ts'

const HOUR = 3_600_000
/** The course is fetched again this often while a place is shown, ms. */
const EVERY = 15_000
/** In a session whose time runs otherwise, where it has moved. */
const EVERY_PLAYED = 2000

type Course = { readonly key: string; readonly points: readonly Point[]; readonly fault: string }
const course = signal<Course>({ key: '', points: [], fault: '' })

async function load(key: string, code: string, indicator: string, until: number): Promise<void> {
  try {
    course.value = { key, points: await fetchReadings(code, indicator, until - HOUR, until), fault: '' }
  } catch (error) {
    course.value = { key, points: [], fault: error instanceof Error ? error.message : String(error) }
  }
}

function range(row: Watched, points: readonly Point[]): [number, number] {
  const values = [...points.map((p) => p.value), ...(row.limit === null ? [] : [row.limit])]
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const room = (most - least || Math.abs(most) || 1) * 0.22
  return [least >= 0 ? Math.max(0, least - room) : least - room, most + room]
}

/** The side of the limit that is wrong, as a band with a dashed edge and its figure. */
function drawLimit(plot: uPlot, row: Watched, colour: string): void {
  if (row.limit === null) return
  const u = unit.value * devicePixelRatio
  const { ctx, bbox } = plot
  const y = plot.valToPos(row.limit, 'y', true)
  const below = row.reason === 'below-limit'
  ctx.save()
  ctx.fillStyle = colour
  ctx.globalAlpha = 0.13
  if (below) ctx.fillRect(bbox.left, y, bbox.width, bbox.top + bbox.height - y)
  else ctx.fillRect(bbox.left, bbox.top, bbox.width, y - bbox.top)
  ctx.globalAlpha = 1
  ctx.strokeStyle = colour
  ctx.lineWidth = 1.5 * u
  ctx.setLineDash([4 * u, 5 * u])
  ctx.beginPath()
  ctx.moveTo(bbox.left, y)
  ctx.lineTo(bbox.left + bbox.width, y)
  ctx.stroke()
  ctx.fillStyle = token('text')
  ctx.font = font(16.5, u)
  ctx.textBaseline = 'middle'
  ctx.fillText(figure(row.limit, lang.value), bbox.left + bbox.width + 8 * u, y)
  ctx.restore()
}

function drawEnd(plot: uPlot, colour: string): void {
  const u = unit.value * devicePixelRatio
  const [xs, ys] = plot.data
  const [x, y] = [xs.at(-1), ys?.at(-1)]
  if (x === undefined || y === undefined || y === null) return
  plot.ctx.fillStyle = colour
  plot.ctx.beginPath()
  plot.ctx.arc(plot.valToPos(x, 'x', true), plot.valToPos(y, 'y', true), 5 * u, 0, 7)
  plot.ctx.fill()
}

function options(
  row: Watched,
  points: readonly Point[],
  until: number,
): Omit<uPlot.Options, 'width' | 'height'> {
  const u = unit.value
  const colour = lookOf(scheme.value, row.rank).colour
  const [first, last] = [points[0]?.at ?? until - HOUR, until]
  return {
    ...QUIET,
    padding: [6 * u, 62 * u, 4 * u, 0],
    scales: {
      x: { time: false, range: [Math.min(first, until - HOUR) / 1000, last / 1000] },
      y: { range: range(row, points) },
    },
    axes: [{ show: false }, { show: false }],
    series: [{}, { stroke: token('strong'), width: 3 * u, points: { show: false } }],
    hooks: { drawClear: [(plot) => drawLimit(plot, row, colour)], draw: [(plot) => drawEnd(plot, colour)] },
  }
}

/** The course of the value behind the place that is shown. */
export function Trend(): JSX.Element | null {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<Chart | null>(null)
  const row = watched.value
  const key = row === null ? '' : `${row.code}/${row.indicator}`
  const until = cityNow.peek() || 0
  useEffect(() => {
    if (row === null) return
    let last = 0
    const fetchNow = (): void => {
      const end = cityNow.peek() || Date.now()
      if (player !== null && end === last) return
      last = end
      void load(key, row.code, row.indicator, end)
    }
    fetchNow()
    const timer = setInterval(fetchNow, player === null ? EVERY : EVERY_PLAYED)
    return () => clearInterval(timer)
  }, [key])
  const { points, fault } = course.value.key === key ? course.value : { points: [], fault: '' }
  const known = row !== null && points.length > 1
  useEffect(() => {
    if (box.current === null || row === null || !known) return
    chart.current ??= new Chart(box.current)
    const shape = [key, theme.value, lang.value, unit.value, row.rank, row.limit, points.at(-1)?.at].join()
    const drawn = withGaps(points)
    const data: uPlot.AlignedData = [drawn.map((p) => p.at / 1000), drawn.map((p) => p.value)]
    chart.current.draw(shape, data, () => options(row, points, points.at(-1)?.at ?? until))
  })
  useEffect(() => {
    if (known) return
    chart.current?.clear()
    chart.current = null
  }, [known])
  if (row === null) return null
  return (
    <section class="trend">
      <h2>
        <span class="clip">{`${row.name} · ${row.indicatorName}`}</span>
        <span>{t('lastHour')}</span>
      </h2>
      {known ? (
        <>
          <div class="chart" ref={box} />
          <div class="marks">
            <time>
              {clock(Math.min(points[0]?.at ?? 0, (points.at(-1)?.at ?? 0) - HOUR), zone.value, lang.value)}
            </time>
            <span>{player === null ? t('nowMark') : p('asThen')}</span>
          </div>
        </>
      ) : (
        <p class="note">{fault === '' ? t('trendNone') : t('trendFailed', { why: fault })}</p>
      )}
    </section>
  )
}
