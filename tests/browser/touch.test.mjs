// Whatever a finger presses on a phone is as large as a finger.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { need } from '../lib/people.mjs'
import { demo } from './demo.mjs'
import { smallTargets } from './touch.mjs'
import { PHONE } from './window.mjs'
import { withWindows } from './windows.mjs'

const { held, open, allBehaved } = withWindows()

let window
held.before(async () => {
  const { people, rooms } = await demo(held.server)
  // Something for the pages of those who look after the server, of whom Ada is one: she was the first.
  const [{ seq }] = await people.ada.messages(rooms.lunch)
  need(await people.grace.post(`/rooms/${rooms.lunch.id}/messages/${seq}/reports`, { reason: 'spam' }), 'the report')
  need(await people.ada.call('POST', '/admin/keys', { name: 'shop back end' }))
  need(await people.ada.call('POST', '/bots', { name: 'release_bot', display_name: 'Release bot' }))
  window = await (await open(PHONE)).signIn('ada')
  await window.isIn()
})

/** At least so many were looked at: a page that shows nothing has nothing small on it either. */
async function isForFingers(what, least, within, { page } = window) {
  const small = await eventually(`${least} to be looked at in ${what}`, async () => {
    const found = await smallTargets(page, within)
    return found.looked >= least && found.small
  })
  assert.deepEqual(small, [], `what is too small in ${what}`)
}
/** The list of rooms, with nothing open. */
async function home() {
  await window.goto()
  await window.isIn()
  await window.get('room-item').first().waitFor()
}
const escape = async (gone) => {
  await window.page.keyboard.press('Escape')
  await window.get(gone).waitFor({ state: 'detached' })
}

test('the sign-in', async () => {
  const stranger = await open(PHONE)
  await stranger.goto()
  await stranger.get('sign-in-form').waitFor()
  await isForFingers('the sign-in', 4, 'body', stranger)
  await stranger.get('toggle-sign-up').click()
  await isForFingers('the sign-up', 5, 'body', stranger)
})

test('the list of rooms, and what is made from there', async () => {
  await home()
  await isForFingers('the list', 10)
  for (const dialog of ['new-room', 'new-direct', 'browse-rooms', 'switcher']) {
    await window.get(dialog).click()
    await window.get('dialog').waitFor()
    await isForFingers(dialog, 2)
    await escape('dialog')
  }
  await window.get('user-menu').click()
  await window.get('settings').waitFor()
  await isForFingers('the menu', 4)
  await escape('settings')
})

test('the conversation, and what one writes', async () => {
  await home()
  await window.openRoom('Harbour')
  await window.get('message').first().waitFor()
  await isForFingers('the conversation', 10)
  await window.get('composer').fill('@')
  await window.get('mention-list').waitFor()
  await isForFingers('whom to mention', 4, '[data-testid=mention-list]')
  await window.get('composer').fill('')
  await window.get('room-menu').click()
  await window.get('leave').waitFor()
  await isForFingers('the menu of the room', 3)
  await escape('leave')
  await window.get('all-pins').click()
  await window.get('pin').first().waitFor()
  await isForFingers('the pins', 3)
  await home()
  await window.openRoom('Grace Hopper')
  await isForFingers('a direct conversation', 6)
})

test('what one can do with a message', async () => {
  await home()
  await window.openRoom('Harbour')
  const said = 'Simplicity is a great virtue 🙂'
  await window.press(window.row(said))
  await isForFingers('the sheet', 6)
  await window.get('action-reply').click()
  await window.get('replying').waitFor()
  await isForFingers('an answer', 5)
  await window.get('cancel-context').click()
  await window.act(said, 'report')
  await window.get('report-confirm').waitFor()
  await isForFingers('a report', 5)
  await escape('dialog')
  await window.press(window.row(said))
  await window.get('more-reactions').click()
  await window.get('emoji-search').waitFor()
  await isForFingers('all emoji', 20)
  await escape('dialog')
  await window.press(window.row('Reading it now. Thank you!'))
  await window.get('action-seen').click()
  await window.get('seen-group').first().waitFor()
  await escape('dialog')
  await window.get('picture').first().click()
  await window.get('lightbox').waitFor()
  await isForFingers('a picture', 4)
})

