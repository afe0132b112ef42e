import type { SurroundingsAnswer } from './core/desk-wire.ts'
import type { Picture } from './core/layer.ts'
import { UNKNOWN } from './core/level.ts'
import type { Plan } from './core/plan.ts'
import { metresBetween, Places, placesOfCells, type StandingSource } from './core/surroundings.ts'

/** Rows of each kind. */
const MOST_SOURCES = 100
const MOST_CALLS = 60
const MOST_AREAS = 40

/** What is asked for: a middle (WGS 84 degrees), a radius in metres, and the areas that are no surroundings but the thing itself. */
export interface Around {
  readonly centre: readonly [number, number]
  readonly radius: number
  readonly without: readonly number[]
}

/** What stands and happened near a place; the indexes are made when first asked. */
export class Surroundings {
  readonly #plan: Plan
  readonly #picture: () => Picture
  readonly #standing: () => readonly StandingSource[]
  #sources: Places<StandingSource> | undefined
  #cells: Places<number> | undefined

  constructor(plan: Plan, picture: () => Picture, standing: () => readonly StandingSource[]) {
    this.#plan = plan
    this.#picture = picture
    this.#standing = standing
  }

  near({ centre, radius, without }: Around): SurroundingsAnswer {
    const [lon, lat] = centre
    this.#sources ??= new Places(this.#standing().map((item) => ({ item, lon: item.lon, lat: item.lat })))
    const sources = this.#sources.near(lon, lat, radius, MOST_SOURCES).map(({ item, metres }) => ({
      ...item,
      metres,
    }))
    return {
      centre,
      radius,
      sources,
      calls: this.#calls(lon, lat, radius),
      areas: this.#areas(centre, radius, without),
    }
  }

  /** Newest first among equals: what was reported last says most. */
  #calls(lon: number, lat: number, radius: number): SurroundingsAnswer['calls'] {
    const { grid, indicators } = this.#plan
    return this.#picture()
      .calls.map(({ area, indicator, time }) => {
        const [x, y] = [grid.centres[area * 2] ?? 0, grid.centres[area * 2 + 1] ?? 0]
        return { indicator, area, time, lon: x, lat: y, metres: Math.round(metresBetween(lon, lat, x, y)) }
      })
      .filter(({ metres }) => metres <= radius)
      .sort((a, b) => a.metres - b.metres || b.time - a.time)
      .slice(0, MOST_CALLS)
      .map((call) => {
        const found = indicators.list[indicators.index.get(call.indicator) ?? -1]
        const name = found?.name ?? { zh: call.indicator, en: call.indicator }
        return { ...call, name, area: grid.codes[call.area] ?? '' }
      })
  }

  #areas([lon, lat]: readonly [number, number], radius: number, without: readonly number[]) {
    const { grid } = this.#plan
    const { ranks } = this.#picture()
    const own = new Set(without)
    this.#cells ??= placesOfCells(grid)
    return this.#cells
      .near(lon, lat, radius, Infinity)
      .filter(({ item }) => !own.has(item) && (ranks[item] ?? 0) > 0 && ranks[item] !== UNKNOWN)
      .slice(0, MOST_AREAS)
      .map(({ item, metres }) => ({
        code: grid.codes[item] ?? '',
        name: grid.names[item] ?? { zh: '', en: '' },
        rank: ranks[item] ?? 0,
        metres,
      }))
  }
}
