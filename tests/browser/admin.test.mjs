// Looking after the server: figures, accounts, rooms, nodes, reports, what was done, bots and keys.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { call, PASSWORD, signIn, signUp } from '../lib/people.mjs'
import { PHONE } from './window.mjs'
import { withWindows } from './windows.mjs'

const { held, open, allBehaved } = withWindows()

// The first account of an empty server looks after it.
let root
held.before(async () => (root = await (await open()).signUp('root', 'Root')))

async function go(window, section) {
  if ((await window.get('admin').count()) === 0) {
    await window.get('user-menu').click()
    await window.get('administration').click()
  }
  await window.get(`admin-${section}`).click()
}
const account = (window, name) => window.get('account').filter({ hasText: `@${name}` })
const row = (window, testId, text) => window.get(testId).filter({ hasText: text })

test('the figures of the server live, as charts and as tables', async () => {
  await go(root, 'overview')
  await root.get('figure-users').getByText(/^\d/).waitFor()
  await eventually('a chart', async () => (await root.page.locator('.chart canvas').count()) === 4)
  assert.deepEqual(await root.accessibilityFaults(), [])
  await root.get('as-table').first().click()
  await eventually('two moments', async () => (await root.page.locator('.chart tbody tr').count()) >= 2)
  assert.deepEqual(await root.accessibilityFaults(), [])
})

test('who does not look after the server finds no such pages', async () => {
  const ben = await (await open()).signUp('ben1')
  await ben.get('user-menu').click()
  assert.equal(await ben.get('administration').count(), 0)
  await ben.goto('/admin')
  await ben.isIn()
  assert.equal(await ben.get('admin').count(), 0)
})

test('an account is found, disabled and enabled, and told why it cannot come in', async () => {
  const ben = await (await open()).signUp('ben2', 'Ben Two')
  await go(root, 'users')
  await root.get('admin-user-search').fill('ben2')
  await eventually('one account', async () => (await root.get('account').count()) === 1)
  assert.deepEqual(await root.accessibilityFaults(), [])
  await account(root, 'ben2').getByTestId('account-menu').click()
  await root.get('disable').click()
  await root.get('confirm').click()
  await account(root, 'ben2').getByTestId('disabled').waitFor()
  await ben.get('sign-in-form').waitFor()
  await ben.signIn('ben2')
  await ben.get('sign-in-error').getByText('This account is disabled').waitFor()
  // What was done in haste is taken back.
  await root.get('undo').click()
  await account(root, 'ben2').getByTestId('disabled').waitFor({ state: 'detached' })
  await ben.signIn('ben2')
  await ben.isIn()
})

test('the sessions of somebody are ended one by one', async () => {
  const ben = await (await open()).signUp('ben3', 'Ben Three')
  await signIn(held.server, 'ben3', 'a lost phone')
  await go(root, 'users')
  await root.get('admin-user-search').fill('ben3')
  await account(root, 'ben3').getByTestId('account-menu').click()
  await root.get('account-sessions').click()
  await row(root, 'user-session', 'a lost phone').getByTestId('revoke-session').click()
  await row(root, 'user-session', 'a lost phone').waitFor({ state: 'detached' })
  assert.deepEqual(await root.accessibilityFaults(), [])
  await root.page.keyboard.press('Escape')
  const person = await signIn(held.server, 'ben3')
  assert.ok(!(await person.get('/sessions')).sessions.some(({ device }) => device === 'a lost phone'))
  await ben.isIn()
})

test('another is made an admin, and no admin again', async () => {
  const ben = await (await open()).signUp('ben4')
  await go(root, 'users')
  await root.get('admin-user-search').fill('ben4')
  await account(root, 'ben4').getByTestId('account-menu').click()
  await root.get('grant-admin').click()
  await account(root, 'ben4').getByTestId('is-admin').waitFor()
  await ben.page.reload()
  await ben.isIn()
  await ben.goto('/admin/users')
  await ben.get('account').first().waitFor()
  await root.get('undo').click()
  await account(root, 'ben4').getByTestId('is-admin').waitFor({ state: 'detached' })
  assert.equal((await (await signIn(held.server, 'ben4')).call('GET', '/admin/users')).status, 403)
})

