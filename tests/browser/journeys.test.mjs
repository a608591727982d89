// What people do with the web chat.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { signIn, signUp } from '../lib/people.mjs'
import { PHONE } from './window.mjs'
import { withWindows } from './windows.mjs'

const { held, open, allBehaved } = withWindows()

test('one signs up, signs out and signs in again', async () => {
  const window = await open()
  await window.signUp('grace', 'Grace Hopper')
  await window.page.getByText('Grace Hopper').first().waitFor()
  await window.get('sign-out').click()
  await window.get('sign-in-form').waitFor()
  await window.signIn('grace', 'not the password')
  await window.get('sign-in-error').waitFor()
  await window.get('password').fill('')
  await window.signIn('grace')
  await window.isIn()
  await window.page.reload()
  await window.isIn()
})

test('a name that is taken and a password that is short are said beside their fields', async () => {
  await signUp(held.server, 'taken')
  const window = await open()
  await window.goto()
  await window.get('toggle-sign-up').click()
  await window.get('name').fill('taken')
  await window.get('password').fill('short')
  await window.get('submit').click()
  await eventually('the password’s fault', async () => (await window.get('password').getAttribute('aria-invalid')) === 'true')
  await window.get('password').fill('long enough by far')
  await window.get('submit').click()
  await eventually('a word about the name', async () => /taken|choose/i.test(await window.get('sign-in-form').innerText()))
})

test('rooms of every kind are created, and a public one is found and joined', async () => {
  const ada = await (await open()).signUp('ada1')
  const bob = await (await open()).signUp('bob1')
  await ada.createRoom('The open sea', 'public')
  await ada.createRoom('The inner circle', 'private', ['bob1'])
  await ada.createRoom('The crew', 'group', ['bob1'])
  await bob.roomItem('The inner circle').waitFor()
  await bob.roomItem('The crew').waitFor()
  assert.equal(await bob.roomItem('The open sea').count(), 0)
  await bob.get('browse-rooms').click()
  await bob.get('public-room').filter({ hasText: 'The open sea' }).getByTestId('join-room').click()
  await eventually('the room in the list', async () => (await bob.roomItem('The open sea').count()) === 1)
  await bob.page.keyboard.press('Escape')
  await bob.openRoom('The open sea')
  await bob.say('Ahoy!')
  await ada.openRoom('The open sea')
  await ada.shows('Ahoy!')
})

test('a direct message finds its person, counts as unread, and no more once it is read', async () => {
  const ada = await (await open()).signUp('ada2')
  const bob = await (await open()).signUp('bob2')
  await ada.writeTo('bob2')
  for (const n of [1, 2, 3]) await ada.say(`letter ${n}`)
  const item = bob.roomItem('ada2')
  await eventually('three unread', async () => (await item.getByTestId('unread').innerText()).startsWith('3'))
  assert.match(await item.innerText(), /letter 3/)
  await bob.openRoom('ada2')
  await bob.shows('letter 3')
  await eventually('none unread', async () => (await item.getByTestId('unread').count()) === 0)
  // The server knows too, and so does a second device.
  const person = await signIn(held.server, 'bob2')
  await eventually('the cursor to have moved', async () => (await person.get('/rooms')).rooms[0].unread === 0)
  await bob.say('thank you')
  await ada.shows('thank you')
})

test('who types is shown typing', async () => {
  const ada = await (await open()).signUp('ada3')
  const bob = await (await open()).signUp('bob3')
  await ada.createRoom('Whispers', 'group', ['bob3'])
  await bob.openRoom('Whispers')
  await bob.type('hm')
  await eventually('Ada to see it', async () => /bob3/.test(await ada.get('typing').innerText()))
  await bob.page.keyboard.press('Enter')
  await ada.shows('hm')
  await eventually('it to be over', async () => !/bob3/.test(await ada.get('typing').innerText()))
})

