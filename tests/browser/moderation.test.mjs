// Keeping the peace: what rooms are set up to be, who is kept out or silent, whom one does not want to hear of.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { signIn, signUp } from '../lib/people.mjs'
import { PHONE } from './window.mjs'
import { withWindows } from './windows.mjs'

const { held, open, allBehaved } = withWindows()

const notes = (window) => window.get('note').allInnerTexts()
const says = (window, text) => eventually(`“${text}” between the messages`, async () => (await notes(window)).includes(text))

async function settings(window, page) {
  await window.get('room-menu').click()
  await window.get('room-settings').click()
  await window.get(`room-page-${page}`).click()
}
const close = async (window) => {
  await window.page.keyboard.press('Escape')
  await window.get('dialog').waitFor({ state: 'detached' })
}
const member = (window, name) => window.get('dialog').getByTestId('member').filter({ hasText: name })

test('who comes, goes and renames is told quietly between the messages', async () => {
  const ada = await (await open()).signUp('ada1', 'Ada')
  await ada.createRoom('Quay', 'public')
  await ada.say('anybody here?')
  await ada.shows('anybody here?')
  const room = (await (await signIn(held.server, 'ada1')).get('/rooms')).rooms[0]
  for (const name of ['ben1', 'cleo1', 'dan1', 'eve1']) {
    const window = await (await open()).signUp(name)
    await (await signIn(held.server, name)).join(room)
    await window.close()
  }
  await says(ada, 'ben1 and 3 others joined')
  const ben = await signIn(held.server, 'ben1')
  await ben.say(room, 'I am')
  await ada.shows('I am')
  await ben.call('DELETE', `/rooms/${room.id}/members/${ben.id}`)
  await says(ada, 'ben1 left')
  await ada.get('room-menu').click()
  await ada.get('rename').click()
  await ada.get('rename-input').fill('Harbour wall')
  await ada.get('rename-submit').click()
  await says(ada, 'You renamed the room to “Harbour wall”')
  assert.deepEqual(await ada.accessibilityFaults(), [])
})

test('a room’s admins say who may do what, and everybody’s page follows', async () => {
  const ada = await (await open()).signUp('ada2', 'Ada')
  const ben = await (await open()).signUp('ben2', 'Ben')
  await ada.createRoom('Notice board', 'private', ['ben2'])
  await ben.openRoom('Notice board')
  await settings(ada, 'permissions')
  assert.deepEqual(await ada.accessibilityFaults(), [])
  await ada.get('may-post-admin').check()
  await ben.get('writing-bar').getByText('Only admins write in this room.').waitFor()
  assert.deepEqual(await ben.accessibilityFaults(), [])
  await ada.get('may-post-member').check()
  await ben.get('composer').waitFor()
  await ada.get('room-page-general').click()
  assert.deepEqual(await ada.accessibilityFaults(), [])
  await ada.get('room-rename').fill('Board')
  await ada.get('room-rename-save').click()
  await ben.get('room-name').getByText('Board').waitFor()
  await ada.get('retention').selectOption({ label: '30 days' })
  await close(ada)
  await says(ben, 'Ada changed the room’s settings')
  const [room] = (await (await signIn(held.server, 'ben2')).get('/rooms')).rooms
  assert.deepEqual(room.settings, { retention_days: 30 })
  // Members who are no admins have nothing to set.
  await ben.get('room-menu').click()
  assert.equal(await ben.get('room-settings').count(), 0)
})

test('in slow mode the field counts down to the next message', async () => {
  const ada = await (await open()).signUp('ada3')
  const ben = await (await open()).signUp('ben3')
  await ada.createRoom('Slow', 'private', ['ben3'])
  await ben.openRoom('Slow')
  await settings(ada, 'general')
  await ada.get('slow-mode').selectOption({ label: 'One message every 5 seconds' })
  await close(ada)
  await ben.say('one')
  await ben.get('slow').getByText('one message every 5 seconds').waitFor()
  assert.equal(await ben.get('send').isDisabled(), true)
  assert.deepEqual(await ben.accessibilityFaults(), [])
  await ben.get('slow').waitFor({ state: 'detached' })
  await ben.say('two')
  await ben.shows('two')
  // Who looks after the room need not wait.
  for (const text of ['three', 'four']) await ada.say(text)
  await eventually('all four', async () => (await ben.texts()).join() === 'one,two,three,four')
})

