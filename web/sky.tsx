import type { JSX } from 'preact'
import type { Sky } from './sentence.ts'

const CLOUD = 'M12 28a8 8 0 1 1 3-15 10 10 0 0 1 18 5 6 6 0 0 1-1 10z'
const FALL = {
  shower: [
    [17, 33, 15, 38],
    [26, 33, 24, 38],
  ],
  rain: [
    [14, 32, 11, 40],
    [21, 32, 18, 40],
    [28, 32, 25, 40],
  ],
} as const

function rays(): JSX.Element[] {
  return [...Array(8).keys()].map((i) => {
    const [x, y] = [Math.cos((i * Math.PI) / 4), Math.sin((i * Math.PI) / 4)]
    return <path key={i} d={`M${22 + 13 * x} ${22 + 13 * y}L${22 + 17.5 * x} ${22 + 17.5 * y}`} class="ray" />
  })
}

/** The weather sign of the whole city; grey, since colour belongs to the levels, save the flash of a storm. */
export function SkySign({ sky, flash }: { readonly sky: Sky; readonly flash: string }): JSX.Element {
  return (
    <svg class="sky" viewBox="0 0 44 44" aria-hidden="true">
      {sky === 'clear' && (
        <>
          <circle cx="22" cy="22" r="8" class="cloud" />
          {rays()}
        </>
      )}
      {sky === 'fog' &&
        [14, 22, 30].map((y, i) => (
          <path key={y} d={`M${8 + 3 * (i % 2)} ${y}H${36 - 4 * (i % 2)}`} class="ray" />
        ))}
      {sky !== 'clear' && sky !== 'fog' && (
        <path d={CLOUD} class="cloud" transform={sky === 'cloud' ? 'translate(0 4)' : ''} />
      )}
      {(sky === 'shower' || sky === 'rain') &&
        FALL[sky].map(([x1, y1, x2, y2]) => <path key={x1} d={`M${x1} ${y1}L${x2} ${y2}`} class="ray" />)}
      {sky === 'thunder' && <path d="M22 27l-5 9h5l-3 8 9-12h-5l3-5z" style={{ fill: flash }} />}
    </svg>
  )
}
