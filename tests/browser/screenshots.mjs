// Takes the pictures of the README. Only run by `make screenshots`.
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Server } from '../lib/server.mjs'
import { demo } from './demo.mjs'
import { closeAll, launch, PHONE, Window } from './window.mjs'

const folder = fileURLToPath(new URL('../../docs/img', import.meta.url))
mkdirSync(folder, { recursive: true })
const server = await Server.start()
try {
  const { people, rooms } = await demo(server)
  const browser = await launch()
  const devices = { desktop: { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 2 }, phone: PHONE }
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
      await ada.page.screenshot({ path: `${folder}/${device}-${colorScheme}.png` })
      await ada.close()
      await grace.close()
    }
  }
  console.log(`wrote the pictures of ${Object.keys(rooms).length} rooms and ${Object.keys(people).length} people to docs/img`)
} finally {
  await closeAll()
  await server.stop()
}
