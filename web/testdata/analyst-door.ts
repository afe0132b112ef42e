import { BUNDLES, knowledgeOf, SCORE } from './analyst-lists.ts'
import { rehearsalOf, timelineOf } from './analyst-answers.ts'
import { doc, LIVE } from './analyst-days.ts'
import { TRIED, VERSIONS } from './analyst-rules.ts'
import type { Asked, RoomState } from './analyst-state.ts'

type Answer = { readonly status: number; readonly body: unknown }
const ok = (body: unknown): Answer => ({ status: 200, body })
const refused = (status: number, code: string, detail: string, hint: string): Answer => ({
  status,
  body: { type: '', title: '', status, code, detail, hint },
})

const linesOf = (yaml: unknown): string[] => (typeof yaml === 'string' ? yaml.split('\n') : [])

/** The answer to one question of the page. */
export function answerTo(room: RoomState, { method, path, body }: Asked, query: URLSearchParams): Answer {
  const sent = typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : {}
  const [, first = '', second = '', third = ''] = path.split('/')
  const view = room.sessions.get(second)
  if (first === 'grids') return ok(doc)
  if (first === 'timeline')
    return ok(
      timelineOf(
        Number(query.get('from') ?? LIVE - 86_400_000),
        Number(query.get('to') ?? LIVE),
        room.isEmpty,
        room.isWriting,
      ),
    )
  if (first === 'session') return refused(401, 'SE-session', 'No session', '')
  if (first === 'alerts' && third === 'knowledge') return ok(knowledgeOf(second))
  if (first === 'bundles') return method === 'GET' ? ok({ bundles: BUNDLES }) : ok(BUNDLES[0])
  if (first === 'rules') {
    if (second === 'versions') return ok({ versions: VERSIONS })
    const line = linesOf(sent['yaml']).findIndex((text) => text.includes('oranje')) + 1
    const why = `line ${line}: rules.0 (flooding).limits is oranje, expected a level of blue, yellow, orange, red`
    return line > 0
      ? refused(422, 'RS-value', why, 'Correct it.')
      : ok({ version: 'badcafe011223344', changes: [], text: sent['text'] ?? TRIED })
  }
  if (first === 'rehearsals') {
    if (method === 'POST') {
      const id = `r${room.rehearsals.size + 1}`
      room.rehearsals.set(id, { from: Number(sent['from']), to: Number(sent['to']), asked: 0 })
      return ok(rehearsalOf(id, Number(sent['from']), Number(sent['to']), false))
    }
    const known = room.rehearsals.get(second)
    if (second === '')
      return ok({
        rehearsals: [...room.rehearsals].map(([id, { from, to }]) => ({
          ...rehearsalOf(id, from, to, false),
          state: 'done',
        })),
      })
    if (known === undefined) return refused(404, 'RY-unknown', `${second} is not open`, '')
    return ok(rehearsalOf(second, known.from, known.to, known.asked++ > 0))
  }
  if (first !== 'replays') return refused(404, 'GW-not-found', path, '')
  if (method === 'POST' && second === '')
    return room.isFull
      ? refused(409, 'RY-full', '8 replays are open, at most 8', 'Close one.')
      : ok(room.open(sent))
  if (second === '')
    return ok({ replays: [...room.sessions.values()], most: room.isFull ? room.sessions.size : 8 })
  if (view === undefined) return refused(404, 'RY-unknown', `${second} is not open`, '')
  if (third === 'score') return ok(SCORE)
  if (method === 'DELETE') {
    room.sessions.delete(second)
    room.isFull = false
    return ok(null)
  }
  return ok(method === 'POST' ? room.verb(view, third, sent) : view)
}
