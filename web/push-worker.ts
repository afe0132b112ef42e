/** What a push brings, as far as it is shown. */
interface Letter {
  readonly title: string
  readonly body: string
  /** Id of the alert; '' for a digest. */
  readonly alert: string
  readonly tag: string
  readonly occasion: string
}

// Of the service worker's world (W3C Service Workers, Push API) only what stands here, as the page's own types exclude it.
interface Lasting extends Event {
  waitUntil(done: Promise<unknown>): void
}
interface Pushed extends Lasting {
  readonly data: { json(): unknown } | null
}
interface Tapped extends Lasting {
  readonly notification: Notification
}
interface Tab {
  readonly url: string
  postMessage(message: unknown): void
  focus(): Promise<unknown>
}
interface World {
  readonly registration: ServiceWorkerRegistration
  readonly clients: {
    claim(): Promise<void>
    matchAll(options: {
      readonly type: 'window'
      readonly includeUncontrolled: boolean
    }): Promise<readonly Tab[]>
    openWindow(url: string): Promise<unknown>
  }
  skipWaiting(): Promise<void>
  addEventListener(type: 'install' | 'activate', listener: (event: Lasting) => void): void
  addEventListener(type: 'push', listener: (event: Pushed) => void): void
  addEventListener(type: 'notificationclick', listener: (event: Tapped) => void): void
}
declare const self: World

/** What asks something of somebody stays on the glass until it is answered. */
const ASKING = new Set(['raised', 'graver', 'escalated', 'overdue', 'dispatched', 'whistle', 'reopened'])

function textIn(body: unknown, field: string): string {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, field) : undefined
  return typeof value === 'string' ? value : ''
}

/** Reads a push; one that cannot be read still says that there is something. */
function letterOf(data: Pushed['data']): Letter {
  try {
    const body: unknown = data?.json()
    return {
      title: textIn(body, 'title') || 'Qingyu 晴雨',
      body: textIn(body, 'body'),
      alert: textIn(body, 'alert'),
      tag: textIn(body, 'tag'),
      occasion: textIn(body, 'occasion'),
    }
  } catch {
    return { title: 'Qingyu 晴雨', body: '', alert: '', tag: '', occasion: '' }
  }
}

self.addEventListener('install', () => void self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

self.addEventListener('push', (event) => {
  const { title, body, alert, tag, occasion } = letterOf(event.data)
  event.waitUntil(
    self.registration.showNotification(title, {
      body,
      // One notice an alert: a later one takes its place.
      tag,
      requireInteraction: ASKING.has(occasion),
      data: { alert },
    }),
  )
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const alert = textIn(event.notification.data, 'alert')
  event.waitUntil(openDesk(alert))
})

/** Brings an open desk to the front and has it open the alert; else opens one. */
async function openDesk(alert: string): Promise<void> {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const desk = windows.find(({ url }) => /\/desk(\.html)?($|[?#])/.test(url))
  if (desk !== undefined) {
    desk.postMessage({ alert })
    await desk.focus()
    return
  }
  const query = alert === '' ? '' : `?alert=${encodeURIComponent(alert)}`
  await self.clients.openWindow(new URL(`desk${query}`, self.registration.scope).href)
}

// A module to the compiler, so that its `self` is its own; nothing of it stays in what is built.
export {}
