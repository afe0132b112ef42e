import { civilOf, dayOf, UTC, zoneNamed } from './local-time.ts'
import type { Plan } from './plan.ts'
import type { RehearsalResult } from './replay-wire.ts'

type Both = { readonly zh: string; readonly en: string }
type Told = Omit<RehearsalResult, 'sentence'>

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000]
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const short = (value: number): string => String(Math.round(value * 10) / 10)

/** A length of time in its largest fitting unit. */
function lengthOf(ms: number): Both {
  if (ms < MINUTE) return { zh: `${short(ms / 1000)} 秒`, en: `${short(ms / 1000)} s` }
  if (ms < HOUR) return { zh: `${short(ms / MINUTE)} 分钟`, en: `${short(ms / MINUTE)} min` }
  if (ms < 2 * DAY) return { zh: `${short(ms / HOUR)} 小时`, en: `${short(ms / HOUR)} h` }
  return { zh: `${short(ms / DAY)} 天`, en: `${short(ms / DAY)} days` }
}

function dateOf(at: number, zone: string): Both {
  const { month, date } = civilOf(dayOf((zoneNamed(zone) ?? UTC).toLocal(at)))
  return { zh: `${month}月${date}日`, en: `${date} ${MONTHS[month - 1] ?? ''}` }
}

/** How much longer areas stood at a rank or graver, ms. */
function longer({ was, would }: RehearsalResult['time'], rank: number, { scheme }: Plan): number {
  const ids = scheme.levels.slice(rank).map(({ id }) => id)
  return ids.reduce((sum, id) => sum + (would[id] ?? 0) - (was[id] ?? 0), 0)
}

/** The gravest level that the whole city reached at another time, or on one side only. */
function cityClause(result: Told, plan: Plan): Both | null {
  const city = result.first.find(({ area }) => area === 0)
  for (let rank = plan.scheme.levels.length - 1; rank > 0; rank--) {
    const [was, would] = [city?.was[rank] ?? null, city?.would[rank] ?? null]
    if (was === would) continue
    const name = nameOf(rank, plan)
    const on = dateOf(Math.min(was ?? Infinity, would ?? Infinity), plan.grid.zone)
    if (was === null)
      return { zh: `全市将于${on.zh}出现${name.zh}`, en: `City would reach ${name.en} on ${on.en}` }
    if (would === null)
      return {
        zh: `全市不再出现${name.zh}（原为${on.zh}）`,
        en: `City would not reach ${name.en}, as on ${on.en}`,
      }
    const length = lengthOf(Math.abs(was - would))
    const [zh, en] = was > would ? ['提前', 'earlier'] : ['推迟', 'later']
    const more = longer(result.city, rank, plan)
    const inAll = lengthOf(Math.abs(more))
    return {
      zh: `全市${name.zh}于${on.zh}${zh} ${length.zh}${more === 0 ? '' : `，累计${more > 0 ? '多' : '少'} ${inAll.zh}`}`,
      en: `City ${name.en} ${length.en} ${en} on ${on.en}${more === 0 ? '' : ` and ${inAll.en} ${more > 0 ? 'longer' : 'shorter'} in all`}`,
    }
  }
  return null
}

/** Time of all cells at the gravest level, or a graver one, of which it differs. */
function cellClause(result: Told, plan: Plan): Both | null {
  for (let rank = plan.scheme.levels.length - 1; rank > 0; rank--) {
    const more = longer(result.time, rank, plan)
    if (more === 0) continue
    const [name, length] = [nameOf(rank, plan), lengthOf(Math.abs(more))]
    return {
      zh: `各网格${name.zh}累计${more > 0 ? '多' : '少'} ${length.zh}`,
      en: `Cells ${name.en} for ${length.en} ${more > 0 ? 'more' : 'less'} in all`,
    }
  }
  return null
}

function nameOf(rank: number, { scheme }: Plan): Both {
  const name = scheme.levels[rank]?.name
  return { zh: name?.zh ?? '', en: (name?.en ?? '').toLowerCase() }
}

function alertClauses({ counts }: Told): Both[] {
  const of = (count: number, en: string): string => `${count} ${count === 1 ? 'alert' : 'alerts'} ${en}`
  return [
    { zh: `新增预警 ${counts.new} 起`, en: of(counts.new, 'new'), count: counts.new },
    { zh: `不再预警 ${counts.gone} 起`, en: of(counts.gone, 'gone'), count: counts.gone },
    { zh: `提前 ${counts.earlier} 起`, en: of(counts.earlier, 'earlier'), count: counts.earlier },
    { zh: `推迟 ${counts.later} 起`, en: of(counts.later, 'later'), count: counts.later },
  ].filter(({ count }) => count > 0)
}

function loadClause({ load }: Told): Both | null {
  const more = load.reduce((sum, { was, would }) => sum + would.alerts - was.alerts, 0)
  if (more === 0) return null
  const each = Math.abs(more) / load.length
  const said = each < 0.05 ? '<0.1' : short(each)
  const sign = more > 0 ? '+' : '−'
  return { zh: `每班预警 ${sign}${said} 起`, en: `${sign}${said} alerts per shift` }
}

/** What a rehearsal comes to, for who asks "and what would that change?": city or cells, alerts, load. */
export function rehearsalSentence(result: Told, plan: Plan): Both {
  const clauses = [
    cityClause(result, plan) ?? cellClause(result, plan),
    ...alertClauses(result),
    loadClause(result),
  ].filter((clause) => clause !== null)
  if (clauses.length === 0) return { zh: '没有任何变化。', en: 'Nothing would change.' }
  const [zh, en] = [
    clauses.map((clause) => clause.zh).join('，'),
    clauses.map((clause) => clause.en).join(', '),
  ]
  return { zh: `${zh}。`, en: `${en}.` }
}
