// Who people are, and whether they are there.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { PNG } from '../lib/png.mjs'
import { PHONE } from './window.mjs'
import { withWindows } from './windows.mjs'

const { open, allBehaved } = withWindows()

async function pair(names, options) {
  const ada = await (await open(options)).signUp(`ada${names}`, `Ada ${names}`)
  const bob = await (await open()).signUp(`bob${names}`, `Bob ${names}`)
  await bob.createRoom(`Room ${names}`, 'group', [`ada${names}`])
  await ada.openRoom(`Room ${names}`)
  await ada.say('hello')
  await bob.shows('hello')
  return { ada, bob }
}

async function settings(window, section) {
  await window.get('user-menu').click()
  await window.get('settings').click()
  await window.get(`settings-${section}`).click()
}
const isClean = async (window) => assert.deepEqual(await window.accessibilityFaults(), [])
/** The name above a message leads to its sender's card. */
const card = async (window, name) => {
  await window.get('timeline').getByTestId('person').filter({ hasText: name }).first().click()
  await window.get('profile-card').waitFor()
}

test('one changes how one is called and what one says of oneself, and others see it at once', async () => {
  const { ada, bob } = await pair('p1')
  await settings(ada, 'profile')
  await isClean(ada)
  await ada.get('profile-name').fill('Countess of Lovelace')
  await ada.get('profile-about-input').fill('Weaves algebraic patterns.')
  await ada.get('save-profile').click()
  await ada.page.getByText('Your profile is saved.').waitFor()
  await ada.page.keyboard.press('Escape')
  await ada.get('user-menu').getByText('Countess of Lovelace').waitFor()
  await bob.get('timeline').getByTestId('person').filter({ hasText: 'Countess of Lovelace' }).first().waitFor()
  await card(bob, 'Countess')
  await bob.get('profile-about').getByText('Weaves algebraic patterns.').waitFor()
  await isClean(bob)
  await bob.get('profile-message').click()
  await bob.get('room-name').getByText('Countess of Lovelace').waitFor()
})

test('a picture is cut to a square, and seen wherever its owner is', async () => {
  const { ada, bob } = await pair('p2')
  await settings(ada, 'profile')
  await ada.get('avatar-file').setInputFiles([{ name: 'me.png', mimeType: 'image/png', buffer: PNG.of(300, 200, [200, 80, 40]) }])
  await ada.get('crop').waitFor()
  await ada.get('crop-zoom').fill('2')
  await ada.get('crop').getByRole('group').press('ArrowRight')
  await isClean(ada)
  await ada.get('crop-done').click()
  await ada.get('remove-avatar').waitFor()
  const face = bob.row('hello').locator('.avatar img')
  await eventually('Ada’s face', () => face.evaluateAll(([image]) => image?.naturalWidth > 0))
  await bob.page.reload()
  await eventually('it to be there after a reload', () => face.evaluateAll(([image]) => image?.naturalWidth > 0))
  await ada.get('remove-avatar').click()
  await face.waitFor({ state: 'detached' })
})

test('a file that is no picture is refused with a word about it', async () => {
  const { ada } = await pair('p3')
  await settings(ada, 'profile')
  await ada.get('avatar-file').setInputFiles([{ name: 'me.png', mimeType: 'image/png', buffer: Buffer.from('no picture') }])
  await ada.page.getByText('not a picture').waitFor()
})

test('others see that one is not to be disturbed, and why', async () => {
  const { ada, bob } = await pair('p4')
  await ada.get('user-menu').click()
  await isClean(ada)
  await ada.get('presence-dnd').click()
  await bob.get('members').click()
  const dot = bob.get('member').filter({ hasText: 'Ada p4' }).locator('[data-presence]')
  await eventually('the sign', async () => (await dot.getAttribute('data-presence')) === 'dnd')
  await ada.get('user-menu').click()
  await ada.get('set-status').click()
  await ada.get('status-text').fill('Proving a theorem')
  await isClean(ada)
  await ada.get('status-save').click()
  await ada.get('own-status').getByText('Proving a theorem').waitFor()
  await card(bob, 'Ada p4')
  await bob.get('profile-presence').getByText('Do not disturb · Proving a theorem').waitFor()
  await bob.page.keyboard.press('Escape')
  await ada.get('user-menu').click()
  await ada.get('presence-auto').click()
  await eventually('Ada to be back', async () => (await dot.getAttribute('data-presence')) === 'online')
})

test('who has gone was last seen then', async () => {
  const { ada, bob } = await pair('p5')
  await ada.close()
  await card(bob, 'Ada p5')
  await bob.get('profile-presence').getByText(/Last seen/).waitFor()
})

test('on a phone a card comes up from below', async () => {
  const { ada } = await pair('p6', PHONE)
  await card(ada, 'Ada p6')
  await isClean(ada)
  await ada.get('edit-profile').click()
  await ada.get('profile-name').waitFor()
  await isClean(ada)
})

allBehaved()
