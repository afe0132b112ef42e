import { useEffect } from 'preact/hooks'
import type { JSX } from 'preact'
import type { BundleView } from '../services/core/replay-wire.ts'
import {
  bringIn,
  bringing,
  bundles,
  bundlesFault,
  fileOf,
  keeping,
  keepLast,
  keepSpan,
  loadBundles,
  lookInto,
  nameOf,
} from './analyst-bundle-store.ts'
import { a, bundle, chosen } from './analyst-store.ts'
import type { AnalystWord } from './analyst-store.ts'
import { clock, count, day, duration } from './format.ts'
import { lang, zone } from './store.ts'

/** Minutes that one press keeps. */
const HALF_HOUR = 30

const SIGNS = {
  own: 'signOwn',
  trusted: 'signTrusted',
  unknown: 'signUnknown',
  broken: 'signBroken',
} as const satisfies Readonly<Record<BundleView['signature'], AnalystWord>>

function sizeOf(bytes: number): string {
  if (bytes < 1024 * 1024) return `${count(Math.ceil(bytes / 1024), lang.value)} KiB`
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}

function Row({ one }: { readonly one: BundleView }): JSX.Element {
  const moment = `${day(one.from, zone.value, lang.value)} ${clock(one.from, zone.value, lang.value)}`
  return (
    <li data-bundle={one.id} class={one.id === bundle.value ? 'current' : ''}>
      <p>
        <b class="clip">{nameOf(one)}</b>
        <span>{sizeOf(one.bytes)}</span>
      </p>
      <small>{`${moment} · ${duration(one.to - one.from, lang.value)}`}</small>
      <small class={`signature ${one.signature}`} title={one.key}>
        {`${a(SIGNS[one.signature])} · ${one.key.slice(0, 19)}`}
      </small>
      <div>
        <button type="button" onClick={() => lookInto(one.id === bundle.value ? '' : one.id)}>
          {a(one.id === bundle.value ? 'leaveBundle' : 'replayBundle')}
        </button>
        <a href={fileOf(one)} download>
          {a('download')}
        </a>
      </div>
    </li>
  )
}

/** What was kept or brought: one signed file each. */
export function BundlesPanel(): JSX.Element {
  useEffect(() => void loadBundles(), [])
  const seen = chosen.value
  return (
    <div class="scroll">
      <p class="note">{a('bundlesLead')}</p>
      <p class="deeds">
        <button type="button" class="main" disabled={keeping.value} onClick={() => void keepLast(HALF_HOUR)}>
          {a('keep')}
        </button>
        <button
          type="button"
          disabled={seen === null || keeping.value}
          onClick={() => seen !== null && void keepSpan(seen)}
        >
          {a(keeping.value ? 'keeping' : 'keepSpan')}
        </button>
        <label class="button">
          {a(bringing.value ? 'bringing' : 'openBundle')}
          <input
            class="unseen"
            type="file"
            accept=".zip,application/zip"
            disabled={bringing.value}
            onChange={(event) => {
              const file = event.currentTarget.files?.[0]
              event.currentTarget.value = ''
              if (file !== undefined) void bringIn(file)
            }}
          />
        </label>
      </p>
      {bundlesFault.value !== '' && (
        <p class="note fault">{a('bundlesFailed', { why: bundlesFault.value })}</p>
      )}
      {bundles.value?.length === 0 && <p class="note">{a('bundlesNone')}</p>}
      <ol class="versions">
        {bundles.value?.map((one) => (
          <Row key={one.id} one={one} />
        ))}
      </ol>
    </div>
  )
}
