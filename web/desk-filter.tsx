import type { JSX } from 'preact'
import { Choice } from './desk-fields.tsx'
import { ANY } from './desk-order.ts'
import { levelOf } from './desk-say.ts'
import { Sheet, closeSheet } from './desk-sheet.tsx'
import { d, filter, me, shown } from './desk-store.ts'
import { lookOf, warningRanks } from './look.ts'
import { UNKNOWN } from '../services/core/level.ts'
import { named, scheme } from './store.ts'

/** Ranks of the scheme's colours, gravest first. */
export function colourRanks(): readonly number[] {
  return warningRanks(scheme.value).filter((rank) => rank !== UNKNOWN)
}

/** Levels that a choice offers, gravest first, with a sentence each. */
export function levelChoices(): readonly (readonly [number, string])[] {
  return colourRanks().map(
    (rank, i) => [rank, i === 0 ? levelOf(rank) : d('levelFrom', { level: levelOf(rank) })] as const,
  )
}

/** Categories that a choice offers. */
export function categoryChoices(): readonly (readonly [string, string])[] {
  return Object.entries(me.value?.categories ?? {}).map(([id, name]) => [id, named(name)] as const)
}

/** One level by numeral and name. */
export function RankChoice(props: {
  readonly label: string
  readonly value: number
  readonly onPick: (rank: number) => void
}): JSX.Element {
  const of = colourRanks().map(
    (rank) => [rank, `${lookOf(scheme.value, rank).numeral} ${levelOf(rank)}`] as const,
  )
  return <Choice {...props} of={of} />
}

/** One category, or '' for every one. */
export function CategoryChoice(props: {
  readonly value: string
  readonly onPick: (category: string) => void
}): JSX.Element {
  return <Choice label={d('category')} {...props} of={[['', d('categoryAny')], ...categoryChoices()]} />
}

/** What of the list is wanted, by level and category. */
export function FilterSheet(): JSX.Element {
  const { rank, category } = filter.value
  return (
    <Sheet title={d('filters')}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          closeSheet()
        }}
      >
        <Choice
          label={d('level')}
          value={rank}
          onPick={(next) => (filter.value = { ...filter.value, rank: next })}
          of={[[0, d('levelAny')], ...levelChoices()]}
        />
        <CategoryChoice
          value={category}
          onPick={(next) => (filter.value = { ...filter.value, category: next })}
        />
        <div class="submit two">
          <button
            type="button"
            class="link"
            onClick={() => (filter.value = { ...ANY, whose: filter.value.whose })}
          >
            {d('clearFilter')}
          </button>
          <button type="submit" class="main">
            {d('filterSee', { n: shown.value.length })}
          </button>
        </div>
      </form>
    </Sheet>
  )
}