test('one scrolls back to the very first of many messages', async () => {
  const person = await signUp(held.server, 'archivist')
  const room = await person.createRoom('public', [], 'The archive')
  for (let n = 1; n <= 320; n++) await person.say(room, `entry ${n}`)
  const window = await (await open()).signIn('archivist')
  await window.isIn()
  await window.openRoom('The archive')
  await window.shows('entry 320')
  await eventually('the first entry', async () => {
    await window.get('timeline').evaluate((view) => (view.scrollTop = 0))
    return (await window.texts()).includes('entry 1')
  })
  const seqs = (await window.messages()).map(({ seq }) => seq)
  assert.deepEqual(seqs, Array.from({ length: seqs.length }, (_, n) => n + 1))
  assert.equal(seqs.at(-1), 320)
  await window.get('jump-to-newest').click()
  await window.page.locator('[data-testid=message][data-seq="320"]').waitFor()
})

test('who was away for long reads on where reading stopped, and is a click from the end', async () => {
  const writer = await signUp(held.server, 'chronicler')
  const room = await writer.createRoom('public', [], 'The chronicle')
  const reader = await signUp(held.server, 'returner')
  await reader.join(room)
  for (let n = 1; n <= 200; n++) await writer.say(room, `year ${n}`)
  await reader.post(`/rooms/${room.id}/read`, { seq: 50 })
  const window = await (await open()).signIn('returner')
  await window.isIn()
  assert.match(await window.roomItem('The chronicle').getByTestId('unread').innerText(), /^99\+/)
  await window.openRoom('The chronicle')
  await window.get('new-line').waitFor()
  // Also where the page itself begins there: nothing is read by way of the end.
  await window.page.reload()
  await window.get('new-line').waitFor()
  assert.ok((await reader.get('/rooms')).rooms[0].unread > 99)
  const below = await window.get('new-line').evaluate((line) => line.nextElementSibling.querySelector('[data-testid=message-text]').textContent)
  assert.equal(below, 'year 51')
  await window.get('jump-to-newest').getByText('99+ new').click()
  await window.shows('year 200')
  await eventually('all to be read', async () => (await reader.get('/rooms')).rooms[0].unread === 0)
})

test('what people write is shown as text, whatever it is', async () => {
  const window = await (await open()).signUp('mallory')
  await window.createRoom('Payloads', 'public')
  const payloads = [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '[click](javascript:alert(1))',
    '![picture](https://evil.example/pixel.png)',
    '<iframe src="https://evil.example"></iframe>',
    '<a href="https://evil.example" onclick="alert(1)">x</a>',
    '"><svg onload=alert(1)>',
    '[data](data:text/html,<script>alert(1)</script>)',
  ]
  for (const payload of payloads) await window.say(payload)
  await eventually('all to be sent', async () => {
    const shown = await window.messages()
    return shown.length === payloads.length && shown.every(({ state }) => state === 'sent')
  })
  const dangers = await window.get('timeline').evaluate((view) =>
    [...view.querySelectorAll('[data-testid=message-text] *')]
      .filter((node) => /^(script|img|iframe|object|svg)$/i.test(node.tagName) || [...node.attributes].some(({ name }) => name.startsWith('on')) || /^(javascript|data):/i.test(node.getAttribute('href') ?? ''))
      .map((node) => node.outerHTML),
  )
  assert.deepEqual(dangers, [])
})

test('Enter sends and Shift+Enter breaks the line', async () => {
  const window = await (await open()).signUp('poet')
  await window.createRoom('Poems', 'public')
  await window.type('first line')
  await window.page.keyboard.press('Shift+Enter')
  await window.page.keyboard.type('second line')
  await window.page.keyboard.press('Enter')
  await eventually('both lines in one message', async () => {
    const [message] = await window.messages()
    return message?.text.includes('first line') && message.text.includes('second line') && message.state === 'sent'
  })
})

