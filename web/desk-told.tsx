import type { JSX } from 'preact'
import type { AlertAnswer, Told } from '../services/core/desk-wire.ts'
import { grouped } from './desk-order.ts'
import { at, heldBy } from './desk-say.ts'
import { d, who } from './desk-store.ts'
import { CHANNEL, DELIVERY, OCCASION } from './desk-terms.ts'
import { named } from './store.ts'

/** People shown before the rest is folded away. */
const SHOWN = 8
/** Occasions of one person that are listed, the newest. */
const LINES = 3

/** What the sender says of who has not told it where to find them there (services/outbox-sending.ts). */
const NOWHERE = /^no address for /

/** What became of a notice on its channel, in a few words. */
function fateOf(notice: Told): string {
  if (notice.state === 'failed' && NOWHERE.test(notice.why))
    return d('toldNowhere', { channel: named(CHANNEL[notice.channel]) })
  const why = notice.state === 'suppressed' ? heldBy(notice) : notice.state === 'failed' ? notice.why : ''
  return `${named(CHANNEL[notice.channel])}${named(DELIVERY[notice.state])}${why === '' ? '' : d('because', { why })}`
}

function Person({ id, notices }: { readonly id: string; readonly notices: readonly Told[] }): JSX.Element {
  const seen = notices.map((one) => one.seen ?? 0).reduce((a, b) => Math.max(a, b), 0)
  // All channels of one occasion are one line.
  const lines = grouped(notices, ({ at: when, occasion }) => `${when}/${occasion}`)
  return (
    <li>
      <b class="clip">{who(id)}</b>
      <span class={seen > 0 ? 'seen' : 'unseen-mark'}>
        {seen > 0 ? d('seenAt', { t: at(seen) }) : d('notSeen')}
      </span>
      <ul>
        {lines.slice(0, LINES).map(([key, some]) => (
          <li key={key}>
            <time>{at(some[0]?.at ?? 0)}</time>
            <span>{[named(OCCASION[some[0]?.occasion ?? 'raised']), ...some.map(fateOf)].join(' · ')}</span>
          </li>
        ))}
      </ul>
    </li>
  )
}

/** Who was told, on which channel, what became of it, and who saw it. */
export function ToldList({ got }: { readonly got: AlertAnswer }): JSX.Element {
  const people = grouped(got.told, ({ person }) => person)
  return (
    <section class="told">
      <h2>{d('told')}</h2>
      {people.length === 0 && <p class="note">{d('toldNone')}</p>}
      <ul>
        {people.slice(0, SHOWN).map(([id, notices]) => (
          <Person key={id} id={id} notices={notices} />
        ))}
      </ul>
      {people.length > SHOWN && <p class="fine">{d('more', { n: people.length - SHOWN })}</p>}
    </section>
  )
}
