import { Component } from 'preact'
import { useEffect } from 'preact/hooks'
import type { ComponentChildren, JSX } from 'preact'
import { Banner, Gap, Missing } from './banner.tsx'
import { Bottom } from './bottom.tsx'
import { MapBox } from './map-box.tsx'
import { Legend, Overlay } from './overlays.tsx'
import { OpeningBanner, SessionBanner } from './player-banner.tsx'
import { SessionFrame, SessionMark } from './player-mark.tsx'
import { Strip } from './player-strip.tsx'
import { player } from './player.ts'
import { p } from './player-say.ts'
import { Grave } from './serious.tsx'
import { Side } from './side.tsx'
import { fresh, kiosk, lang, legend, named, t, table, veil, welcome } from './store.ts'
import { CellTable } from './table.tsx'
import { Top } from './top.tsx'

/** Keeps a failed part from taking the wall down: what is left says what happened. */
class Guard extends Component<{ readonly children: ComponentChildren }, { readonly why: string }> {
  override state = { why: '' }

  override componentDidCatch(error: unknown): void {
    console.error('qingyu: wall', error)
    this.setState({ why: error instanceof Error ? error.message : String(error) })
  }

  override render(): ComponentChildren {
    if (this.state.why !== '') return <p class="missing">{t('crashed', { why: this.state.why })}</p>
    return this.props.children
  }
}

function usePage(): void {
  useEffect(() => {
    const root = document.documentElement
    root.lang = lang.value === 'zh' ? 'zh-CN' : 'en'
    const session =
      player === null ? '' : p(player.view.value?.kind === 'drill' ? 'titleDrill' : 'titleReplay')
    const names = [session, welcome.value === null ? '' : named(welcome.value.city), 'Qingyu 晴雨']
    document.title = names.filter(Boolean).join(' · ')
  })
  useEffect(() => {
    if (!kiosk.value) return
    // A wall's screen must not sleep; where the browser refuses, the system's own setting decides.
    void navigator.wakeLock?.request('screen').catch(() => undefined)
  }, [kiosk.value])
}

/** The wall: one question a place. */
export function Wall(): JSX.Element {
  usePage()
  const state = fresh.value
  const stale = state === 'cut' || state === 'stopped'
  const gapped = veil.value !== null
  return (
    <Guard>
      <div
        class={`wall ${stale ? 'stale' : ''} ${kiosk.value ? 'kiosk' : ''} ${gapped ? 'gapped' : ''}`}
        data-fresh={state}
      >
        <Top />
        <Grave />
        <main>
          <SessionMark />
          <Gap />
          <MapBox />
          {table.value !== '' && <CellTable />}
          {welcome.value?.demo === true && <div class="demo">{t('demo')}</div>}
          {player === null ? <Banner /> : <SessionBanner />}
          <OpeningBanner />
          <Missing />
          {legend.value && <Legend />}
          <Overlay />
        </main>
        <Side />
        <Strip />
        <Bottom />
        <SessionFrame />
      </div>
    </Guard>
  )
}
