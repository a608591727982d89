// Takes the pictures of the README. Only run by `make screenshots`.
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Server } from '../lib/server.mjs'
import { eventually } from '../lib/patience.mjs'
import { demo } from './demo.mjs'
import { closeAll, launch, PHONE, Window } from './window.mjs'

const folder = fileURLToPath(new URL('../../docs/img', import.meta.url))
mkdirSync(folder, { recursive: true })
const server = await Server.start()
try {
  const { people, rooms } = await demo(server)
  const browser = await launch()
  const devices = { desktop: { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1.35 }, phone: PHONE }
  for (const [device, options] of Object.entries(devices)) {
    for (const colorScheme of ['light', 'dark']) {
      // Somebody is there besides Ada, and writing.
      const grace = await Window.open(browser, server, { colorScheme })
      await grace.signIn('grace')
      await grace.isIn()
      await grace.openRoom('Harbour')
      const ada = await Window.open(browser, server, { ...options, colorScheme })
      await ada.signIn('ada')
      await ada.isIn()
      await ada.get('room-item').first().waitFor()
      await ada.roomItem('Grace Hopper').getByText('online', { exact: true }).waitFor({ state: 'attached' })
      await ada.page.evaluate(() => document.fonts.ready)
      if (device === 'phone') await ada.page.screenshot({ path: `${folder}/${device}-rooms-${colorScheme}.png` })
      await ada.openRoom('Harbour')
      await ada.shows('Reading it now. Thank you!')
      if (device === 'desktop') {
        await grace.type('And the release notes')
        await ada.get('typing').getByText(/Grace/).waitFor()
      }
      // Nothing under the pointer is lit up.
      await ada.page.mouse.move(1, 1)
      await ada.page.evaluate(() => document.fonts.ready)
      await drawn(ada)
      await ada.page.screenshot({ path: `${folder}/${device}-${colorScheme}.png` })
      if (device === 'desktop' && colorScheme === 'light') {
        await ada.page.setViewportSize({ width: 1180, height: 740 })
        await ada.page.keyboard.press('Control+Shift+F')
        await ada.get('search-input').fill('round')
        await ada.get('search-result').first().waitFor()
        await ada.page.screenshot({ path: `${folder}/search-light.png` })
      }
      await ada.close()
      await grace.close()
    }
  }
  await administration(browser, people, rooms.lunch)
  console.log(`wrote the pictures of ${Object.keys(rooms).length} rooms and ${Object.keys(people).length} people to docs/img`)
} finally {
  await closeAll()
  await server.stop()
}

/** All pictures of the page are drawn. */
function drawn(window) {
  return eventually('the pictures on the page', () => window.page.evaluate(() => [...document.images].every((image) => image.complete && image.naturalWidth > 0)))
}

/** What whoever looks after the server sees while people talk. */
async function administration(browser, { ada, grace }, room) {
  const window = await Window.open(browser, server, { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1.35, colorScheme: 'dark' })
  await window.signIn(ada.name)
  await window.isIn()
  await window.goto('/admin')
  await window.get('as-table').first().click()
  // Charts are something to look at once there are some moments to draw.
  for (let moments = 0; moments < 12; moments = await window.page.locator('.chart tbody tr').count()) {
    for (let n = 0; n < 3 + (moments % 5) * 4; n++) await grace.say(room, 'Soup it is.')
  }
  await window.get('as-table').first().click()
  await window.page.mouse.move(1, 1)
  await drawn(window)
  await window.page.screenshot({ path: `${folder}/admin-dark.png` })
  await window.close()
}
