import { batch, computed, signal } from '@preact/signals'
import type { Verb } from '../services/core/action.ts'
import type { AlertAnswer, AlertRow, People, SessionView } from '../services/core/desk-wire.ts'
import type { Permission } from '../services/core/permission.ts'
import { ANY, byNeed, isOverdue, passes } from './desk-order.ts'
import type { Filter } from './desk-order.ts'
import { FORM_WORDS } from './desk-form-words.ts'
import { DESK_WORDS } from './desk-words.ts'
import { player } from './player.ts'
import { lang, named, now } from './store.ts'
import { fill } from './words.ts'

/** A phone: the list or one alert fills the page. */
export const SMALL = matchMedia('(max-width: 899px)')
/** Rows drawn; beyond, a filter finds better than a thumb. */
export const MOST_ROWS = 200

const start = new URLSearchParams(location.search)

/** Who is signed in; null: nobody. */
export const me = signal<SessionView | null>(null)
/** How it stands at the door: `absent` where the server has no desk, `offline` where it does not answer. */
export const door = signal<'asking' | 'open' | 'shut' | 'expired' | 'absent' | 'offline'>('asking')

/** Open and lately closed alerts that I may see. */
export const rows = signal<ReadonlyMap<string, AlertRow>>(new Map())
export const totals = signal({ open: 0, overdue: 0 })
/** Everybody whom an answer named so far. */
export const people = signal<People>({})
export const listed = signal<'none' | 'some' | 'failed'>('none')
export const listFault = signal('')

/** How the desk is joined: `polling` where only questions get through. `tries` since it was lost. */
export const join = signal<{
  readonly state: 'connecting' | 'open' | 'polling' | 'lost'
  readonly tries: number
}>({
  state: 'connecting',
  tries: 0,
})
/** Newest tick that was heard of, 0: none; and when the connection was lost. */
export const tick = signal(0)
export const lostAt = signal(0)

export const chosenId = signal(start.get('alert') ?? '')
export const opened = signal<{
  readonly id: string
  readonly got: AlertAnswer | null
  readonly fault: string
}>({
  id: '',
  got: null,
  fault: '',
})
export const filter = signal<Filter>(ANY)

/** What lies over the page. */
export type Sheet =
  | { readonly kind: 'act'; readonly verb: Verb }
  | {
      readonly kind:
        'acts' | 'menu' | 'help' | 'filter' | 'silences' | 'silence' | 'raise' | 'handover' | 'subscriptions'
    }
  | { readonly kind: 'audit' | 'roster' | 'score' }
export const sheet = signal<Sheet | null>(null)
/** The map of the opened alert fills the page. */
export const mapLarge = signal(false)

/** By alert: what was asked for and is not on record yet. `long`: the server took it but has not decided. */
export const pending = signal<ReadonlyMap<string, { readonly verb: Verb; readonly long: boolean }>>(new Map())

/** A sentence about what was just done; `grave` stays until it is dismissed. */
export interface Said {
  readonly id: number
  readonly text: string
  readonly grave: boolean
}
export const said = signal<readonly Said[]>([])
let sentences = 0
/** How long a good sentence stays, ms. */
const STAY = 4000

/** Tells the officer something at the foot of the page; at most three stand there. */
export function speak(text: string, grave = false): void {
  const id = ++sentences
  said.value = [...said.value, { id, text, grave }].slice(-3)
  if (!grave) setTimeout(() => hush(id), STAY)
}

/** Takes a sentence away. */
export function hush(id: number): void {
  said.value = said.value.filter((one) => one.id !== id)
}

/** Age of the newest tick after which the desk no longer claims to be live, ms. */
const STALE = 8000
/** A lost connection that is back this soon is not told, ms. */
const GRACE = 1500

/** What the page may claim of itself. */
export const fresh = computed((): 'waiting' | 'live' | 'polling' | 'stopped' | 'cut' => {
  const { state } = join.value
  // A session's time stands where it is stopped; whether it is there, is asked.
  if (player !== null) {
    if (player.gone.value !== '' || state === 'lost') return 'cut'
    if (tick.value === 0) return 'waiting'
    return state === 'polling' ? 'polling' : 'live'
  }
  if (state === 'lost' && (tick.value === 0 || now.value - lostAt.value > GRACE)) return 'cut'
  if (tick.value === 0) return 'waiting'
  if (now.value - tick.value > STALE) return state === 'open' || state === 'polling' ? 'stopped' : 'cut'
  return state === 'polling' ? 'polling' : 'live'
})

/** Nobody acts in what is over. */
export const isPast = computed(() => player !== null && player.view.value?.kind !== 'drill')

/** Whether something can be done from here now. */
export const able = computed(
  () => me.value !== null && fresh.value !== 'cut' && fresh.value !== 'waiting' && !isPast.value,
)

/** The server's clock by whole seconds and minutes, ms: what reads it is drawn anew no more often. */
export const second = computed(() => Math.floor(now.value / 1000) * 1000)
export const minute = computed(() => Math.floor(now.value / 60_000) * 60_000)

/** Rows of the list in the order of urgency. */
export const shown = computed((): readonly AlertRow[] => {
  return [...rows.value.values()].filter((row) => passes(row, filter.value)).sort(byNeed)
})

/** Opens an alert; '' for none. */
export function openAlert(id: string): void {
  batch(() => {
    chosenId.value = id
    mapLarge.value = false
    sheet.value = null
  })
}

/** How many are mine, open and overdue, whatever the filter says. */
export const counts = computed(() => {
  const at = second.value || 0
  const open = [...rows.value.values()].filter((row) => row.closed === null)
  const mine = open.filter((row) => row.mine)
  return {
    mine: mine.length,
    all: Math.max(open.length, totals.value.open),
    mineOver: mine.filter((row) => isOverdue(row, at)).length,
    over: Math.max(open.filter((row) => isOverdue(row, at)).length, totals.value.overdue),
  }
})

/** Whether I may do something at all. */
export function may(permission: Permission): boolean {
  return me.value?.permissions.includes(permission) === true
}

const WORDS = { ...DESK_WORDS, ...FORM_WORDS }
/** A key of the desk's sentences. */
export type DeskWord = keyof typeof WORDS

/** A sentence of the desk in the page's language. */
export function d(word: DeskWord, parts: Readonly<Record<string, string | number>> = {}): string {
  return fill(WORDS[word][lang.value], parts)
}

/** Somebody's name; their id where nobody said who they are; the program for ''. */
export function who(id: string): string {
  if (id === '' || id === 'qingyu') return d('system')
  const known = people.value[id]
  return known === undefined ? (id === me.value?.person ? named(me.value.name) : id) : named(known.name)
}

/** A unit's name. */
export function unitName(id: string): string {
  const known = me.value?.units[id]
  return known === undefined ? id : named(known)
}
