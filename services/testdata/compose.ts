import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'

/** Folder of docker-compose.yml. */
export const HOME = resolve(import.meta.dirname, '../..')

/** A service as far as tests look into it. */
export interface ComposeService {
  readonly image: string
  readonly build?: string
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly healthcheck?: { readonly test: readonly [string, ...string[]] }
  readonly profiles?: readonly string[]
  readonly ports?: readonly string[]
  readonly networks?: readonly string[]
  readonly secrets?: readonly string[]
  readonly volumes?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly restart?: string
  readonly stop_grace_period?: string
  readonly logging?: { readonly options: Readonly<Record<string, string>> }
}

/** docker-compose.yml as Compose understands it. */
export interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly networks: Readonly<Record<string, object>>
  readonly volumes: Readonly<Record<string, object>>
  readonly secrets: Readonly<Record<string, { readonly file: string }>>
}

const VARIABLE = /\$(?:\$|\{(\w+)(?::-([^}]*))?\})/g

/** Fills in `${NAME:-preset}` and turns `$$` into `$`, as Compose does with texts; throws where a name has neither value nor preset. */
function filled(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(VARIABLE, (whole, name: string | undefined, preset: string | undefined) => {
    if (name === undefined) return '$'
    const value = environment[name] ?? preset
    if (value === undefined) throw new Error(`${whole} has no value and no preset`)
    return value
  })
}

function interpolated(node: unknown, environment: Readonly<Record<string, string>>): unknown {
  if (typeof node === 'string') return filled(node, environment)
  if (Array.isArray(node)) return node.map((item) => interpolated(item, environment))
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, interpolated(item, environment)]))
}

/** docker-compose.yml with its anchors merged and its variables filled in from `environment`. */
export function readCompose(environment: Readonly<Record<string, string>> = {}): Compose {
  const text = readFileSync(join(HOME, 'docker-compose.yml'), 'utf8')
  return interpolated(parse(text, { merge: true }), environment) as Compose
}

/** The variables that an env file sets. */
export function readEnvironment(name: string): Record<string, string> {
  const lines = readFileSync(join(HOME, name), 'utf8').matchAll(/^(\w+)=(.*)$/gm)
  return Object.fromEntries([...lines].map(([, key = '', value = '']) => [key, value]))
}

/** An instruction of a Dockerfile, continuation lines joined, as `{ word: 'COPY', rest: 'config config' }`. */
export interface Instruction {
  readonly word: string
  readonly rest: string
}

/** The stages of the Dockerfile, each beginning with its FROM; what stands before the first is left out. */
export function readStages(): Instruction[][] {
  const text = readFileSync(join(HOME, 'Dockerfile'), 'utf8').replaceAll(/\\\n\s*/g, '')
  const stages: Instruction[][] = []
  for (const [, word = '', rest = ''] of text.matchAll(/^([A-Z]+) (.*)$/gm)) {
    if (word === 'FROM') stages.push([])
    stages.at(-1)?.push({ word, rest })
  }
  return stages
}

/** The last stage's ENTRYPOINT. */
export function readEntrypoint(): readonly string[] {
  const found = readStages()
    .at(-1)
    ?.find(({ word }) => word === 'ENTRYPOINT')
  return JSON.parse(found?.rest ?? '[]') as string[]
}
