/** Limits, windows, delays and schedules of one rule as people edit them: a rule of the configuration file, durations in ms. */
export type RuleText = Readonly<Record<string, unknown>> & { readonly id: string }

/** The part of a configuration that a rehearsal or a published version may change. */
export interface RulesText {
  readonly rules: readonly RuleText[]
  readonly parents: readonly Readonly<Record<string, unknown>>[]
}

/** GET /api/v1/rules/text: the rules in force as people edit them. */
export interface RulesTextAnswer {
  readonly version: string
  /** Level ids, mildest first: what limits and shares may name. */
  readonly levels: readonly string[]
  readonly text: RulesText
}

/** One field that differs: `air.limits.orange`; null where one side has no such field. */
export interface RuleChange {
  readonly field: string
  readonly was: unknown
  readonly now: unknown
}

/** POST /api/v1/rules/check: what a text comes to, and how it differs from the rules in force. */
export interface RulesCheck {
  readonly version: string
  readonly changes: readonly RuleChange[]
  readonly text: RulesText
}

/** A saved version of the rules. */
export interface RuleVersion {
  /** Hash of what it says, 16 hex digits: the version that explanations name. */
  readonly version: string
  /** '' of what only the configuration file has said. */
  readonly name: string
  readonly saved: number
  /** Person; '' : the configuration file; '?' : somebody, to who is not signed in. */
  readonly by: string
  /** Each time it was put into force: when (the last tick before), by whom (as above), why. Newest last, at most 50. */
  readonly published: readonly { readonly at: number; readonly by: string; readonly why: string }[]
  /** In force now. */
  readonly current: boolean
  /** The configuration file's own. */
  readonly file: boolean
  /** Decided, and to be in force in a few seconds. */
  readonly pending: boolean
  readonly text: RulesText
}

/** GET /api/v1/rules/versions: the one in force, then the newest first, 50 in all. */
export interface RuleVersionsAnswer {
  readonly versions: readonly RuleVersion[]
}

/** GET /api/v1/rules/versions/{version}. */
export interface RuleVersionAnswer extends RuleVersion {
  /** How it differs from the rules in force. */
  readonly changes: readonly RuleChange[]
}
