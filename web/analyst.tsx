import { Component } from 'preact'
import { useEffect } from 'preact/hooks'
import type { ComponentChildren, JSX } from 'preact'
import { BundlesPanel } from './analyst-bundles.tsx'
import { DrillPanel } from './analyst-drill.tsx'
import { Maps } from './analyst-maps.tsx'
import { MomentPanel } from './analyst-moment.tsx'
import { Overlay } from './analyst-overlay.tsx'
import { PlayerBar } from './analyst-player.tsx'
import { ResultPanel } from './analyst-result.tsx'
import { RulesPanel } from './analyst-rules.tsx'
import { PANELS } from './analyst-address.ts'
import { a, bundle, head, live, overlay, panel, whole } from './analyst-store.ts'
import { TimelineBox } from './analyst-timeline.tsx'
import { me } from './desk-store.ts'
import { clockSeconds, day } from './format.ts'
import { lang, named, theme, welcome, zone } from './store.ts'

/** Keeps a failed part from taking the page down: what is left says what happened. */
class Guard extends Component<{ readonly children: ComponentChildren }, { readonly why: string }> {
  override state = { why: '' }

  override componentDidCatch(error: unknown): void {
    console.error('qingyu: analyst', error)
    this.setState({ why: error instanceof Error ? error.message : String(error) })
  }

  override render(): ComponentChildren {
    if (this.state.why !== '') return <p class="missing">{a('crashed', { why: this.state.why })}</p>
    return this.props.children
  }
}

function Tools(): JSX.Element {
  const query = `?lang=${lang.value}&theme=${theme.value}`
  return (
    <nav class="tools">
      <a href={`./wall${query}`}>{a('wall')}</a>
      <a href={`./desk${query}`}>{a('desk')}</a>
      <button type="button" class="person clip" onClick={() => (overlay.value = 'sign-in')}>
        {me.value === null ? a('signIn') : named(me.value.name)}
      </button>
      <button type="button" title="G" onClick={() => (lang.value = lang.value === 'zh' ? 'en' : 'zh')}>
        {a('language')}
      </button>
      <button
        type="button"
        title="D"
        aria-label={a('theme')}
        onClick={() => (theme.value = theme.value === 'dark' ? 'light' : 'dark')}
      >
        ◐
      </button>
      <button type="button" title="?" aria-label={a('help')} onClick={() => (overlay.value = 'help')}>
        ?
      </button>
    </nav>
  )
}

/** Which city, and what time it is there now: that of the replay stands on its own map. */
function Top(): JSX.Element {
  const greeted = live.welcome.value
  const now = greeted?.past === true ? live.tick.value || Number.NaN : live.now.value
  const clockZone = greeted?.zone ?? zone.value
  return (
    <header>
      <div class="city">
        <h1>{greeted === null ? 'Qingyu 晴雨' : named(greeted.city)}</h1>
        <small>{a('title')}</small>
        {greeted?.demo === true && (
          <small class="demo">{lang.value === 'zh' ? '演示数据 Demo' : 'Demo data 演示'}</small>
        )}
      </div>
      <Tools />
      <div class={head.value === null ? 'clock' : 'clock aside'}>
        <small>{`${a('now')} · ${day(now, clockZone, lang.value)}`}</small>
        <time>{clockSeconds(now, clockZone, lang.value)}</time>
      </div>
    </header>
  )
}

const PANES = {
  moment: MomentPanel,
  rules: RulesPanel,
  rehearsal: ResultPanel,
  bundles: BundlesPanel,
  drill: DrillPanel,
} as const

function Side(): JSX.Element {
  const Pane = PANES[panel.value]
  return (
    <aside>
      <div class="tabs" role="tablist">
        {PANELS.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            data-panel={name}
            aria-selected={panel.value === name}
            onClick={() => (panel.value = name)}
          >
            {a(name)}
          </button>
        ))}
      </div>
      <div class="pane" role="tabpanel" data-pane={panel.value}>
        <Pane />
      </div>
    </aside>
  )
}

/** Damaged files of the archive, named: their time is a gap. */
function Damages(): JSX.Element | null {
  const damages = whole.value?.damages ?? []
  const first = damages[0]
  if (first === undefined) return null
  return (
    <p class="damages" role="alert">
      {a('damaged', { n: damages.length, path: first.path, why: first.message })}
    </p>
  )
}

/** The analyst's page: relive what was, and try what would have been. */
export function Analyst(): JSX.Element {
  useEffect(() => {
    const city = welcome.value === null ? '' : `${named(welcome.value.city)} · `
    document.title = `${city}${a('title')} · Qingyu 晴雨`
  })
  return (
    <Guard>
      <div class="page" data-mode={head.value === null ? 'live' : 'replay'} data-bundle={bundle.value}>
        <Top />
        <main>
          <Maps />
          <Damages />
        </main>
        <Side />
        <footer>
          <PlayerBar />
          <TimelineBox />
        </footer>
        <Overlay />
      </div>
    </Guard>
  )
}
