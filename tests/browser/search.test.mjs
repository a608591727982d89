// Finding what was said.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { signIn, signUp } from '../lib/people.mjs'
import { DESKTOP, PHONE } from './window.mjs'
import { withWindows } from './windows.mjs'

const { held, open, allBehaved } = withWindows()

/** Ada in two rooms with Bob, and something said in both. */
async function place(names) {
  const ada = await signUp(held.server, `ada${names}`)
  const bob = await signUp(held.server, `bob${names}`)
  const quay = await ada.createRoom('group', [bob], `Quay ${names}`)
  const mast = await ada.createRoom('group', [bob], `Mast ${names}`)
  await bob.say(quay, 'The lighthouse was painted on Monday')
  for (let n = 1; n <= 80; n++) await ada.say(quay, `filler ${n}`)
  await ada.say(quay, 'Who paints the lighthouse next year?')
  await bob.say(mast, 'I can see the lighthouse from up here')
  return { ada, bob, quay, mast }
}

const seek = (window, words) => window.get('search-input').fill(words)
const finds = (window) => window.get('search-result').allInnerTexts()
const isClean = async (window) => assert.deepEqual(await window.accessibilityFaults(), [])

test('words are found in all rooms, marked, and lead to their message', async () => {
  await place('s1')
  const window = await (await open({ ...DESKTOP, viewport: { width: 1440, height: 900 } })).signIn('adas1')
  await window.isIn()
  await window.openRoom('Mast s1')
  await window.page.keyboard.press('Control+Shift+F')
  await window.get('search-panel').waitFor()
  await isClean(window)
  await seek(window, 'lighthouse')
  await eventually('three finds', async () => (await finds(window)).length === 3)
  assert.deepEqual(await window.get('search-result').first().locator('mark').allInnerTexts(), ['lighthouse'])
  await isClean(window)
  await window.get('search-result').filter({ hasText: 'painted on Monday' }).click()
  await window.get('room-name').getByText('Quay s1').waitFor()
  await window.shows('The lighthouse was painted on Monday')
  await eventually('it in view', () => isInView(window, 'The lighthouse was painted on Monday'))
  // The finds stay beside it, for the next one.
  await window.get('search-result').filter({ hasText: 'from up here' }).click()
  await window.get('room-name').getByText('Mast s1').waitFor()
})

test('the finds are narrowed to a room, a person and days', async () => {
  await place('s2')
  const window = await (await open()).signIn('adas2')
  await window.isIn()
  await window.openRoom('Quay s2')
  await window.get('search-room').click()
  await seek(window, 'lighthouse')
  await eventually('the two of the room', async () => (await finds(window)).length === 2)
  await window.get('filter-person').click()
  await isClean(window)
  await window.pickPerson('bobs2')
  await eventually('Bob’s alone', async () => (await finds(window)).length === 1 && /Monday/.test((await finds(window))[0]))
  await window.get('filter-room-clear').click()
  await eventually('Bob’s of all rooms', async () => (await finds(window)).length === 2)
  await window.get('filter-date').click()
  await window.get('filter-until').fill('2020-01-31')
  await window.get('search-empty').waitFor()
  await isClean(window)
  await window.page.keyboard.press('Escape')
  await window.get('filter-date-clear').click()
  await eventually('them back', async () => (await finds(window)).length === 2)
})

test('the keyboard goes from the field through the finds', async () => {
  await place('s3')
  const window = await (await open({ ...DESKTOP, viewport: { width: 1440, height: 900 } })).signIn('adas3')
  await window.isIn()
  await window.roomItem('Mast s3').focus()
  await window.page.keyboard.press('/')
  await window.get('search-panel').waitFor()
  await eventually('the field to have the focus', () => window.get('search-input').evaluate((field) => field === document.activeElement))
  await window.page.keyboard.type('lighthouse')
  await eventually('three finds', async () => (await finds(window)).length === 3)
  await window.page.keyboard.press('ArrowDown')
  await window.page.keyboard.press('ArrowDown')
  await window.page.keyboard.press('ArrowDown')
  await window.page.keyboard.press('Enter')
  await eventually('the oldest of them in view', async () => (await window.texts()).includes('The lighthouse was painted on Monday'))
  await window.get('search-input').focus()
  await window.page.keyboard.press('Escape')
  await window.get('search-panel').waitFor({ state: 'detached' })
})