test('an account is erased: its name goes from the list and the rooms, and nobody signs in by it', async () => {
  const [eve, dan] = [await (await open()).signUp('eve6', 'Eve'), await (await open()).signUp('dan6', 'Dan Six')]
  await eve.createRoom('Pier', 'private', ['dan6'])
  await dan.openRoom('Pier')
  await dan.say('a secret of mine')
  await eve.shows('a secret of mine')
  await eve.react('a secret of mine', '👍')
  await eve.get('timeline').getByText('Dan Six').first().waitFor()
  await go(root, 'users')
  await root.get('admin-user-search').fill('dan6')
  await account(root, 'dan6').getByTestId('account-menu').click()
  await root.get('erase').click()
  await root.get('dialog').getByText('Erase Dan Six?').waitFor()
  assert.deepEqual(await root.accessibilityFaults(), [])
  // Who thinks better of it has done nothing.
  await root.get('dialog').getByText('Cancel').click()
  await root.get('dialog').waitFor({ state: 'detached' })
  assert.equal((await signIn(held.server, 'dan6')).name, 'dan6')
  await account(root, 'dan6').getByTestId('account-menu').click()
  await root.get('erase').click()
  await root.get('confirm').click()
  await root.page.getByText('The account of Dan Six is erased.').waitFor()
  await account(root, 'dan6').waitFor({ state: 'detached' })
  // Also where the list is read anew.
  await root.get('admin-user-search').fill('dan')
  await eventually('the others', async () => (await root.get('account').count()) > 0 || (await root.get('account-none').count()) > 0)
  assert.equal(await account(root, 'dan6').count(), 0)
  // Whoever is in the room sees it happen, and finds it so when they come back.
  for (const again of [false, true]) {
    if (again) await eve.page.reload()
    await eventually('a message without words', async () => (await eve.texts()).join() === 'This message was deleted')
    await eventually('no name', async () => !(await eve.get('timeline').innerText()).includes('Dan Six'))
    await eve.get('timeline').getByText('Deleted user').first().waitFor()
    assert.deepEqual(await eve.accessibilityFaults(), [])
  }
  await dan.get('sign-in-form').waitFor()
  await dan.signIn('dan6')
  await dan.get('sign-in-error').waitFor()
  assert.equal((await call(held.server, 'POST', '/sessions', { body: { name: 'dan6', password: PASSWORD } })).status, 401)
})

test('rooms and nodes are listed, and what was done is kept', async () => {
  const person = await signIn(held.server, 'root')
  const room = await person.createRoom('public', [], 'Engine room')
  await person.say(room, 'steam up')
  await go(root, 'rooms')
  await root.get('admin-room-search').fill('engine')
  await row(root, 'admin-room', 'Engine room').waitFor()
  assert.deepEqual(await root.accessibilityFaults(), [])
  await go(root, 'nodes')
  await root.get('node').first().waitFor()
  assert.deepEqual(await root.accessibilityFaults(), [])
  await go(root, 'audit')
  await row(root, 'audit-entry', 'disabled the account').first().waitFor()
  assert.deepEqual(await root.accessibilityFaults(), [])
})

test('a report is seen with its message, and decided', async () => {
  const [eve, dan] = [await (await open()).signUp('eve5', 'Eve'), await (await open()).signUp('dan5', 'Dan')]
  await eve.createRoom('Street', 'private', ['dan5'])
  await dan.openRoom('Street')
  await dan.say('cheap watches')
  await dan.say('cheaper watches')
  for (const text of ['cheap watches', 'cheaper watches']) {
    await eve.shows(text)
    await eve.act(text, 'report')
    await eve.get('report-comment').fill(`about “${text}”`)
    await eve.get('report-confirm').click()
    await eve.get('dialog').waitFor({ state: 'detached' })
  }
  await go(root, 'reports')
  const card = (text) => root.get('report').filter({ has: root.page.getByTestId('reported-text').getByText(text, { exact: true }) })
  await card('cheap watches').getByText('about “cheap watches”').waitFor()
  assert.deepEqual(await root.accessibilityFaults(), [])
  await card('cheap watches').getByTestId('delete-reported').click()
  await root.get('confirm').click()
  await eventually('it to be gone', async () => !(await eve.texts()).includes('cheap watches'))
  await card('cheaper watches').getByTestId('dismiss').click()
  await root.get('no-reports').waitFor()
  await root.get('reports-closed').click()
  await root.get('report-done').getByText('Dismissed').waitFor()
  assert.deepEqual(await root.accessibilityFaults(), [])
})

