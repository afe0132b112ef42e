import { readFileSync, writeFileSync } from 'node:fs'
import { ConfigSchema } from './config-schema.ts'
import { ERRORS } from './core/errors.ts'

interface Setting {
  readonly type?: string
  readonly format?: string
  readonly description?: string
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly anyOf?: readonly { readonly const?: unknown }[]
  readonly properties?: Readonly<Record<string, Setting>>
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function kindOf(setting: Setting): string {
  if (setting.anyOf) return setting.anyOf.map((option) => JSON.stringify(option.const)).join(' or ')
  if (setting.format) return setting.format
  if (setting.minimum !== undefined && setting.maximum !== undefined)
    return `${setting.type} ${setting.minimum} to ${setting.maximum}`
  return setting.type ?? 'any'
}

/** Markdown table of every scalar setting, from the schema that validates them. */
export function configurationTable(): string {
  const rows = Object.entries(
    ConfigSchema.properties as unknown as Readonly<Record<string, Setting>>,
  ).flatMap(([section, node]) =>
    Object.entries(node.properties ?? {})
      .filter(([, setting]) => setting.description !== undefined)
      .map(
        ([key, setting]) =>
          `| \`${section}.${key}\` | ${cell(kindOf(setting))} | ${setting.default === undefined ? 'required' : `\`${cell(JSON.stringify(setting.default))}\``} | ${cell(setting.description ?? '')} |`,
      ),
  )
  return ['| setting | type | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

/** Markdown table of every error code, from the catalogue that is thrown. */
export function errorTable(): string {
  const rows = Object.entries(ERRORS).map(([code, { message, hint, http, mqtt, close }]) => {
    const hex = mqtt === null ? '' : `0x${mqtt.toString(16)}`
    return `| \`${code}\` | ${cell(message)} | ${cell(hint)} | ${http ?? ''} | ${hex} | ${close ?? ''} |`
  })
  return [
    '| code | sentence | what to do | HTTP | MQTT 5 | close |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}

/** The text with what stands between `<!-- name -->` and `<!-- /name -->` replaced; throws a plain Error when the marks are missing. */
export function withTable(text: string, name: string, table: string): string {
  const marks = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(\\n<!-- /${name} -->)`)
  if (!marks.test(text)) throw new Error(`No marks <!-- ${name} --> in the text.`)
  return text.replace(marks, (_, open: string, shut: string) => `${open}\n${table}\n${shut}`)
}

/** `qingyu tables FILE…`: writes both tables into the files. */
export function tablesCommand(files: readonly string[]): void {
  for (const file of files) {
    const text = readFileSync(file, 'utf8')
    writeFileSync(
      file,
      withTable(withTable(text, 'configuration', configurationTable()), 'errors', errorTable()),
    )
  }
}
