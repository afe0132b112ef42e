import { effect } from '@preact/signals'
import { render } from 'preact'
import '@fontsource-variable/inter/index.css'
import '@fontsource-variable/noto-sans-sc/index.css'
import 'uplot/dist/uPlot.min.css'
import './tokens.css'
import './base.css'
import './map-names.css'
import './keys.css'
import './wall.css'
import './top.css'
import './chip.css'
import './map.css'
import './over.css'
import './panels.css'
import './side.css'
import './rail.css'
import './incident-marks.css'
import './player.css'
import './player-strip.css'
import './player-desk.css'
import './scrubber.css'
import { listenToKeys } from './keys.ts'
import { markPage } from './player-mark.tsx'
import { begin } from './session.ts'
import * as store from './store.ts'
import { Wall } from './wall.tsx'

function measure(): void {
  store.unit.value = Math.min(innerWidth / 1920, innerHeight / 1080)
}

const root = document.getElementById('wall')
if (root !== null) {
  measure()
  // Before anything reads a token: charts and map take their colours from the page.
  effect(() => {
    document.documentElement.dataset['theme'] = store.theme.value
  })
  addEventListener('resize', measure)
  markPage()
  listenToKeys()
  begin()
  render(<Wall />, root)
}
