import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** Outcome of a look at a password. `busy`: too many wait to be verified, try again. */
export type Verdict = 'right' | 'wrong' | 'busy'

/** Vendors' accounts. */
export interface Accounts {
  /** Compares a password in time that does not depend on what is wrong with it; never rejects. */
  verify(vendor: string, password: Uint8Array): Promise<Verdict>
  /** Largest payload the operator granted this vendor, bytes; undefined: the general limit. */
  maxPayload(vendor: string): number | undefined
}

// OWASP's least for scrypt is N=2^17; 2^14 with 16 MiB keeps a verification near 50 ms on two old cores, and it is cached.
const COST = { N: 16_384, r: 8, p: 1 }
const HASH_BYTES = 32
const SALT_BYTES = 16
/** Two of the thread pool's four threads at most: the log needs the others. */
const AT_ONCE = 2
/** Verifications that may wait; each holds a name and a password of at most 4 KiB. */
const WAITING = 256

function derive(password: Uint8Array, salt: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, COST, (error, hash) => (error ? reject(error) : resolve(hash)))
  })
}

/** `scrypt$<salt>$<hash>` (base64url) of a password, for `vendors.<name>.password`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const hash = await derive(Buffer.from(password), salt)
  return `scrypt$${salt.toString('base64url')}$${hash.toString('base64url')}`
}

interface Stored {
  readonly salt: Buffer
  readonly hash: Buffer
}

/** A stored hash; null when it is not one, and then no password is right. */
function readStored(text: string): Stored | null {
  const [kind, salt, hash, more] = text.split('$')
  if (kind !== 'scrypt' || !salt || !hash || more !== undefined) return null
  const stored = { salt: Buffer.from(salt, 'base64url'), hash: Buffer.from(hash, 'base64url') }
  return stored.hash.length === HASH_BYTES ? stored : null
}

/** Lets {@link AT_ONCE} through, `most` wait, and refuses more. */
class Turnstile {
  private readonly most: number
  private inside = 0
  private readonly queue: (() => void)[] = []

  constructor(most: number) {
    this.most = most
  }

  enter(): Promise<boolean> {
    if (this.inside < AT_ONCE) {
      this.inside++
      return Promise.resolve(true)
    }
    if (this.queue.length >= this.most) return Promise.resolve(false)
    return new Promise((resolve) => {
      this.queue.push(() => {
        resolve(true)
      })
    })
  }

  leave(): void {
    const next = this.queue.shift()
    if (next === undefined) this.inside--
    else next()
  }
}

type VendorAccounts = Readonly<Record<string, { readonly password: string; readonly maxPayload?: number }>>

/**
 * Accounts from the configuration. Verifying is slow by design; a password found right is remembered as a digest under a key
 * of this process (bound: one a vendor), so that a fleet of devices costs one verification.
 */
export function createAccounts(vendors: VendorAccounts, waiting = WAITING): Accounts {
  const stored = new Map(Object.entries(vendors).map(([name, { password }]) => [name, readStored(password)]))
  const nobody: Stored = { salt: randomBytes(SALT_BYTES), hash: randomBytes(HASH_BYTES) }
  const secret = randomBytes(32)
  const right = new Map<string, Buffer>()
  /** Verifications on their way: as many as the turnstile holds. */
  const verifying = new Map<string, Promise<Verdict>>()
  const turnstile = new Turnstile(waiting)

  const derived = async (vendor: string, password: Uint8Array, digest: Buffer): Promise<Verdict> => {
    if (!(await turnstile.enter())) return 'busy'
    try {
      // A name that does not exist costs the same: names cannot be found out by the clock.
      const account = stored.get(vendor) ?? null
      const hash = await derive(password, (account ?? nobody).salt)
      if (!timingSafeEqual(hash, (account ?? nobody).hash) || account === null) return 'wrong'
      right.set(vendor, digest)
      return 'right'
    } catch {
      return 'busy'
    } finally {
      turnstile.leave()
    }
  }
  const verify = async (vendor: string, password: Uint8Array): Promise<Verdict> => {
    const digest = createHmac('sha256', secret).update(password).digest()
    const known = right.get(vendor)
    if (known !== undefined && timingSafeEqual(known, digest)) return 'right'
    // A fleet that comes back at once with one password waits for one verification.
    const key = `${vendor}/${digest.toString('base64')}`
    let flying = verifying.get(key)
    if (flying === undefined) {
      flying = derived(vendor, password, digest).finally(() => verifying.delete(key))
      verifying.set(key, flying)
    }
    return flying
  }
  return { verify, maxPayload: (vendor) => vendors[vendor]?.maxPayload }
}
