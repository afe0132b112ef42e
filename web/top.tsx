import type { JSX } from 'preact'
import { UNKNOWN, levelId } from '../services/core/level.ts'
import { Chip, VeilChip } from './chip.tsx'
import { clockSeconds, count, day, dayOfYear } from './format.ts'
import { lookOf, warningRanks } from './look.ts'
import { motionText } from './player-mark.tsx'
import { player } from './player.ts'
import { SkySign } from './sky.tsx'
import { city, lang, named, cityNow, scheme, t, tally, told, veil, welcome, whole, zone } from './store.ts'
import { SECTOR, SKY, fill } from './words.ts'

function City(): JSX.Element {
  const known = city.value
  const names = known === null ? welcome.value?.city : known.doc.names[known.top]
  const cells = city.value?.cells.length
  const other = lang.value === 'zh' ? names?.en : names?.zh
  return (
    <div class="city">
      <h1>{names === undefined ? 'Qingyu 晴雨' : named(names)}</h1>
      <small>
        {[other, cells === undefined ? '' : t('cells', { n: count(cells, lang.value) })]
          .filter(Boolean)
          .join(' · ')}
      </small>
    </div>
  )
}

/** Weather sign and one sentence: how the city is, to someone in the door. */
function State(): JSX.Element | null {
  const outlook = whole.value
  if (outlook === null) return null
  const flash = lookOf(scheme.value, (scheme.value?.levels.length ?? 5) - 3).colour
  const skies: Readonly<Record<string, { zh: string; en: string }>> = SKY[outlook.sky]
  const sky = skies[outlook.spread] ?? skies['local'] ?? { zh: '', en: '' }
  const where = told(SECTOR[outlook.sector])
  const level = named(lookOf(scheme.value, outlook.gravest).name)
  const sentence =
    outlook.sky === 'fog'
      ? t('foggy')
      : outlook.gravest === 0
        ? t('allCalm')
        : t(outlook.cells === 1 ? 'outlookOne' : 'outlookOf', {
            n: count(outlook.cells, lang.value),
            where,
            level: lang.value === 'en' ? level.toLowerCase() : level,
          })
  return (
    <div class="state" role="status">
      <SkySign sky={outlook.sky} flash={flash} />
      <b>{fill(sky[lang.value], {})}</b>
      <span>{(veil.value?.cells ?? 0) > 0 ? t('elsewhere', { what: sentence }) : sentence}</span>
    </div>
  )
}

function Counts(): JSX.Element {
  const levels = tally.value
  const veiled = veil.value?.cells ?? 0
  return (
    <div class="counts">
      {warningRanks(scheme.value).map((rank) => {
        const id = rank === UNKNOWN ? 'unknown' : levelId(scheme.value ?? { id: '', levels: [] }, rank)
        const look = lookOf(scheme.value, rank)
        const cells = levels?.[scheme.value === null ? look.id : id]
        return (
          <div key={rank} class={cells === 0 || cells === undefined ? 'count none' : 'count'}>
            <Chip rank={rank} size={32} />
            <span>{cells === undefined ? '–' : count(cells, lang.value)}</span>
          </div>
        )
      })}
      {veiled > 0 && (
        <div class="count">
          <VeilChip size={32} />
          <span>{count(veiled, lang.value)}</span>
        </div>
      )}
    </div>
  )
}

/** What time it is in the city; of a session what time it was, in a box and with how it moves: nobody sets a watch by it. */
function Clock(): JSX.Element {
  const time = clockSeconds(cityNow.value, zone.value, lang.value)
  if (player === null)
    return (
      <div class="clock">
        <small>{day(cityNow.value, zone.value, lang.value)}</small>
        <time>{time}</time>
      </div>
    )
  return (
    <div class="clock then">
      <small>
        <span>{dayOfYear(cityNow.value, zone.value, lang.value)}</span>
        <b>{motionText()}</b>
      </small>
      <time>{time}</time>
    </div>
  )
}

/** How is the city, and what time is it there. */
export function Top(): JSX.Element {
  return (
    <header>
      <City />
      <State />
      <Counts />
      <Clock />
    </header>
  )
}
