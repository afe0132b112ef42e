import { computed, effect } from '@preact/signals'
import { render } from 'preact'
import '@fontsource-variable/inter/index.css'
import '@fontsource-variable/noto-sans-sc/index.css'
import './tokens.css'
import './base.css'
import './chip.css'
import './desk.css'
import './desk-top.css'
import './desk-list.css'
import './desk-incident.css'
import './desk-record.css'
import './desk-acts.css'
import './desk-map.css'
import './desk-sheet.css'
import './desk-lists.css'
import './desk-door.css'
import './scrubber.css'
import './player.css'
import './player-strip.css'
import './player-desk.css'
import { awaitTouch } from './desk-alarm.ts'
import { listenToDeskKeys } from './desk-keys.ts'
import { watchLevels } from './desk-levels.ts'
import { keepLive } from './desk-live.ts'
import { comeBack } from './desk-session.ts'
import { SMALL, chosenId, door, me, sheet } from './desk-store.ts'
import { Desk } from './desk.tsx'
import { markPage } from './player-mark.tsx'
import { player } from './player.ts'
import { lang, theme, welcome } from './store.ts'

/** Where a page of ours sent somebody from to sign in; '' for nowhere. Read before the address is written anew. */
const BACK =
  /^report(\.html)?(\?[^#]*)?$/.exec(new URLSearchParams(location.search).get('return') ?? '')?.[0] ?? ''

/** The address says language, theme and the opened alert, so that a link leads to the same. */
function writeAddress(): void {
  const query = new URLSearchParams({ lang: lang.value })
  if (theme.value !== 'dark') query.set('theme', theme.value)
  if (chosenId.value !== '') query.set('alert', chosenId.value)
  const text = `?${query}`
  if (text === location.search) return
  const opened = new URLSearchParams(location.search).get('alert') ?? ''
  // Opening an alert is a step that the back button of a phone takes back; words and colours are not.
  if (SMALL.matches && chosenId.value !== '' && opened === '') history.pushState(null, '', text)
  else history.replaceState(null, '', text)
}

const root = document.getElementById('desk')
if (root !== null) {
  effect(() => {
    document.documentElement.dataset['theme'] = theme.value
    document.documentElement.lang = lang.value === 'zh' ? 'zh-CN' : 'en'
  })
  effect(writeAddress)
  addEventListener('popstate', () => {
    chosenId.value = new URLSearchParams(location.search).get('alert') ?? ''
  })
  // A notice of the system was tapped while this page was open.
  navigator.serviceWorker?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (typeof data === 'object' && data !== null && 'alert' in data) chosenId.value = String(data.alert)
  })
  effect(() => {
    if (BACK !== '' && me.value !== null) location.replace(BACK)
  })
  markPage()
  // A drill that is over shows how it went.
  const isOver = computed(() => {
    const view = player?.view.value
    return view?.kind === 'drill' && view.state === 'ended' && me.value !== null
  })
  effect(() => {
    if (isOver.value) sheet.value = { kind: 'score' }
  })
  listenToDeskKeys()
  awaitTouch()
  keepLive()
  // The wall's greeting tells scheme, zone and the other gateways; after it colours are followed only while a map is seen.
  effect(() => {
    if (me.value === null || welcome.peek() !== null) return
    const stop = watchLevels()
    const end = welcome.subscribe((greeted) => {
      if (greeted === null) return
      stop()
      queueMicrotask(() => end())
    })
  })
  render(<Desk />, root)
  void comeBack()
  effect(() => {
    if (door.value === 'offline') setTimeout(() => void comeBack(), 3000)
  })
}
