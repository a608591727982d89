// What people add to messages: reactions, mentions, pins.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { signIn } from '../lib/people.mjs'
import { withWindows } from './windows.mjs'

const { held, open, allBehaved } = withWindows()

test('reactions are counted, tell who, and are taken back by another click', async () => {
  const ada = await (await open()).signUp('ada1')
  const bob = await (await open()).signUp('bob1')
  await ada.createRoom('Applause', 'group', ['bob1'])
  await bob.openRoom('Applause')
  await ada.say('we did it')
  await bob.shows('we did it')
  await bob.react('we did it', '🎉')
  const chip = ada.row('we did it').getByTestId('reaction')
  await chip.waitFor()
  assert.match(await chip.getAttribute('title'), /bob1 reacted/)
  await chip.click()
  for (const window of [ada, bob]) await eventually('both', async () => (await window.reactions('we did it'))['🎉'] === 2)
  assert.equal(await chip.getAttribute('aria-pressed'), 'true')
  await chip.click()
  await eventually('one less', async () => (await bob.reactions('we did it'))['🎉'] === 1)

  // Any emoji of the picker does.
  await ada.row('we did it').hover()
  await ada.row('we did it').getByTestId('react').click()
  await ada.get('more-reactions').click()
  await ada.get('emoji-search').fill('rocket')
  await ada.get('emoji-search').press('Enter')
  await eventually('the rocket', async () => (await bob.reactions('we did it'))['🚀'] === 1)
  await bob.page.reload()
  await bob.row('we did it').waitFor()
  assert.deepEqual(await bob.reactions('we did it'), { '🎉': 1, '🚀': 1 })
})

test('a mention is completed, shown, and counted until it is seen', async () => {
  const ada = await (await open()).signUp('ada2', 'Ada Lovelace')
  const bob = await (await open()).signUp('bob2', 'Bob Builder')
  await ada.createRoom('Call', 'group', ['bob2'])
  await bob.roomItem('Call').waitFor()
  await ada.type('look here @bui')
  await ada.get('mention-option').getByText('Bob Builder').waitFor()
  await ada.page.keyboard.press('Enter')
  assert.equal(await ada.get('composer').inputValue(), 'look here @bob2 ')
  await ada.page.keyboard.type('now')
  await ada.page.keyboard.press('Enter')
  await ada.shows('look here @bob2 now')
  await ada.get('mention').getByText('@bob2').waitFor()
  await eventually('Bob to be called', async () => (await bob.roomItem('Call').getByTestId('mentions').innerText()).startsWith('@1'))
  await ada.say('and all of you, @room')
  await eventually('Bob to be called again', async () => (await bob.roomItem('Call').getByTestId('mentions').innerText()).startsWith('@2'))
  await bob.openRoom('Call')
  await bob.get('mention').getByText('@bob2').waitFor()
  await eventually('the call to be over', async () => (await bob.roomItem('Call').getByTestId('mentions').count()) === 0)
  const person = await signIn(held.server, 'bob2')
  await eventually('the server to know', async () => (await person.get('/rooms')).rooms[0].mentions === 0)
  // A name in code is no call.
  await ada.say('`@bob2` is a name')
  await bob.shows('@bob2 is a name')
  assert.equal(await bob.get('message').last().getByTestId('mention').count(), 0)
})

test('what is pinned stands above the room until it is unpinned', async () => {
  const ada = await (await open()).signUp('ada3')
  const bob = await (await open()).signUp('bob3')
  await ada.createRoom('Notices', 'private', ['bob3'])
  await bob.openRoom('Notices')
  await ada.say('read me')
  await bob.shows('read me')
  const person = await signIn(held.server, 'ada3')
  const [room] = (await person.get('/rooms')).rooms
  for (let n = 1; n <= 40; n++) await person.say(room, `chatter ${n}`)
  await bob.shows('chatter 40')
  await ada.act('read me', 'pin')
  const bar = bob.get('pin-bar')
  await bar.getByText('read me').waitFor()
  await bar.getByText('read me').click()
  await eventually('it in view', () =>
    bob.row('read me').evaluate((row) => row.getBoundingClientRect().top >= row.closest('[role=region]').getBoundingClientRect().top),
  )
  // Who is no admin of a private room pins nothing.
  await bob.row('read me').hover()
  await bob.row('read me').getByTestId('message-menu').click()
  await bob.get('action-copy').waitFor()
  assert.equal(await bob.get('action-pin').count() + (await bob.get('action-unpin').count()), 0)
  await bob.page.keyboard.press('Escape')
  await bob.get('all-pins').click()
  await bob.get('pin').getByText('read me').waitFor()
  await ada.act('read me', 'unpin')
  await bar.waitFor({ state: 'detached' })
})

test('the keyboard does all of it', async () => {
  const ada = await (await open()).signUp('ada4')
  await ada.createRoom('Keys', 'public')
  for (const text of ['first', 'second']) await ada.say(text)
  await eventually('both to be sent', async () => (await ada.messages()).filter(({ state }) => state === 'sent').length === 2)
  // From the field up to the newest message, and on to the one above it.
  await ada.get('composer').focus()
  await eventually('the newest message to have the focus', async () => {
    await ada.page.keyboard.press('Shift+Tab')
    return (await ada.page.evaluate(() => document.activeElement?.dataset.seq)) === '2'
  })
  await ada.page.keyboard.press('ArrowUp')
  await ada.row('first').getByTestId('message-actions').waitFor()
  await ada.page.keyboard.press('e')
  await ada.get('editing').waitFor()
  assert.equal(await ada.get('composer').inputValue(), 'first')
  await ada.page.keyboard.press('Escape')
  await ada.row('first').focus()
  // Past the name of whoever wrote it.
  const stops = []
  do {
    await ada.page.keyboard.press('Tab')
    stops.push(await ada.page.evaluate(() => document.activeElement?.dataset.testid))
  } while (stops.at(-1) === 'person')
  assert.equal(stops.at(-1), 'react')
  await ada.page.keyboard.press('Enter')
  await ada.get('quick-reaction').first().waitFor()
  await ada.page.keyboard.press('Escape')
  await ada.row('first').focus()
  await ada.page.keyboard.press('?')
  await ada.get('dialog').getByText('Keyboard shortcuts').waitFor()
})

allBehaved()
