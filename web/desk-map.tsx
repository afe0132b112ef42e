import { effect } from '@preact/signals'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { HTMLAttributes, JSX } from 'preact'
import { Hand } from './desk-hand.ts'
import type { Matter } from './desk-hand.ts'
import { coloured, watchLevels } from './desk-levels.ts'
import { d } from './desk-store.ts'
import { clockSeconds } from './format.ts'
import { city, drawing, lang, now, scheme, theme, zone } from './store.ts'

type Point = readonly [number, number]

/** Colours older than this are said to be, ms. */
const OLD = 8000

/** What a map shows where nothing else is said. */
export const BARE: Matter = {
  areas: [],
  number: 0,
  centre: null,
  projection: null,
  signs: [],
  rings: [],
  chosen: '',
  tapped: null,
  drew: null,
}

/** Says of colours that are not of now when they were. */
function Age(): JSX.Element | null {
  if (city.value === null) return <p class="map-age">{d('mapLoading')}</p>
  if (coloured.value === 0) return <p class="map-age">{d('mapBlind')}</p>
  if (!(now.value - coloured.value > OLD)) return null
  return <p class="map-age">{d('mapStale', { t: clockSeconds(coloured.value, zone.value, lang.value) })}</p>
}

/** Where keys would set a corner. */
function Cross({ hand }: { readonly hand: Hand | null }): JSX.Element | null {
  const at = hand?.cross.value ?? null
  return at === null ? null : <i class="cross" style={{ left: `${at[0]}px`, top: `${at[1]}px` }} />
}

function Tools({ hand }: { readonly hand: Hand }): JSX.Element {
  return (
    <div class="map-tools">
      <button type="button" aria-label={d('nearer')} onClick={() => hand.zoom(1.6)}>
        +
      </button>
      <button type="button" aria-label={d('farther')} onClick={() => hand.zoom(0.625)}>
        −
      </button>
      <button type="button" aria-label={d('mapFit')} onClick={() => hand.fit()}>
        ◎
      </button>
    </div>
  )
}

function place(event: MouseEvent & { readonly currentTarget: HTMLElement }): Point {
  const { left, top } = event.currentTarget.getBoundingClientRect()
  return [event.clientX - left, event.clientY - top]
}

/** What fingers, mouse and keys do on a map. */
function gestures(hand: Hand | null): HTMLAttributes<HTMLDivElement> {
  if (hand === null) return {}
  return {
    onPointerDown: (event) => {
      if (event.target instanceof Element && event.target.closest('button') !== null) return
      event.currentTarget.setPointerCapture(event.pointerId)
      hand.down(event.pointerId, place(event))
    },
    onPointerMove: (event) => hand.move(event.pointerId, place(event)),
    onPointerUp: (event) => hand.up(event.pointerId),
    onPointerCancel: (event) => hand.cancel(event.pointerId),
    onWheel: (event) => {
      event.preventDefault()
      hand.wheel(event.deltaY, place(event))
    },
    onKeyDown: (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return
      if (!hand.key(event.key)) return
      event.preventDefault()
      event.stopPropagation()
    },
  }
}

/**
 * A small map on one canvas: sharp, quick, and with no more to load than the grid. `lively`: fingers move it; a still one leaves
 * the page to be scrolled. `label`: what it shows, for those who do not see it.
 */
export function DeskMap(props: {
  readonly matter: Matter
  readonly label: string
  readonly lively: boolean
}): JSX.Element {
  const { matter, label, lively } = props
  const [box, canvas, names] = [
    useRef<HTMLDivElement>(null),
    useRef<HTMLCanvasElement>(null),
    useRef<HTMLDivElement>(null),
  ]
  const [hand, setHand] = useState<Hand | null>(null)
  useEffect(() => watchLevels(), [])
  useEffect(() => {
    if (box.current === null || canvas.current === null || names.current === null) return
    const made = new Hand(box.current, canvas.current, names.current, matter)
    setHand(made)
    const observer = new ResizeObserver(() => made.size())
    observer.observe(box.current)
    const stops = [
      effect(() => void [city.value, made.fit()]),
      effect(() => void [drawing.value, lang.value, made.draw()]),
      // Tokens are read from the page, which takes the theme over after this effect.
      effect(() => void [theme.value, scheme.value, requestAnimationFrame(() => made.size())]),
    ]
    return () => {
      observer.disconnect()
      for (const stop of stops) stop()
      made.end()
    }
  }, [])
  useEffect(() => hand?.show(matter))
  // Not while it grows: a map that moves by itself is lost under the finger.
  useEffect(() => hand?.fit(), [hand, matter.areas.length === 0, lively])
  return (
    <div
      class={`desk-map ${matter.drew === null ? '' : 'drawing'} ${lively ? 'lively' : ''}`}
      ref={box}
      role={lively ? 'application' : 'img'}
      aria-label={label}
      tabIndex={lively ? 0 : -1}
      {...(lively ? gestures(hand) : {})}
    >
      <canvas ref={canvas} aria-hidden="true" />
      <div class="labels" ref={names} aria-hidden="true" />
      <Cross hand={hand} />
      <Age />
      {lively && hand !== null && <Tools hand={hand} />}
    </div>
  )
}
