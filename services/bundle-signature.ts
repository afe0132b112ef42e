import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto'
import { readBundleSignature, signedText, type BundleSignature } from './core/bundle-manifest.ts'
import type { BundleView } from './core/replay-wire.ts'
import type { Registry } from './ports.ts'

/** Key of the registry's entry, a 'secret', that holds the installation's private key (PKCS #8, base64). */
export const BUNDLE_KEY = 'bundle-key'
/** Later than any clock: the key of an installation does not run out. */
const NEVER = Number.MAX_SAFE_INTEGER

/** The key of an installation. */
export interface BundleKey {
  readonly fingerprint: string
  /** Vouches for a manifest, as made at `made` (ms). The same key, manifest and time give the same signature (RFC 8032). */
  sign(manifest: Uint8Array, made: number): BundleSignature
}

/** SHA-256 of a public key (SPKI, DER) as `ab12:cd34:…`. */
export function fingerprintOf(key: Uint8Array): string {
  const digits = createHash('sha256').update(key).digest('hex')
  return (digits.match(/.{4}/g) ?? []).join(':')
}

/** The installation's key, made when it is first asked for and kept in the registry. */
export async function bundleKey(registry: Pick<Registry, 'found'>): Promise<BundleKey> {
  const { privateKey } = generateKeyPairSync('ed25519')
  const value = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')
  const kept = await registry.found({ kind: 'secret', key: BUNDLE_KEY, person: '', value, expires: NEVER })
  return keyFrom(kept.value)
}

/** The key that a registry's entry holds. */
export function keyFrom(value: string): BundleKey {
  const privateKey = createPrivateKey({ key: Buffer.from(value, 'base64'), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  return {
    fingerprint: fingerprintOf(spki),
    sign: (manifest, made) => ({
      format: 1,
      algorithm: 'Ed25519',
      made,
      key: spki.toString('base64'),
      signature: sign(null, signedText(manifest, made), privateKey).toString('base64'),
    }),
  }
}

/** Who vouches for a bundle. */
export interface Vouched {
  readonly by: BundleView['signature']
  /** Fingerprint; '' where there is no key. */
  readonly key: string
  /** When it was made as the signature says, ms; 0 where there is none. */
  readonly made: number
}

/** Checks the signature of a manifest against the own key (fingerprint; '' for none) and those that the operator trusts. */
export function vouchedFor(
  manifest: Uint8Array,
  signature: Uint8Array,
  { own, trusted }: { readonly own: string; readonly trusted: readonly string[] },
): Vouched {
  const read = readBundleSignature(signature)
  const key = read === null ? null : publicKey(read.key)
  if (read === null || key === null) return { by: 'broken', key: '', made: read?.made ?? 0 }
  const fingerprint = fingerprintOf(Buffer.from(read.key, 'base64'))
  const told = { key: fingerprint, made: read.made }
  if (!verify(null, signedText(manifest, read.made), key, Buffer.from(read.signature, 'base64')))
    return { by: 'broken', ...told }
  if (fingerprint === own) return { by: 'own', ...told }
  return { by: trusted.includes(fingerprint) ? 'trusted' : 'unknown', ...told }
}

function publicKey(text: string): KeyObject | null {
  try {
    const key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' })
    return key.asymmetricKeyType === 'ed25519' ? key : null
  } catch {
    return null
  }
}
