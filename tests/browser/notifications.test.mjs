// What tells of messages while nobody looks.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, within } from '../lib/patience.mjs'
import { withWindows } from './windows.mjs'

const { held, open, allBehaved } = withWindows()

async function pair(names) {
  const ada = await open()
  await ada.context.grantPermissions(['notifications'], { origin: held.server.url })
  // Chromium's own push service is not asked: it is somewhere else.
  await ada.page.addInitScript(() => {
    globalThis.displayed = []
    const show = ServiceWorkerRegistration.prototype.showNotification
    ServiceWorkerRegistration.prototype.showNotification = async function (title, options) {
      await show.call(this, title, options)
      globalThis.displayed.push(options.body)
    }
    globalThis.asked = 0
    const ask = Notification.requestPermission.bind(Notification)
    Notification.requestPermission = () => (globalThis.asked++, ask())
    const key = new Uint8Array(65).fill(4)
    let held = null
    PushManager.prototype.getSubscription = async () => held
    PushManager.prototype.subscribe = async ({ applicationServerKey }) =>
      (held = {
        options: { applicationServerKey: applicationServerKey.buffer },
        unsubscribe: async () => ((held = null), true),
        toJSON: () => ({ endpoint: 'https://push.example/ada', keys: { p256dh: encode(key), auth: encode(key.slice(0, 16)) } }),
      })
    const encode = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  })
  await ada.signUp(`ada${names}`)
  const bob = await (await open()).signUp(`bob${names}`)
  await ada.createRoom(`Room ${names}`, 'group', [`bob${names}`])
  await bob.openRoom(`Room ${names}`)
  return { ada, bob }
}

async function turnOn(window) {
  await window.get('user-menu').click()
  await window.get('settings').click()
  await window.get('settings-notifications').click()
  await window.get('notify').click()
  await window.page.locator('[data-testid=notify][data-state=checked]').waitFor()
}

/** As when another window lies over it. */
const lookAway = (window) =>
  window.page.evaluate(() => {
    document.hasFocus = () => false
    dispatchEvent(new Event('blur'))
  })
const shown = (window) =>
  window.page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration()
    return ((await registration?.getNotifications()) ?? []).map(({ title, body, tag, data }) => ({ title, body, tag, url: data.url }))
  })
/**
 * Waits until the page has shown this. Only then may Chromium be asked for what is there: one that appears while it
 * answers is not in its answer, and is taken for one that was closed.
 */
const hasShown = (window, body) => eventually(`“${body}” to be shown`, () => window.page.evaluate((body) => globalThis.displayed.at(-1) === body, body))
/** A press on what is shown, as the service worker hears of it. */
const press = (worker) =>
  worker.evaluate(async () => {
    const [notification] = await registration.getNotifications()
    dispatchEvent(new NotificationEvent('notificationclick', { notification }))
  })
const isClean = async (window) => assert.deepEqual(await window.accessibilityFaults(), [])

test('the browser is asked for its permission only when the person presses the switch', async () => {
  const { ada, bob } = await pair('n1')
  await bob.say('one')
  await ada.shows('one')
  await lookAway(ada)
  await bob.say('two')
  await ada.shows('two')
  assert.equal(await ada.page.evaluate(() => globalThis.asked), 0)
  assert.deepEqual(await shown(ada), [])
  await turnOn(ada)
  assert.equal(await ada.page.evaluate(() => globalThis.asked), 1)
  await isClean(ada)
})

test('a message that nobody sees arrive is shown, goes when it is read, and leads to itself', async () => {
  const { ada, bob } = await pair('n2')
  await turnOn(ada)
  await ada.page.keyboard.press('Escape')
  await bob.say('seen at once')
  await ada.shows('seen at once')
  await lookAway(ada)
  await bob.say('**knock** knock')
  await hasShown(ada, 'bobn2: knock knock')
  assert.deepEqual(
    (await shown(ada)).map(({ title, body }) => [title, body]),
    [['Room n2', 'bobn2: knock knock']],
  )
  await bob.say('who is there?')
  await hasShown(ada, 'bobn2: who is there?')
  assert.deepEqual(
    (await shown(ada)).map(({ body }) => body),
    ['bobn2: who is there?'],
  )
  await ada.createRoom('Elsewhere n2', 'group')
  const [worker] = ada.context.serviceWorkers()
  await press(worker)
  await ada.get('room-name').getByText('Room n2').waitFor()
  await ada.shows('who is there?')
  await eventually('nothing left to show', async () => (await shown(ada)).length === 0)
})

