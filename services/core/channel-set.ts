import { CHANNELS, type Channel } from './notice.ts'

/** Channels as bits: bit i is `CHANNELS[i]`. Unions of them are what matching does most. */
export type ChannelSet = number

const SETS: readonly (readonly Channel[])[] = Array.from({ length: 1 << CHANNELS.length }, (_, set) =>
  CHANNELS.filter((_channel, bit) => (set & (1 << bit)) !== 0),
)

/** The set with one channel in it; empty for a word that is none. */
export function channelBit(channel: Channel): ChannelSet {
  const bit = CHANNELS.indexOf(channel)
  return bit < 0 ? 0 : 1 << bit
}

/** The set of these channels. */
export function channelSet(channels: readonly Channel[]): ChannelSet {
  return channels.reduce((set, channel) => set | channelBit(channel), 0)
}

/** Channels of a set, in the order of CHANNELS. */
export function channelsOf(set: ChannelSet): readonly Channel[] {
  return SETS[set] ?? []
}

/** The officer's page: live, so nothing has to be sent and nothing is counted against a limit. */
export const DESK: ChannelSet = channelBit('desk')

/** Channels that people can be told on; `cap` is read by systems. */
export const DELIVERABLE: readonly Channel[] = CHANNELS.filter((channel) => channel !== 'cap')