test('a session that is revoked elsewhere returns to the sign-in', async () => {
  const window = await (await open()).signUp('wanderer')
  const person = await signIn(held.server, 'wanderer')
  const { sessions } = await person.get('/sessions')
  const other = sessions.find(({ current }) => !current)
  assert.equal((await person.call('DELETE', `/sessions/${other.id}`)).status, 204)
  await window.get('sign-in-form').waitFor()
})

test('nobody goes on in the name of whoever has signed in in another tab', async () => {
  for (const told of [true, false]) {
    const tab = await open()
    const other = await tab.anotherTab()
    await other.goto()
    // Where the browser keeps nothing, the tab finds out when it connects again.
    if (!told) await other.page.evaluate(() => (Storage.prototype.setItem = () => undefined))
    const [ada, bob] = told ? ['ada14', 'bob14'] : ['ada15', 'bob15']
    await tab.page.bringToFront()
    await tab.signUp(ada)
    await tab.createRoom(`Of ${ada}`, 'public')
    await tab.get('composer').fill('mine alone')
    await tab.page.waitForLoadState('networkidle')
    await other.page.bringToFront()
    await other.signUpHere(bob)
    if (!told) {
      // In one go: the tab is back before anybody could press a key.
      await tab.get('composer').evaluate((field) => {
        dispatchEvent(new Event('offline'))
        field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))
      })
    }
    await tab.get('sign-in-form').waitFor()
    await tab.page.getByText('Somebody else has signed in in this browser.').waitFor()
    await other.isIn()
    const person = await signIn(held.server, ada)
    const [room] = (await person.get('/rooms')).rooms
    assert.deepEqual((await person.get(`/rooms/${room.id}/messages`)).messages, [])
    assert.deepEqual([...tab.misdeeds(), ...other.misdeeds()], [])
  }
})

test('a phone shows the list or the room, and goes back', async () => {
  const window = await (await open(PHONE)).signUp('pocket')
  await window.createRoom('In the pocket', 'public')
  await window.say('from the bus')
  await window.shows('from the bus')
  const tooWide = () => window.page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)
  assert.equal(await tooWide(), false)
  await window.get('back').click()
  await window.roomItem('In the pocket').waitFor()
  assert.equal(await tooWide(), false)
})

test('a newcomer begins with a room that is open to everybody, also on a phone', async () => {
  const keeper = await signUp(held.server, 'keeper')
  await keeper.createRoom('public', [], 'Village green')
  const window = await (await open(PHONE)).signUp('newcomer', 'New Comer')
  await window.get('first-steps').getByText('Hello, New Comer').waitFor()
  const green = window.get('first-steps').getByRole('listitem').filter({ hasText: 'Village green' })
  assert.deepEqual(await window.accessibilityFaults(), [])
  await green.getByTestId('join-first').click()
  await window.get('room-name').getByText('Village green').waitFor()
  await window.say('good morning')
  await window.shows('good morning')
})

test('what is closed by the keyboard gives the focus back', async () => {
  const window = await (await open()).signUp('typist')
  await window.createRoom('Keys', 'public')
  await window.say('begin')
  await window.shows('begin')
  const focused = () => window.page.evaluate(() => document.activeElement?.dataset.testid)
  await window.get('search').focus()
  await window.page.keyboard.press('Enter')
  await window.get('search-input').waitFor()
  await window.page.keyboard.press('Escape')
  await eventually('the focus where the search was opened', async () => (await focused()) === 'search')
  await eventually('the message to be kept', async () => (await window.row('begin').getAttribute('data-state')) !== 'pending')
  await window.row('begin').focus()
  await window.page.keyboard.press('t')
  await eventually('the focus in the thread', async () => (await focused()) === 'thread-composer')
  await window.page.keyboard.press('Escape')
  await eventually('the focus at the message again', async () => (await focused()) === 'message')
})

test('whoever is offline is told so', async () => {
  const window = await (await open()).signUp('tunnel')
  await window.context.setOffline(true)
  await window.get('connection-status').getByText('You are offline').waitFor()
  await window.context.setOffline(false)
  await window.isIn()
})

allBehaved()
