import { useEffect, useRef } from 'preact/hooks'
import type { ComponentChildren, JSX } from 'preact'
import { d, sheet } from './desk-store.ts'

/** Takes the sheet away. */
export function closeSheet(): void {
  sheet.value = null
}

/** What lies over the page: the browser keeps the focus inside and gives it back. `wide`: it needs room, as for a map. */
export function Sheet(props: {
  readonly title: string
  readonly children: ComponentChildren
  readonly wide?: boolean
}): JSX.Element {
  const own = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const before = document.activeElement
    own.current?.showModal()
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={own}
      class={props.wide === true ? 'sheet wide' : 'sheet'}
      aria-label={props.title}
      onClose={closeSheet}
      onClick={(event) => {
        // The backdrop belongs to the dialog; what is inside it does not.
        if (event.target === event.currentTarget) closeSheet()
      }}
    >
      <div class="inside">
        <header>
          <h2>{props.title}</h2>
          <button type="button" class="icon" aria-label={d('close')} onClick={closeSheet}>
            <svg viewBox="0 0 24 24" aria-hidden="true">
              <path d="M6 6l12 12M18 6L6 18" />
            </svg>
          </button>
        </header>
        {props.children}
      </div>
    </dialog>
  )
}
