import { effect } from '@preact/signals'
import { render } from 'preact'
import '@fontsource-variable/inter/index.css'
import '@fontsource-variable/noto-sans-sc/index.css'
import './tokens.css'
import './base.css'
import './map-names.css'
import './keys.css'
import './chip.css'
import './incident-marks.css'
import './player.css'
import './player-strip.css'
import './player-desk.css'
import './analyst.css'
import './analyst-map.css'
import './analyst-time.css'
import './analyst-tip.css'
import './analyst-panel.css'
import './analyst-forms.css'
import './analyst-rules.css'
import './analyst-result.css'
import './analyst-lists.css'
import { followHistory } from './analyst-history.ts'
import { listenToAnalystKeys } from './analyst-keys.ts'
import { loadVersions } from './analyst-names.ts'
import { goTo, keepSession } from './analyst-replay.ts'
import { followRehearsal } from './analyst-rehearsal.ts'
import { keepAddress } from './analyst-share.ts'
import { live, overlay, past, wanted } from './analyst-store.ts'
import { Analyst } from './analyst.tsx'
import { comeBack } from './desk-session.ts'
import { me } from './desk-store.ts'
import * as store from './store.ts'

function measure(): void {
  store.unit.value = Math.min(innerWidth / 1920, innerHeight / 1080)
}

const root = document.getElementById('analyst')
if (root !== null) {
  measure()
  // Before anything reads a token: map and timeline take their colours from the page.
  effect(() => {
    document.documentElement.dataset['theme'] = store.theme.value
    document.documentElement.lang = store.lang.value === 'zh' ? 'zh-CN' : 'en'
  })
  addEventListener('resize', measure)
  // Zone, levels and names are those of the city that is looked at.
  effect(() => {
    store.welcome.value = past.welcome.value ?? live.welcome.value
  })
  effect(() => {
    if (me.value !== null && overlay.peek() === 'sign-in') overlay.value = ''
  })
  live.join(store.server.peek())
  keepSession()
  followHistory()
  followRehearsal()
  listenToAnalystKeys()
  const wish = wanted.peek()
  if (wish !== null) void goTo(wish)
  keepAddress()
  render(<Analyst />, root)
  void loadVersions()
  void comeBack()
}
