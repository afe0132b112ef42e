import Type from 'typebox'

/** Durations stand in files as `90s`, `5m`, `6h`, `7d`, `250ms`; sizes as `64KiB`. Both are numbers (ms, bytes) once read. */
export const duration = (description: string, preset?: string) =>
  Type.Unsafe<number>({
    type: 'string',
    format: 'duration',
    description,
    ...(preset !== undefined && { default: preset }),
  })
/** A size in bytes. */
export const size = (description: string, preset?: string) =>
  Type.Unsafe<number>({
    type: 'string',
    format: 'size',
    description,
    ...(preset !== undefined && { default: preset }),
  })
/** A text; required without a preset. */
export const text = (description: string, preset?: string) =>
  Type.String(preset === undefined ? { description } : { description, default: preset })
/** An integer within bounds. */
export const integer = (description: string, preset: number, minimum: number, maximum: number) =>
  Type.Integer({ description, default: preset, minimum, maximum })
/** Yes or no. */
export const flag = (description: string, preset: boolean) => Type.Boolean({ description, default: preset })

/** No other keys than those named. */
export const closed = { additionalProperties: false } as const