test('a thread, and the list of threads', async () => {
  await home()
  await window.openRoom('Harbour')
  await window.get('thread-link').first().click()
  await window.get('thread-reply').first().waitFor()
  await isForFingers('a thread', 4)
  await home()
  await window.get('threads').click()
  await window.get('thread-card').first().waitFor()
  await isForFingers('the threads', 2)
})

test('the members, and somebody’s card', async () => {
  await home()
  await window.openRoom('Harbour')
  await window.get('members').click()
  await window.get('member').first().waitFor()
  await isForFingers('the members', 5)
  await window.get('member-menu').first().click()
  await window.get('toggle-block').waitFor()
  await isForFingers('what one can do with a member', 2, '[role=menu]')
  await escape('toggle-block')
  await window.get('person').last().click()
  await window.get('profile-card').first().waitFor()
  await isForFingers('somebody’s card', 2)
})

test('the search', async () => {
  await home()
  await window.get('search').click()
  await window.get('search-input').fill('round')
  await window.get('search-result').first().waitFor()
  await isForFingers('what was found', 5)
  await window.get('filter-room').click()
  await window.get('filter-room-choice').first().waitFor()
  await isForFingers('the rooms to look in', 5)
  await window.get('filter-room-choice').filter({ hasText: 'Harbour' }).click()
  await window.get('filter-person').click()
  await window.get('filter-person-me').waitFor()
  await isForFingers('the people to look for', 2)
  await escape('filter-person-me')
  await window.get('filter-date').click()
  await window.get('filter-since').fill('2020-01-31')
  await isForFingers('the days to look in', 2)
  await escape('filter-since')
  await window.get('search-result').first().waitFor()
  await isForFingers('a narrowed search', 7)
})

test('the settings', async () => {
  await home()
  await window.get('user-menu').click()
  await window.get('settings').click()
  for (const section of ['profile', 'appearance', 'notifications', 'devices', 'blocked', 'data']) {
    await window.get(`settings-${section}`).click()
    await isForFingers(section, 7)
  }
  await escape('dialog')
})

test('the settings of a room', async () => {
  await home()
  await window.openRoom('Harbour')
  await window.get('room-menu').click()
  await window.get('room-settings').click()
  for (const page of ['general', 'permissions', 'members', 'bans', 'hooks', 'export']) {
    await window.get(`room-page-${page}`).click()
    await isForFingers(page, 7)
  }
  await escape('dialog')
})

for (const section of ['overview', 'reports', 'users', 'rooms', 'nodes', 'audit', 'bots', 'keys']) {
  test(`the administration: ${section}`, async () => {
    await window.goto(section === 'overview' ? '/admin' : `/admin/${section}`)
    await window.get('admin').waitFor()
    await window.page.locator('.skeleton').first().waitFor({ state: 'detached' })
    await isForFingers(section, 9)
  })
}

test('the measure itself notices what is small, and what makes it large enough', async () => {
  const box = 'position:fixed;z-index:99;left:100px;top:300px;width:20px;height:20px;padding:0'
  await window.page.evaluate((box) => {
    const small = Object.assign(document.createElement('button'), { id: 'small', ariaLabel: 'small' })
    small.style.cssText = box
    document.body.append(small)
  }, box)
  assert.deepEqual((await smallTargets(window.page)).small, ['button “small” 20×20'])
  await window.page.evaluate(() => {
    const more = document.createElement('span')
    more.style.cssText = 'position:absolute;inset:-10px'
    document.querySelector('#small').append(more)
  })
  assert.deepEqual((await smallTargets(window.page)).small, [])
})

allBehaved()
