import { signal } from '@preact/signals'
import type { PushBody, PushKeyAnswer } from '../services/core/push-wire.ts'
import { ask } from './desk-api.ts'
import { refusalOf } from './refusal.ts'

/** How push stands on this device. */
export const push = signal<'asking' | 'absent' | 'none' | 'denied' | 'off' | 'on'>('asking')
export const pushFault = signal('')

/** Scope and script of the worker: beside the page, so that it may tell of all that lies below. */
const WORKER = 'push-worker.js'

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const base64 = base64url.replace(/-/g, '+').replace(/_/g, '/')
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
}

function worker(): Promise<ServiceWorkerRegistration> {
  return navigator.serviceWorker.register(new URL(WORKER, location.href))
}

/** Looks how push stands; asks the person for nothing. */
export async function lookAtPush(): Promise<void> {
  if (!('serviceWorker' in navigator) || !('PushManager' in window) || !('Notification' in window)) {
    push.value = 'absent'
    return
  }
  try {
    const { key } = await ask<PushKeyAnswer>('push/key')
    if (key === null) push.value = 'none'
    else if (Notification.permission === 'denied') push.value = 'denied'
    else {
      const known = await navigator.serviceWorker.getRegistration(new URL(WORKER, location.href))
      push.value = (await known?.pushManager.getSubscription()) ? 'on' : 'off'
    }
  } catch (thrown) {
    push.value = 'off'
    pushFault.value = refusalOf(thrown).message
  }
}

/** Asks the person, the browser and the server for push, in that order. Only from a tap. */
export async function turnPushOn(): Promise<void> {
  pushFault.value = ''
  try {
    if ((await Notification.requestPermission()) !== 'granted') {
      push.value = 'denied'
      return
    }
    const { key } = await ask<PushKeyAnswer>('push/key')
    if (key === null) {
      push.value = 'none'
      return
    }
    const registration = await worker()
    await navigator.serviceWorker.ready
    const made = await registration.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: bytesOf(key),
    })
    const { endpoint, keys } = made.toJSON()
    const body: PushBody = {
      endpoint: endpoint ?? '',
      keys: { p256dh: keys?.['p256dh'] ?? '', auth: keys?.['auth'] ?? '' },
    }
    await ask('push', 'POST', body)
    push.value = 'on'
  } catch (thrown) {
    pushFault.value = refusalOf(thrown).message
  }
}

/** Gives the subscription of this device up, here first: a server that does not hear of it is told so by the push service. */
export async function turnPushOff(): Promise<void> {
  pushFault.value = ''
  try {
    const known = await navigator.serviceWorker.getRegistration(new URL(WORKER, location.href))
    const made = await known?.pushManager.getSubscription()
    await made?.unsubscribe()
    push.value = 'off'
    if (made) await ask('push', 'DELETE', { endpoint: made.endpoint })
  } catch (thrown) {
    pushFault.value = refusalOf(thrown).message
  }
}
