import { useEffect, useRef } from 'preact/hooks'
import type { JSX } from 'preact'
import uPlot from 'uplot'
import { UNKNOWN } from '../services/core/level.ts'
import { clock } from './format.ts'
import { lookOf, warningRanks } from './look.ts'
import { Chart, QUIET, token } from './plot.ts'
import { city, history, lang, scheme, t, theme, unit, zone } from './store.ts'

/** Six hours before the newest column, ms. */
const SPAN = 6 * 3_600_000
/** Marks along the time axis. */
const MARKS = 4

/** Cumulated heights, lowest level first, so that each series is drawn behind the one before. */
function stack(): { data: uPlot.AlignedData; colours: readonly string[]; most: number } {
  const { times = [], levels = {} } = history.value ?? {}
  const ranks = [...warningRanks(scheme.value)].reverse()
  const order = [...ranks.filter((rank) => rank !== UNKNOWN), UNKNOWN]
  const sum = times.map(() => 0)
  const heights = order.map((rank) => {
    const column = levels[lookOf(scheme.value, rank).id] ?? []
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (column[i] ?? 0)
    return [...sum]
  })
  const colours = order.map((rank) => (rank === UNKNOWN ? token('blind') : lookOf(scheme.value, rank).colour))
  return {
    data: [times.map((ms) => ms / 1000), ...heights.reverse()],
    colours: colours.reverse(),
    most: Math.max(0, ...sum),
  }
}

function options(
  colours: readonly string[],
  most: number,
  end: number,
): Omit<uPlot.Options, 'width' | 'height'> {
  const u = unit.value
  const bars = uPlot.paths.bars?.({ size: [0.86, 9 * u], align: -1, gap: 0 })
  // Below a twenty-fifth of the cells a quiet city stays low, instead of one blue cell filling the chart.
  const top = Math.max(most, (city.value?.cells.length ?? 100) / 25)
  return {
    ...QUIET,
    padding: [10 * u, 0, 0, 0],
    scales: { x: { time: false, range: [(end - SPAN) / 1000, end / 1000] }, y: { range: [0, top] } },
    axes: [{ show: false }, { show: false }],
    series: [
      {},
      ...colours.map((fill) => ({
        fill,
        width: 0,
        points: { show: false },
        ...(bars ? { paths: bars } : {}),
      })),
    ],
    hooks: {
      drawClear: [
        (plot) => {
          plot.ctx.fillStyle = token('line')
          plot.ctx.fillRect(plot.bbox.left, plot.bbox.top + plot.bbox.height - 1, plot.bbox.width, 1)
        },
      ],
    },
  }
}

/** How the city came to this: cells per level over six hours. */
export function LevelHistory(): JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<Chart | null>(null)
  const times = history.value?.times ?? []
  const end = times.at(-1) ?? 0
  const known = times.length > 0
  useEffect(() => {
    if (box.current === null || !known) return
    chart.current ??= new Chart(box.current)
    const { data, colours, most } = stack()
    const key = [colours, theme.value, unit.value, end, most, city.value?.doc.grid].join()
    chart.current.draw(key, data, () => options(colours, most, end))
  })
  useEffect(() => {
    if (known) return
    // Its box went away with it: a session that is taken elsewhere tells its history anew.
    chart.current?.clear()
    chart.current = null
  }, [known])
  useEffect(() => () => chart.current?.clear(), [])
  return (
    <div class="past">
      {known ? (
        <>
          <div class="chart" ref={box} />
          <div class="marks">
            {[...Array(MARKS + 1).keys()].map((i) => (
              <time key={i}>{clock(end - SPAN + (i * SPAN) / MARKS, zone.value, lang.value)}</time>
            ))}
          </div>
        </>
      ) : (
        <p class="note">{t('historyNone')}</p>
      )}
    </div>
  )
}