test('what is pushed is shown without the page’s help, and opens the room at the message', async () => {
  const { ada, bob } = await pair('n3')
  await turnOn(ada)
  await ada.page.keyboard.press('Escape')
  for (let n = 1; n <= 60; n++) await bob.say(`number ${n}`)
  await ada.shows('number 60')
  const room = new URL(bob.page.url()).pathname.split('/')[2]
  await ada.createRoom('Elsewhere n3', 'group')
  const session = await ada.context.newCDPSession(ada.page)
  const registrations = new Promise((done) => session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => registrations.length > 0 && done(registrations)))
  await session.send('ServiceWorker.enable')
  const [{ registrationId }] = await registrations
  const pushed = { type: 'message', room, seq: 5, title: 'Room n3', body: 'bobn3: number 5', badge: 1, url: `/r/${room}/messages/5`, tag: room }
  const [worker] = ada.context.serviceWorkers()
  await worker.evaluate(() => {
    const show = ServiceWorkerRegistration.prototype.showNotification
    globalThis.showing = new Promise((done) => {
      ServiceWorkerRegistration.prototype.showNotification = function (...given) {
        const showing = show.apply(this, given)
        showing.then(done, done)
        return showing
      }
    })
  })
  await session.send('ServiceWorker.deliverPushMessage', { origin: held.server.url, registrationId, data: JSON.stringify(pushed) })
  await within('the push to be shown', worker.evaluate(() => globalThis.showing))
  assert.deepEqual(
    (await shown(ada)).map(({ body }) => body),
    ['bobn3: number 5'],
  )
  await press(worker)
  await ada.get('room-name').getByText('Room n3').waitFor()
  await ada.shows('number 5')
  await eventually('it in view', () =>
    ada.row('number 5').evaluate((row) => {
      const { top, bottom } = row.getBoundingClientRect()
      return top >= 0 && bottom <= innerHeight
    }),
  )
})

test('the server learns where to push to, and that it shall not any more', async () => {
  const { ada } = await pair('n4')
  const told = ada.page.waitForResponse((response) => response.url().endsWith('/api/v1/push/subscriptions'))
  await turnOn(ada)
  assert.equal((await told).status(), 200)
  await ada.get('dialog').getByText('Also while Chinwag is closed.').waitFor()
  const forgotten = ada.page.waitForResponse((response) => response.request().method() === 'DELETE' && response.url().includes('/push/subscriptions/'))
  await ada.get('notify').click()
  assert.equal((await forgotten).status(), 204)
})

test('a room is set to tell less or to be silent, on all devices, and looks it', async () => {
  const { ada, bob } = await pair('n5')
  await turnOn(ada)
  await ada.page.keyboard.press('Escape')
  const other = await (await open()).signIn('adan5')
  await other.isIn()
  await ada.get('room-menu').click()
  await ada.get('room-notifications').click()
  await isClean(ada)
  await ada.get('mute').filter({ hasText: '8 hours' }).click()
  await ada.get('muted').getByText(/Muted until/).waitFor()
  await isClean(ada)
  for (const window of [ada, other]) await window.roomItem('Room n5').getByText('Muted').waitFor({ state: 'attached' })
  await ada.page.keyboard.press('Escape')
  await lookAway(ada)
  await bob.say('unheard @adan5')
  await ada.shows('unheard @adan5')
  assert.deepEqual(await shown(ada), [])
  await ada.get('room-menu').click()
  await ada.get('room-notifications').click()
  await ada.get('unmute').click()
  await ada.get('level-mentions').click()
  await ada.page.locator('[data-testid=level-mentions][data-state=checked]').waitFor()
  await ada.page.keyboard.press('Escape')
  await other.roomItem('Room n5').getByText('Muted').waitFor({ state: 'detached' })
  await bob.say('a murmur')
  await bob.say('listen, @adan5')
  await hasShown(ada, 'bobn5: listen, @adan5')
  assert.deepEqual(await ada.page.evaluate(() => globalThis.displayed), ['bobn5: listen, @adan5'])
  assert.deepEqual(
    (await shown(ada)).map(({ body }) => body),
    ['bobn5: listen, @adan5'],
  )
  await ada.page.reload()
  await ada.isIn()
  await ada.get('user-menu').click()
  await ada.get('settings').click()
  await ada.get('settings-notifications').click()
  await ada.get('special-room').getByText('Only mentions').waitFor()
})

allBehaved()
