import type { JSX } from 'preact'
import type { AlertAnswer } from '../services/core/desk-wire.ts'
import { BARE, DeskMap } from './desk-map.tsx'
import { lit, near } from './desk-near-store.ts'
import type { Sign } from './desk-pen.ts'
import { headlineOf } from './desk-say.ts'
import { SMALL, d, mapLarge } from './desk-store.ts'

function signsOf(id: string): readonly Sign[] {
  const { got } = near.value.id === id ? near.value : { got: null }
  if (got === null) return []
  const calls = got.calls.map(({ lon, lat, indicator }) => ({
    kind: 'call' as const,
    lon,
    lat,
    lit: lit.value === indicator,
  }))
  const sources = got.sources.map(({ source, kind, lon, lat }) => ({
    kind,
    lon,
    lat,
    lit: lit.value === source,
  }))
  // What is pointed at lies on top.
  return [...sources, ...calls].sort((a, b) => Number(a.lit) - Number(b.lit))
}

/** Where it is, with what lies around and where it is going. */
export function Where({ got }: { readonly got: AlertAnswer }): JSX.Element {
  const { alert, incident } = got
  const large = mapLarge.value
  const projection = incident?.projection ?? null
  return (
    <section class="where">
      <DeskMap
        label={d('mapSays', { what: headlineOf(alert) })}
        lively={large || !SMALL.matches}
        matter={{
          ...BARE,
          areas: alert.areas,
          number: alert.number,
          centre: alert.centre,
          projection: projection === null || alert.ended !== null ? null : [projection.lon, projection.lat],
          signs: signsOf(alert.id),
        }}
      />
      <button
        type="button"
        class="enlarge"
        aria-label={d(large ? 'mapSmall' : 'mapLarge')}
        title={d(large ? 'mapSmall' : 'mapLarge')}
        onClick={() => (mapLarge.value = !large)}
      >
        <svg viewBox="0 0 24 24" aria-hidden="true">
          {large ? <path d="M6 6l12 12M18 6L6 18" /> : <path d="M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7" />}
        </svg>
      </button>
      {projection !== null && alert.ended === null && <p class="map-note">{d('projectionNote')}</p>}
    </section>
  )
}