test('who is muted is told until when, and writes again after', async () => {
  const ada = await (await open()).signUp('ada4', 'Ada')
  const ben = await (await open()).signUp('ben4', 'Ben')
  await ada.createRoom('Quiet', 'private', ['ben4'])
  await ben.openRoom('Quiet')
  await settings(ada, 'members')
  await member(ada, 'Ben').getByTestId('member-menu').click()
  await ada.get('mute').click()
  assert.deepEqual(await ada.accessibilityFaults(), [])
  await ada.get('mute-confirm').click()
  await ben.get('writing-bar').getByText(/You may write again at/).waitFor()
  await eventually('Ben to be told', async () => (await notes(ben)).some((note) => note.startsWith('Ada muted you until')))
  // Also after the page was loaded anew.
  await ben.page.reload()
  await ben.get('writing-bar').waitFor()
  await member(ada, 'Ben').getByTestId('muted').waitFor()
  await member(ada, 'Ben').getByTestId('member-menu').click()
  await ada.get('unmute').click()
  await ben.get('composer').waitFor()
})

test('who is banned is out, cannot come back, and may once the ban is lifted', async () => {
  const ada = await (await open()).signUp('ada5', 'Ada')
  const ben = await (await open()).signUp('ben5', 'Ben')
  await ada.createRoom('Door', 'public')
  const owner = await signIn(held.server, 'ada5')
  const [room] = (await owner.get('/rooms')).rooms
  await (await signIn(held.server, 'ben5')).join(room)
  await ben.openRoom('Door')
  await settings(ada, 'members')
  await member(ada, 'Ben').getByTestId('member-menu').click()
  await ada.get('ban-member').click()
  await ada.get('ban-reason').fill('Shouting')
  assert.deepEqual(await ada.accessibilityFaults(), [])
  await ada.get('ban-confirm').click()
  await says(ada, 'You banned Ben')
  await ben.get('join').waitFor()
  await ben.get('join').click()
  await ben.get('banned').waitFor()
  await ada.get('room-page-bans').click()
  await ada.get('ban').getByText('Shouting').waitFor()
  assert.deepEqual(await ada.accessibilityFaults(), [])
  await ada.get('lift-ban').click()
  await ada.get('no-bans').waitFor()
  await ben.page.reload()
  await ben.get('join').click()
  await ben.get('composer').waitFor()
})

test('who is banned is listed to the last, page by page', async () => {
  const ada = await (await open()).signUp('ada8', 'Ada')
  await ada.createRoom('Gate', 'public')
  const owner = await signIn(held.server, 'ada8')
  const [room] = (await owner.get('/rooms')).rooms
  for (const name of ['ben8', 'cleo8', 'dan8']) {
    const person = await signUp(held.server, name)
    assert.equal((await owner.call('PUT', `/rooms/${room.id}/bans/${person.id}`, {})).status, 204)
  }
  // Small pages, so that few people fill them.
  await ada.page.route('**/api/v1/rooms/*/bans*', (route) => {
    const url = new URL(route.request().url())
    url.searchParams.set('limit', '2')
    return route.continue({ url: url.href })
  })
  await settings(ada, 'bans')
  await ada.get('more-bans').waitFor()
  assert.equal(await ada.get('ban').count(), 2)
  await ada.get('more-bans').click()
  await ada.get('more-bans').waitFor({ state: 'detached' })
  const handles = await ada.get('ban').locator('.handle').allInnerTexts()
  assert.deepEqual(handles.sort(), ['@ben8', '@cleo8', '@dan8'])
})

