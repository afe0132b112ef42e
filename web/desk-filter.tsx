import type { JSX } from 'preact'
import { Choice } from './desk-fields.tsx'
import { ANY } from './desk-order.ts'
import { levelOf } from './desk-say.ts'
import { Sheet, closeSheet } from './desk-sheet.tsx'
import { d, filter, me, shown } from './desk-store.ts'
import { warningRanks } from './look.ts'
import { UNKNOWN } from '../services/core/level.ts'
import { named, scheme } from './store.ts'

/** Levels that a choice offers, gravest first, with a sentence each. */
export function levelChoices(): readonly (readonly [number, string])[] {
  return warningRanks(scheme.value)
    .filter((rank) => rank !== UNKNOWN)
    .map((rank, i) => [rank, i === 0 ? levelOf(rank) : d('levelFrom', { level: levelOf(rank) })] as const)
}

/** Categories that a choice offers. */
export function categoryChoices(): readonly (readonly [string, string])[] {
  return Object.entries(me.value?.categories ?? {}).map(([id, name]) => [id, named(name)] as const)
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
        <Choice
          label={d('category')}
          value={category}
          onPick={(next) => (filter.value = { ...filter.value, category: next })}
          of={[['', d('categoryAny')], ...categoryChoices()]}
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
