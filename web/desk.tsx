import { Component } from 'preact'
import { useEffect } from 'preact/hooks'
import type { ComponentChildren, JSX } from 'preact'
import { Incident } from './desk-incident.tsx'
import { List } from './desk-list.tsx'
import { Said } from './desk-said.tsx'
import { Sheets } from './desk-sheets.tsx'
import { Door } from './desk-signin.tsx'
import { chosenId, counts, d, door, fresh, isPast, mapLarge, may } from './desk-store.ts'
import { Top } from './desk-top.tsx'
import { SessionFrame, SessionMark } from './player-mark.tsx'
import { Strip } from './player-strip.tsx'
import { player } from './player.ts'

/** Keeps a failed part from taking the desk down: what is left says what happened. */
class Guard extends Component<{ readonly children: ComponentChildren }, { readonly why: string }> {
  override state = { why: '' }

  override componentDidCatch(error: unknown): void {
    console.error('qingyu: desk', error)
    this.setState({ why: error instanceof Error ? error.message : String(error) })
  }

  override render(): ComponentChildren {
    if (this.state.why !== '') return <p class="empty">{d('crashed', { why: this.state.why })}</p>
    return this.props.children
  }
}

function useTitle(): void {
  useEffect(() => {
    const { mine, mineOver } = counts.value
    // Seen among other tabs.
    document.title = `${mine > 0 ? `(${mine}${mineOver > 0 ? '!' : ''}) ` : ''}${d('title')} · Qingyu 晴雨`
  })
}

/** The officer's desk: what is mine, how much time is left, and what I do about it. */
export function Desk(): JSX.Element {
  useTitle()
  if (door.value !== 'open')
    return (
      <Guard>
        <SessionMark />
        <Door />
        <SessionFrame />
      </Guard>
    )
  const state = fresh.value
  const stale = state === 'cut' || state === 'stopped'
  return (
    <Guard>
      <div
        class={`frame ${chosenId.value === '' ? '' : 'opened'} ${stale ? 'stale' : ''} ${mapLarge.value ? 'map-large' : ''}`}
        data-fresh={state}
      >
        <Top />
        <List />
        <Incident />
        {player !== null && (isPast.value || may('drill')) && <Strip />}
        <Said />
        <Sheets />
        <SessionFrame />
      </div>
    </Guard>
  )
}