test('what somebody says whom one has blocked is hidden until asked for', async () => {
  const ada = await (await open()).signUp('ada6', 'Ada')
  const ben = await (await open()).signUp('ben6', 'Ben')
  await ada.createRoom('Common', 'group', ['ben6'])
  await ben.openRoom('Common')
  await ben.say('something unkind')
  await ada.shows('something unkind')
  // The server knows several of that name.
  await ben.get('new-direct').click()
  await ben.pickPerson('ada6')
  await ben.get('room-name').getByText('Ada').waitFor()
  await ben.say('and a hello')
  await ben.shows('and a hello')
  await ada.act('something unkind', 'report')
  await ada.get('reason-abuse').click()
  await ada.get('report-comment').fill('He does this all day.')
  await ada.get('report-block').check()
  assert.deepEqual(await ada.accessibilityFaults(), [])
  await ada.get('report-confirm').click()
  await ada.get('dialog').waitFor({ state: 'detached' })
  await ada.get('blocked-message').waitFor()
  assert.deepEqual(await ada.texts(), ['Message hidden'])
  assert.deepEqual(await ada.accessibilityFaults(), [])
  await ada.get('show-blocked').click()
  await ada.shows('something unkind')
  await ben.say('why?')
  await ben.get('writing-bar').getByText('Ada does not take messages from you.').waitFor()
  assert.deepEqual(await ben.accessibilityFaults(), [])
  await ada.get('user-menu').click()
  await ada.get('settings').click()
  await ada.get('settings-blocked').click()
  await ada.get('blocked').getByText('Ben', { exact: true }).first().waitFor()
  await ada.get('unblock-person').click()
  await ada.get('no-blocks').waitFor()
})

test('on a phone all of it fits', async () => {
  const ada = await (await open(PHONE)).signUp('ada7')
  await ada.createRoom('Pocket', 'public')
  for (const page of ['general', 'permissions', 'members', 'bans', 'hooks', 'export']) {
    await settings(ada, page)
    const wide = await ada.get('dialog').evaluate((dialog) => dialog.scrollWidth > dialog.clientWidth || document.documentElement.scrollWidth > innerWidth)
    assert.equal(wide, false, `${page} is no wider than the screen`)
    assert.deepEqual(await ada.accessibilityFaults(), [])
    await close(ada)
  }
})

test('by the Tab key one comes from message to message’s own links, and past those of others', async () => {
  const ada = await (await open()).signUp('ada10')
  await ada.createRoom('Links', 'public')
  await ada.say('see https://example.org/one')
  await ada.say('and https://example.org/two')
  await eventually('both to be sent', async () => (await ada.messages()).filter(({ state }) => state === 'sent').length === 2)
  await ada.get('timeline').focus()
  const stops = []
  for (let n = 0; n < 4; n++) {
    await ada.page.keyboard.press('Tab')
    stops.push(await ada.page.evaluate(() => document.activeElement?.getAttribute('href') ?? document.activeElement?.dataset.seq ?? ''))
  }
  assert.deepEqual(stops.slice(0, 2), ['2', 'https://example.org/two'])
  assert.ok(!stops.includes('https://example.org/one'), stops.join(', '))
})

test('an incoming webhook gives its address once, and writes by it', async () => {
  const ada = await (await open()).signUp('ada9')
  await ada.createRoom('Builds', 'public')
  await settings(ada, 'hooks')
  await ada.get('hook-name').fill('Build results')
  await ada.get('create-hook').click()
  const url = await ada.get('hook-url').inputValue()
  assert.deepEqual(await ada.accessibilityFaults(), [])
  await ada.get('hook').getByText('Build results').first().waitFor()
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text: 'build 7 is green' }) })
  assert.equal(response.status, 201)
  await close(ada)
  await ada.row('build 7 is green').getByText('Bot', { exact: true }).waitFor()
  await settings(ada, 'hooks')
  assert.equal(await ada.get('hook-url').count(), 0)
  await ada.get('delete-hook').click()
  await ada.get('confirm').click()
  await ada.page.getByText('The webhook is deleted.').waitFor()
  await ada.get('hook').waitFor({ state: 'detached' })
  assert.equal((await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"text":"again"}' })).status, 404)
})

allBehaved()