test('reports of the same message are one entry, with all reasons, and closed together', async () => {
  const [mia, ...others] = await Promise.all(['mia7', 'ned7', 'ola7', 'pia7', 'quin7'].map((name) => signUp(held.server, name, `${name[0].toUpperCase()}${name.slice(1, -1)}`)))
  const room = await mia.createRoom('group', others, 'Square')
  const { seq } = await mia.say(room, 'buy my **watches**')
  const last = await mia.say(room, 'something else entirely')
  const report = async (person, of, about) => assert.equal((await person.call('POST', `/rooms/${room.id}/messages/${of}/reports`, about)).status, 204)
  await report(others[0], seq, { reason: 'spam', comment: 'Third time today.' })
  await report(others[1], seq, { reason: 'abuse', comment: 'And rude about it.' })
  await report(others[2], last.seq, { reason: 'other' })
  await report(others[2], seq, { reason: 'spam' })
  await report(others[3], seq, { reason: 'spam' })
  await root.goto('/admin/reports')
  const card = root.get('report').filter({ hasText: 'watches' })
  await card.waitFor()
  assert.equal(await root.get('report').count(), 2)
  await root.get('open-reports').getByText('2', { exact: true }).waitFor()
  await card.getByTestId('report-count').getByText('4 reports').waitFor()
  await card.getByText('Spam · 3').waitFor()
  await card.getByTestId('all-reasons').click()
  for (const said of ['Ned', 'Third time today.', 'Ola', 'And rude about it.', 'Pia', 'Quin']) await card.getByText(said).first().waitFor()
  assert.deepEqual(await root.accessibilityFaults(), [])
  // The second of the answers is held back, so that one sees how far it is.
  let asked = 0
  let goOn
  const held_back = new Promise((done) => (goOn = done))
  await root.page.route('**/api/v1/admin/reports/*', async (route) => {
    if (++asked === 2) await held_back
    await route.continue()
  })
  await card.getByTestId('report-note').fill('Sells nothing')
  await card.getByTestId('dismiss').click()
  await card.getByTestId('closing-reports').getByText('Closing 2 of 4 reports').waitFor()
  assert.equal(await card.getByTestId('dismiss').isDisabled(), true)
  goOn()
  await root.page.getByText('4 reports are dismissed.').waitFor()
  await card.waitFor({ state: 'detached' })
  assert.equal(asked, 4)
  await root.page.unroute('**/api/v1/admin/reports/*')
  // What is acted upon is acted upon once for all to see, and all reports of it say so.
  await report(others[0], last.seq, { reason: 'abuse' })
  await root.page.reload()
  const second = root.get('report').filter({ hasText: 'something else entirely' })
  await second.getByTestId('report-count').getByText('2 reports').waitFor()
  await second.getByTestId('delete-reported').click()
  await root.get('dialog').getByText('All 2 reports are closed.').waitFor()
  await root.get('confirm').click()
  await root.get('no-reports').waitFor()
  assert.ok((await mia.messages(room)).find((message) => message.seq === last.seq).deleted_at)
  await root.get('reports-closed').click()
  const done = root.get('report').filter({ hasText: 'watches' })
  await done.getByTestId('report-count').getByText('4 reports').waitFor()
  await done.getByTestId('report-done').getByText('Sells nothing').waitFor()
  await root.get('report').filter({ hasText: '2 reports' }).getByTestId('report-done').getByText('Message deleted').waitFor()
  assert.deepEqual(await root.accessibilityFaults(), [])
})

test('a bot gets a key that is shown once, and two while it changes them', async () => {
  await go(root, 'bots')
  await root.get('bot-name').fill('release_bot')
  await root.get('bot-display-name').fill('Release bot')
  await root.get('create-bot').click()
  const key = await root.get('bot-key').inputValue()
  assert.match(key, /^cwb_/)
  assert.deepEqual(await root.accessibilityFaults(), [])
  const me = await call(held.server, 'GET', '/users/me', { token: key })
  assert.deepEqual([me.status, me.body.name, me.body.bot], [200, 'release_bot', true])
  await root.get('bot-keys').click()
  await root.get('create-bot-key').click()
  const next = await root.get('new-bot-key').inputValue()
  await eventually('two keys', async () => (await root.get('bot-key-row').count()) === 2)
  assert.deepEqual(await root.accessibilityFaults(), [])
  for (const token of [key, next]) assert.equal((await call(held.server, 'GET', '/users/me', { token })).status, 200)
  await root.get('delete-bot-key').first().click()
  await root.get('confirm').click()
  await eventually('one key', async () => (await root.get('bot-key-row').count()) === 1)
  const left = await Promise.all([key, next].map(async (token) => (await call(held.server, 'GET', '/users/me', { token })).status))
  assert.deepEqual(left.sort(), [200, 401])
})

test('a server key is made, shown once, and withdrawn', async () => {
  await go(root, 'keys')
  await root.get('key-name').fill('shop back end')
  await root.get('create-key').click()
  assert.match(await root.get('new-key').inputValue(), /^cwk_/)
  await row(root, 'server-key', 'shop back end').waitFor()
  assert.deepEqual(await root.accessibilityFaults(), [])
  await root.get('delete-key').click()
  await root.get('confirm').click()
  await root.get('server-key').waitFor({ state: 'detached' })
})

test('on a phone tables are cards, and nothing is wider than the screen', async () => {
  const window = await open(PHONE)
  await window.signIn('root', PASSWORD)
  await window.isIn()
  for (const section of ['overview', 'reports', 'users', 'rooms', 'nodes', 'audit', 'bots', 'keys']) {
    await window.goto(section === 'overview' ? '/admin' : `/admin/${section}`)
    await window.get('admin').waitFor()
    await window.page.locator('.skeleton').first().waitFor({ state: 'detached' })
    assert.equal(await window.page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${section} is no wider than the screen`)
    assert.deepEqual(await window.accessibilityFaults(), [])
  }
})

allBehaved()
