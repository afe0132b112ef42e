import type { Person } from './core/person.ts'

/** What a session is by: a password, nothing (a demo on this machine), or a token for another program. */
export type SessionKind = 'session' | 'demo' | 'token'

/** Somebody who has shown who they are. */
export interface Principal {
  /** As registered now; a token may lower the role. */
  readonly person: Person
  readonly kind: SessionKind
  /** Names the session or token to its owner; no secret. */
  readonly id: string
  /** By which the registry knows it: SHA-256 of its secret. */
  readonly key: string
  readonly since: number
  /** Last time it was used, to the minute, ms. */
  readonly used: number
  /** When it ends unless it is used, and when it ends anyway, ms. */
  readonly idleUntil: number
  readonly until: number
  /** Browser or program as it named itself. */
  readonly agent: string
}

/** A try to sign in; its door bounds the lengths. */
export interface Attempt {
  readonly person: string
  readonly password: string
  /** IP address it comes from. */
  readonly address: string
  /** True when it comes from this machine and asks for it by a name of the loopback. */
  readonly local: boolean
  readonly agent: string
  /** The cookie that came along: what it opened is closed. */
  readonly cookie: string | undefined
}

/** What a request shows. */
export interface Shown {
  readonly cookie: string | undefined
  readonly bearer: string | undefined
}

/** A token for another program, with its secret where it was just made. */
export interface Token {
  readonly id: string
  readonly name: string
  readonly readOnly: boolean
  readonly since: number
  readonly until: number
}

/** Sessions and tokens. Everything rejects with ST-unreachable or LG-failed while its store is away. */
export interface SignIn {
  /** Those who may come in without a password from here; nobody outside a demo on loopback. */
  demo(local: boolean): readonly Person[]
  /** SE-credentials, SE-locked or SE-busy; else a new session with a new secret. */
  enter(attempt: Attempt): Promise<{ readonly secret: string; readonly principal: Principal }>
  /** Who shows this; null for nobody. A use prolongs the session. */
  who(shown: Shown): Promise<Principal | null>
  sessions(of: Principal): Promise<readonly Principal[]>
  tokens(of: Principal): Promise<readonly Token[]>
  /** SE-most when there are too many; `until` ms. */
  issue(of: Principal, name: string, until: number, readOnly: boolean): Promise<Token & { secret: string }>
  /** Ends a session or token of the same person; false when there is none of that id. */
  revoke(of: Principal, kind: 'session' | 'token', id: string): Promise<boolean>
  /** Called with the key of a session or token that was ended in this process; the answer takes it back. */
  onEnd(listener: (key: string) => void): () => void
}
