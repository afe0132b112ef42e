import type { Role } from './person.ts'

/** `GET /api/v1/sessions`: my open sessions; `id` is no secret. */
export interface SessionsAnswer {
  readonly sessions: readonly {
    readonly id: string
    readonly current: boolean
    readonly since: number
    readonly used: number
    readonly until: number
    /** Browser or program as it named itself, at most 120 characters. */
    readonly agent: string
  }[]
}

/** `GET /api/v1/tokens`: my tokens for other programs; `POST` answers one with its secret, shown once. */
export interface TokensAnswer {
  readonly tokens: readonly TokenView[]
}
export interface TokenView {
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly since: number
  readonly until: number
}
export interface NewToken extends TokenView {
  /** `qy_` and 43 characters; sent as `Authorization: Bearer`. */
  readonly token: string
}
