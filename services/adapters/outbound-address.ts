import { lookup, type LookupAddress, type LookupAllOptions } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/** Longest address of a person's channel that is looked at. */
const MOST_CHARACTERS = 2_048

/** Special IPv4 networks (IANA registry, RFC 6890), and the address that Azure answers its machines on. */
const SPECIAL_4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  // Shared by providers (RFC 6598); Alibaba Cloud serves its metadata in it.
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Link-local: metadata of nearly every cloud.
  ['169.254.0.0', 16],
  ['168.63.129.16', 32],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const
/** Inside the global unicast block: protocols of the IETF with Teredo, documentation, 6to4 (which holds any IPv4 address). */
const SPECIAL_6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const

const special = new BlockList()
for (const [net, prefix] of SPECIAL_4) special.addSubnet(net, prefix, 'ipv4')
for (const [net, prefix] of SPECIAL_6) special.addSubnet(net, prefix, 'ipv6')
/** All other IPv6 is loopback, mapped or translated IPv4, ULA, link-local, multicast or not given out. */
const global6 = new BlockList()
global6.addSubnet('2000::', 3, 'ipv6')

/** Whether an IP address belongs to the public internet; false for anything that is none. */
export function isPublic(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !special.check(address, 'ipv4')
  if (family !== 6 || address.includes('%')) return false
  return global6.check(address, 'ipv6') && !special.check(address, 'ipv6')
}

/** Where the program may send on behalf of people. */
export interface Reach {
  /** Hosts in private networks that are permitted, as names or IP addresses. */
  readonly permitted: readonly string[]
  /** How names are resolved; a test's own, else the system's. */
  readonly resolve?: (
    name: string,
    options: LookupAllOptions,
    done: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
  ) => void
}

const bare = (host: string) => host.toLowerCase().replace(/^\[|\]$|\.$/g, '')

/** Whether a host is one that the operator permitted by name. */
export function permits({ permitted }: Reach, host: string): boolean {
  return permitted.some((each) => bare(each) === bare(host))
}

/** Why nothing may be sent there. */
export type AddressFault = 'no-url' | 'scheme' | 'credentials' | 'private'

/**
 * The URL of an address that letters may go to, or what is wrong with it. The URL standard has already turned decimal, octal, hex
 * and full-width spellings of an IP address into the plain one, and names into ASCII; names are checked once more where they lead.
 */
export function endpointOf(text: string, reach: Reach): URL | AddressFault {
  // Blanks and controls are cut out by the parser: what is checked would not be what was written.
  // oxlint-disable-next-line no-control-regex
  if (text.length > MOST_CHARACTERS || /[\u0000-\u0020\u007f]/.test(text) || !URL.canParse(text))
    return 'no-url'
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'scheme'
  if (url.username !== '' || url.password !== '') return 'credentials'
  const host = bare(url.hostname)
  if (permits(reach, host)) return url
  if (/(^|\.)localhost$/.test(host) || (isIP(host) !== 0 && !isPublic(host))) return 'private'
  return url
}

/** A name that leads into a private network. */
export class PrivateNetwork extends Error {
  constructor() {
    super('leads into a private network')
    this.name = 'PrivateNetwork'
  }
}

/**
 * Resolves names for a connection and refuses those of which any address is not public. The connection goes to what is answered
 * here, so that a name that changes between check and use (DNS rebinding) gains nothing.
 */
export function guardedLookup(reach: Reach): LookupFunction {
  const resolve = reach.resolve ?? lookup
  return (name, options, callback) => {
    resolve(name, { ...options, all: true }, (error, found) => {
      const [first] = found ?? []
      if (error !== null || first === undefined) {
        callback(error ?? Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '')
        return
      }
      if (!permits(reach, name) && !found.every(({ address }) => isPublic(address)))
        callback(new PrivateNetwork(), '')
      else if (options.all === true) callback(null, found)
      else callback(null, first.address, first.family)
    })
  }
}
