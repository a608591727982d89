import { readPushed } from './pushed'

/**
 * Shows what is pushed while no page is open, and opens the message that is pressed. It keeps no copy of the page:
 * what is shown is always the server's own.
 */
declare const self: ServiceWorkerGlobalScope

const ICON = '/icon-192.png'

self.addEventListener('install', () => void self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

self.addEventListener('push', (event) => {
  const pushed = readPushed(event.data?.text() ?? '')
  // Browsers take the permission away from those who are pushed to and show nothing.
  const shown = pushed
    ? self.registration.showNotification(pushed.title, { body: pushed.body, tag: pushed.tag, data: { url: pushed.url }, icon: ICON })
    : self.registration.showNotification('Chinwag', { body: 'There is something new.', tag: 'chinwag', data: { url: '/' }, icon: ICON })
  event.waitUntil(Promise.all([shown, badge(pushed?.badge)]))
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const data = event.notification.data as { url?: string } | null
  event.waitUntil(open(data?.url ?? '/'))
})

/** A page that is open already goes there; else a new one is opened. */
async function open(url: string): Promise<void> {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const page = pages.find((page) => page.focused) ?? pages.find((page) => page.visibilityState === 'visible') ?? pages[0]
  if (!page) {
    await self.clients.openWindow(url)
    return
  }
  page.postMessage({ type: 'open', url })
  // Refused where the browser does not take this for a press of the person.
  await page.focus().catch(() => undefined)
}

async function badge(count: number | undefined): Promise<void> {
  if (count === undefined || !('setAppBadge' in navigator)) return
  await navigator.setAppBadge(count).catch(() => undefined)
}
