/** `GET /api/v1/push/key`: application server key (RFC 8292), null where the operator turned Web Push off. */
export interface PushKeyAnswer {
  readonly key: string | null
}
/** `POST /api/v1/push`: what the browser's PushManager gave (RFC 8030). */
export interface PushBody {
  readonly endpoint: string
  readonly keys: { readonly p256dh: string; readonly auth: string }
}
