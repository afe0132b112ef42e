import type { Config } from './config-schema.ts'
import {
  checkAccounts,
  checkGateways,
  checkHotline,
  fault,
  registrationsFrom,
  schemeFrom,
} from './config-check.ts'
import { rulesFrom } from './config-rules.ts'
import type { Grid } from './core/grid.ts'
import { indicatorsOf, type FoldName, type Indicator, type Indicators } from './core/indicator.ts'
import type { Plan } from './core/plan.ts'

function indicatorsFrom(config: Config, file: string): Indicators {
  const list = Object.entries(config.indicators).map(([code, setting]): Indicator => {
    if (setting.range[0] >= setting.range[1])
      throw fault(file, `indicators.${code}.range`, setting.range, 'lower before upper')
    if (setting.pane <= 0) throw fault(file, `indicators.${code}.pane`, setting.pane, 'more than 0')
    // 2^53 steps: beyond, sums would lose their last digits and with them their independence of order.
    if (Math.max(Math.abs(setting.range[0]), Math.abs(setting.range[1])) / setting.resolution > 2 ** 40)
      throw fault(file, `indicators.${code}.resolution`, setting.resolution, 'a range of at most 2^40 steps')
    return {
      code,
      name: setting.name,
      unit: setting.unit,
      kind: setting.kind,
      resolution: setting.resolution,
      range: setting.range,
      paneMs: setting.pane,
      fold: setting.fold as FoldName,
      intervalMs: setting.interval,
      category: setting.category,
      latenessMs: setting.lateness,
    }
  })
  return indicatorsOf(list)
}

/** Checks settings against each other and against the grid, and makes the plan. Throws CF-value naming file, field and value. */
export function planFrom(config: Config, grid: Grid, file: string): Plan {
  const scheme = schemeFrom(config.scheme, file)
  const indicators = indicatorsFrom(config, file)
  const rules = rulesFrom(config, { indicators, scheme, grid }, file)
  checkHotline(config, indicators, file)
  checkAccounts(config, file)
  checkGateways(config, file)
  if (config.clock.tick <= 0) throw fault(file, 'clock.tick', config.clock.tick, 'more than 0')
  const registrations = registrationsFrom(config, grid, file)
  return {
    grid,
    indicators,
    rules,
    scheme,
    partitions: config.log.partitions,
    tickMs: config.clock.tick,
    registrations,
  }
}
