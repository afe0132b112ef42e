import { useState } from 'preact/hooks'
import type { JSX } from 'preact'
import type { RuleVersion } from '../services/core/rules-wire.ts'
import { versions } from './analyst-names.ts'
import { changesOf } from './analyst-rule-text.ts'
import { current, editVersion, publish, publishing } from './analyst-rule-store.ts'
import { a, overlay } from './analyst-store.ts'
import { may, me } from './desk-store.ts'
import { clock, day } from './format.ts'
import { lang, zone } from './store.ts'

/** Versions shown. */
const SHOWN = 30

function moment(at: number): string {
  return `${day(at, zone.value, lang.value)} ${clock(at, zone.value, lang.value)}`
}

function nameOf({ name, version, file }: RuleVersion): string {
  return name || (file ? a('fromFile') : version.slice(0, 6))
}

/** By whom it was published last; a configuration file has no publisher. */
function publishedOf({ file, published }: RuleVersion): string {
  const last = published.at(-1)
  if (last === undefined) return file ? '' : a('neverPublished')
  const t = moment(last.at)
  return last.by === '' ? a('heldFrom', { t }) : a('publishedBy', { t, who: last.by, why: last.why || '—' })
}

function Row({ one }: { readonly one: RuleVersion }): JSX.Element {
  const saved = one.file ? a('fromFile') : a('savedBy', { who: one.by || '—', t: moment(one.saved) })
  return (
    <li class={one.current ? 'current' : ''} data-version={one.version}>
      <p>
        <b class="clip">{nameOf(one)}</b>
        <code>{one.version.slice(0, 6)}</code>
        {one.current && <em>{a('inForce', { v: '' }).trim()}</em>}
        {one.pending && <em>{a('pending')}</em>}
      </p>
      <small>{[saved, publishedOf(one)].filter(Boolean).join(' · ')}</small>
      <div>
        <button type="button" onClick={() => editVersion(one)}>
          {a('edit')}
        </button>
        {!one.current && !one.pending && (
          <button
            type="button"
            class="publish"
            onClick={() => {
              publishing.value = one
              if (me.value === null) overlay.value = 'sign-in'
            }}
          >
            {a(one.published.length > 0 || one.file ? 'rollBack' : 'publish')}
          </button>
        )}
      </div>
    </li>
  )
}

/** All versions, newest first: who, when, why; any can be brought back. */
export function Versions(): JSX.Element | null {
  const all = versions.value ?? []
  if (all.length === 0) return null
  return (
    <section class="versions">
      <h2>{a('history')}</h2>
      <ol>
        {all.slice(0, SHOWN).map((one) => (
          <Row key={one.version} one={one} />
        ))}
      </ol>
    </section>
  )
}

/** Asks why before a version goes into force. */
export function Publish({ version }: { readonly version: RuleVersion }): JSX.Element {
  const [why, setWhy] = useState('')
  const [busy, setBusy] = useState(false)
  const was = current.value
  const changes = was === null ? [] : changesOf(was.text, version.text)
  const lacks =
    me.value === null
      ? a('signIn')
      : !may('publish')
        ? a('mayNot')
        : why.trim() === ''
          ? a('reasonMissing')
          : ''
  return (
    <form
      class="publish-form"
      onSubmit={(event) => {
        event.preventDefault()
        if (lacks !== '' || busy) return
        setBusy(true)
        void publish(version, why.trim()).then((done) => {
          setBusy(false)
          if (done) publishing.value = null
        })
      }}
    >
      <h3>{a('publishTitle', { name: nameOf(version) })}</h3>
      <p class="note">{a('publishNote')}</p>
      <ul class="changes">
        {changes.map((one) => (
          <li key={`${one.rule}/${one.path.join('/')}`}>
            <span class="clip">{[one.rule, ...one.path].join(' · ')}</span>
            <b>
              {JSON.stringify(one.was) ?? a('none')} → {JSON.stringify(one.is) ?? a('none')}
            </b>
          </li>
        ))}
      </ul>
      <label class="text">
        <span>{a('reason')}</span>
        <textarea
          rows={3}
          maxLength={500}
          value={why}
          onInput={(event) => setWhy(event.currentTarget.value)}
        />
      </label>
      <p class="deeds">
        <button type="submit" class="main" disabled={lacks !== '' || busy}>
          {a('publish')}
        </button>
        <button type="button" onClick={() => (publishing.value = null)}>
          {a('cancel')}
        </button>
        {me.value === null ? (
          <button type="button" class="link" onClick={() => (overlay.value = 'sign-in')}>
            {a('signIn')}
          </button>
        ) : (
          <span class="note">{lacks}</span>
        )}
      </p>
    </form>
  )
}