test('nothing is found of rooms that one is not in, and nothing that was deleted', async () => {
  const { bob, mast } = await place('s4')
  const stranger = await signUp(held.server, 'strangers4')
  const own = await stranger.createRoom('private', [], 'Cellar s4')
  await stranger.say(own, 'The lighthouse has a cellar')
  const { seq } = await bob.say(mast, 'The lighthouse is on fire')
  const window = await (await open()).signIn('adas4')
  await window.isIn()
  await window.get('search').click()
  await seek(window, 'lighthouse')
  await eventually('four finds', async () => (await finds(window)).length === 4)
  assert.doesNotMatch((await finds(window)).join(), /cellar/)
  await (await signIn(held.server, 'bobs4')).call('DELETE', `/rooms/${mast.id}/messages/${seq}`)
  await seek(window, 'fire')
  await window.get('search-empty').waitFor()
})

test('what was found reads as it does in the room, without the marks it was written with', async () => {
  const { ada, quay } = await place('s6')
  await ada.say(quay, 'The **storm tide** of `1953`: [what the storm took](https://example.org/took), <img src=x onerror="alert(1)">\n\n> no more than a storm')
  const window = await (await open()).signIn('adas6')
  await window.isIn()
  await window.get('search').click()
  await seek(window, 'storm')
  const found = window.get('search-result')
  await eventually('one find', async () => (await found.count()) === 1)
  assert.equal(await found.getByTestId('said').innerText(), 'The storm tide of 1953: what the storm took, <img src=x onerror="alert(1)"> no more than a storm')
  assert.deepEqual(await found.locator('mark').allInnerTexts(), ['storm', 'storm', 'storm'])
  assert.equal(await found.locator('.said img, .said a').count(), 0)
  await isClean(window)
})

test('where no room is beside it the search has all the place, and its menus lie above it', async () => {
  await place('s7')
  const window = await (await open({ ...DESKTOP, viewport: { width: 900, height: 800 } })).signIn('adas7')
  await window.isIn()
  await window.get('search').click()
  await seek(window, 'lighthouse')
  await eventually('three finds', async () => (await finds(window)).length === 3)
  const { x, width } = await window.get('search-panel').boundingBox()
  assert.equal(x + width, 900)
  assert.equal(await window.page.evaluate((x) => document.querySelector('.pane').getBoundingClientRect().left === x, x), true)
  await isClean(window)
  await window.get('filter-room').click()
  await window.get('filter-room-choice').filter({ hasText: 'Mast s7' }).click()
  await eventually('the one of the room', async () => (await finds(window)).length === 1)
  await window.get('search-result').click()
  await window.get('room-name').getByText('Mast s7').waitFor()
  await window.get('search-panel').waitFor({ state: 'detached' })
  // Beside a room it leaves some place to it.
  await window.page.keyboard.press('Control+Shift+F')
  await window.get('search-panel').waitFor()
  await eventually('the room beside it', async () => (await window.get('search-panel').boundingBox()).width < 500)
})

test('on a phone what was found takes the place of the search', async () => {
  await place('s5')
  const window = await (await open(PHONE)).signIn('adas5')
  await window.isIn()
  await window.get('search').click()
  await seek(window, 'painted')
  await window.get('search-result').first().waitFor()
  await isClean(window)
  await window.get('search-result').first().click()
  await window.get('search-panel').waitFor({ state: 'detached' })
  await window.shows('The lighthouse was painted on Monday')
})

allBehaved()

function isInView(window, text) {
  return window.row(text).evaluate((row) => {
    const { top, bottom } = row.getBoundingClientRect()
    const view = row.closest('[role=region]').getBoundingClientRect()
    return top >= view.top && bottom <= view.bottom
  })
}
