import * as calls from '../api/calls'
import type { Message, Room } from '../api/wire'
import { deviceName } from '../model/device'
import { asksAttention } from '../model/notifications'
import { messageNotification } from '../model/push'
import { installed } from './service-worker'

const ON_KEY = 'chinwag.notify'
const SUBSCRIPTION_KEY = 'chinwag.push'

/**
 * What this device shows of messages while nobody looks at the page: from the page itself while it is open, and by the
 * browser's push service while it is not. The permission is asked for only when a person presses the switch.
 */
class Notifier {
  permission = $state<NotificationPermission | 'unsupported'>(typeof Notification === 'undefined' ? 'unsupported' : Notification.permission)
  wanted = $state(read(ON_KEY) !== null)
  /** Also while no page is open. */
  pushed = $state(read(SUBSCRIPTION_KEY) !== null)

  get on(): boolean {
    return this.permission === 'granted' && this.wanted
  }

  /** Called by a press of the person: nothing else may ask for the permission. */
  async turnOn(publicKey: string | undefined): Promise<void> {
    if (this.permission === 'unsupported') return
    this.permission = await Notification.requestPermission()
    if (this.permission !== 'granted') return
    this.wanted = true
    write(ON_KEY, 'on')
    await this.subscribe(publicKey)
  }

  /** At the switch, and when somebody signs out. */
  async turnOff(): Promise<void> {
    this.wanted = false
    write(ON_KEY, null)
    await this.#unsubscribe()
  }

  /** Tells the server where to push to; again with every start, for a browser may have renewed it. */
  async subscribe(publicKey: string | undefined): Promise<void> {
    const registration = await installed()
    if (!this.on || !publicKey || !registration?.pushManager) return
    const key = bytesOf(publicKey)
    let held = await registration.pushManager.getSubscription()
    // One for another server's key is of no use to this one.
    if (held && !isFor(held, key)) {
      await held.unsubscribe()
      held = null
    }
    const subscription = held ?? (await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }))
    const { endpoint, keys } = subscription.toJSON()
    if (!endpoint || !keys?.p256dh || !keys.auth) return
    const { id } = await calls.subscribePush({ endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth }, device: deviceName(navigator.userAgent) })
    write(SUBSCRIPTION_KEY, id)
    this.pushed = true
  }

  /** A message that arrived while the page is open and nobody looks at it. */
  async show(room: Room, message: Message): Promise<void> {
    if (!this.on) return
    const { title, options } = messageNotification(room, message)
    const registration = await installed()
    if (registration) await registration.showNotification(title, options)
  }

  /** What was shown of a room goes when it is read. */
  async clear(room: string): Promise<void> {
    if (this.permission !== 'granted') return
    const registration = await installed()
    for (const shown of (await registration?.getNotifications({ tag: room })) ?? []) shown.close()
  }

  /** Nothing of anybody's stays on the screen. */
  async takeAway(): Promise<void> {
    this.badge([], 0)
    if (this.permission !== 'granted') return
    const registration = await installed()
    for (const shown of (await registration?.getNotifications()) ?? []) shown.close()
  }

  /** On the icon of the installed page: how many rooms ask for attention. */
  badge(rooms: readonly Room[], now_ms: number): void {
    const count = rooms.filter((room) => asksAttention(room, now_ms)).length
    if (!('setAppBadge' in navigator)) return
    const told = count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge()
    told.catch(() => undefined)
  }

  async #unsubscribe(): Promise<void> {
    const id = read(SUBSCRIPTION_KEY)
    write(SUBSCRIPTION_KEY, null)
    this.pushed = false
    const registration = await installed()
    const held = await registration?.pushManager?.getSubscription()
    await held?.unsubscribe()
    if (id !== null) await calls.unsubscribePush(id).catch(() => undefined)
  }
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

function isFor({ options }: PushSubscription, key: Uint8Array): boolean {
  const held = options.applicationServerKey
  return held !== null && new Uint8Array(held).join() === key.join()
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function write(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key)
    else localStorage.setItem(key, value)
  } catch {
    // Without storage it is asked again next time.
  }
}

export const notifier = new Notifier()
