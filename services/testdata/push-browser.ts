import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto'

const text = (value: string) => Buffer.from(value)

/** A browser's half of Web Push: a subscription and what only it can read (RFC 8291). */
export class PushBrowser {
  private readonly keys = createECDH('prime256v1')
  private readonly auth: Buffer = randomBytes(16)

  constructor(secret?: { readonly privateKey: Buffer; readonly auth: Buffer }) {
    if (secret === undefined) this.keys.generateKeys()
    else {
      this.keys.setPrivateKey(secret.privateKey)
      this.auth = secret.auth
    }
  }

  /** The subscription as a page hands it to its server. */
  subscription(endpoint: string): string {
    const keys = {
      p256dh: this.keys.getPublicKey('base64url'),
      auth: this.auth.toString('base64url'),
    }
    return JSON.stringify({ endpoint, expirationTime: null, keys })
  }

  /** The plain text of one aes128gcm record (RFC 8188); throws when it was meant for another. */
  decrypt(body: Buffer): string {
    const salt = body.subarray(0, 16)
    const length = body[20] ?? 0
    const sender = body.subarray(21, 21 + length)
    const sealed = body.subarray(21 + length)
    const shared = this.keys.computeSecret(sender)
    const about = Buffer.concat([text('WebPush: info\0'), this.keys.getPublicKey(), sender])
    const material = Buffer.from(hkdfSync('sha256', shared, this.auth, about, 32))
    const key = hkdfSync('sha256', material, salt, text('Content-Encoding: aes128gcm\0'), 16)
    const nonce = hkdfSync('sha256', material, salt, text('Content-Encoding: nonce\0'), 12)
    const decipher = createDecipheriv('aes-128-gcm', Buffer.from(key), Buffer.from(nonce))
    decipher.setAuthTag(sealed.subarray(-16))
    const padded = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
    return padded.subarray(0, padded.lastIndexOf(2)).toString()
  }
}

/** The claims of a VAPID header (RFC 8292); throws when it is not signed with the key that it names. */
export function vapidClaims(authorization: string): { key: string; aud: unknown; sub: unknown } {
  const [, token = '', key = ''] = /^vapid t=([^,]+), k=(\S+)$/.exec(authorization) ?? []
  const [head = '', claims = '', signature = ''] = token.split('.')
  const point = Buffer.from(key, 'base64url')
  const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')]
  const known = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
  const proof = Buffer.from(signature, 'base64url')
  if (!verify('sha256', text(`${head}.${claims}`), { key: known, dsaEncoding: 'ieee-p1363' }, proof))
    throw new Error('The token is not signed with its key.')
  const { aud, sub } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>
  return { key, aud, sub }
}
