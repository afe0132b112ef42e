/**
 * What stands in Redis, for all who read it beside Qingyu. `P` is redis.prefix, `N` a partition: 0 and up those of the log, then
 * the roll-up of the areas above the partition level, then the score of the cluster, then the alert stage. All keys of a
 * partition carry one hash tag, so that they lie on one node of a Redis Cluster. Times are ms since 1970 unless they are
 * written out.
 *
 * | key                            | type   | holds |
 * | ------------------------------ | ------ | ----- |
 * | `{P:N}:levels`                 | hash   | area code → JSON `{level, since, rule, reason, indicator, value}` now in force; `since` is ISO 8601 |
 * | `{P:N}:ticks`                  | stream | entry `<tick>-0`: `r` the tick record (JSON, core/change TickRecord), `o` the offset of the log it reaches |
 * | `{P:N}:l/<area>`               | sorted set | level history of an area (index in the grid), scored by tick; members as redis-line.ts packs them |
 * | `{P:N}:r/<area>/<indicator>/D` | string | readings of day D since 1970: 20 bytes each, little-endian: start of the pane and value (doubles), samples (uint32); of two lines with one pane the later holds |
 * | `{P:N}:days`                   | sorted set | the keys of readings, scored by day |
 * | `{P:N}:minutes`                | sorted set | `<tick> <offset>` once a minute, scored by tick |
 * | `{P:N}:head`                   | hash   | `offset` and `at` of the last commit, `owner` and `claim` of the process that may write, `floor` the lowest tick from which none was dropped, `kept` the oldest pane of readings; `chunks`, `merged`, `toOffset`, `toAt` while a large commit is being merged |
 * | `{P:N}:state`                  | hash   | windows, levels and sources as core/partition packs them; incidents, alerts and notices as core/alert-record names them |
 * | `{P:N}:next`                   | hash   | a large commit on its way |
 * | `P:lease/alert`                | string | who watches over incidents and alerts; gone 3 s after it was renewed last |
 * | `P:lease/archive`              | string | who writes the archive, likewise |
 * | `P:belongs`                    | hash   | city, grid version, partitions, epoch of the log, layout of these keys |
 * | `{P:letters/<vendor>}`         | list   | dead letters as JSON, newest first |
 * | `P:vendors`                    | set    | vendors with dead letters |
 * | `{P:registry}:<kind>`          | hash   | sessions, tokens, push subscriptions, secrets: key → JSON (ports.RegistryEntry) |
 * | `{P:registry}:<kind>/<person>` | sorted set | keys of a person's entries, scored by when they were put |
 * | `{P:registry}:numbers`         | string | entries put so far |
 *
 * On channel `P:ticks` the number of a partition is published after each of its commits. Only Qingyu may write; `HGETALL`,
 * `XRANGE` and `SUBSCRIBE` are for everybody.
 */
export interface PartitionKeys {
  readonly head: string
  readonly state: string
  readonly ticks: string
  readonly levels: string
  readonly next: string
  readonly minutes: string
  readonly days: string
}

/** Layout of the keys; another one is refused with ST-prefix. */
export const LAYOUT = '1'

/** Length of a day of readings, ms. */
export const DAY_MS = 86_400_000

const tagOf = (prefix: string, partition: number): string => `{${prefix}:${partition}}:`

/** The fixed keys of a partition. */
export function keysOf(prefix: string, partition: number): PartitionKeys {
  const tag = tagOf(prefix, partition)
  return {
    head: `${tag}head`,
    state: `${tag}state`,
    ticks: `${tag}ticks`,
    levels: `${tag}levels`,
    next: `${tag}next`,
    minutes: `${tag}minutes`,
    days: `${tag}days`,
  }
}

/** Key of an area's level history. */
export function levelsKey(prefix: string, partition: number, area: number): string {
  return `${tagOf(prefix, partition)}l/${area}`
}

/** Key of one day of an area's readings; `day` counts from 1970. */
export function readingsKey(
  prefix: string,
  partition: number,
  area: number,
  indicator: string,
  day: number,
): string {
  return `${tagOf(prefix, partition)}r/${area}/${indicator}/${day}`
}

/** Day in a key that {@link readingsKey} made. */
export function dayOf(key: string): number {
  return Number(key.slice(key.lastIndexOf('/') + 1))
}

/** Key of what the prefix belongs to. */
export function belongsKey(prefix: string): string {
  return `${prefix}:belongs`
}

/** What only one process of a cluster may do at a time. */
export type Lease = 'alert' | 'archive'

/** Key of a lease. */
export function leaseKey(prefix: string, lease: Lease): string {
  return `${prefix}:lease/${lease}`
}

/** Channel on which commits are told. */
export function channelOf(prefix: string): string {
  return `${prefix}:ticks`
}

/** Key of a vendor's dead letters. */
export function lettersKey(prefix: string, vendor: string): string {
  return `{${prefix}:letters/${vendor}}`
}

/** Key of the vendors that have dead letters. */
export function vendorsKey(prefix: string): string {
  return `${prefix}:vendors`
}

/** Keys of what is kept of people: entries of a kind, their order for a person, and the count of puts; one node holds them all. */
export function registryKeys(prefix: string, kind: string, person: string): [string, string, string] {
  const tag = `{${prefix}:registry}:`
  return [`${tag}${kind}`, `${tag}${kind}/${person}`, `${tag}numbers`]
}
