// Messages that change: edited, deleted, answered, linked to.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { signIn, signUp } from '../lib/people.mjs'
import { PHONE } from './window.mjs'
import { withWindows } from './windows.mjs'

const { held, open, allBehaved } = withWindows()

/** Two people in a room, both looking at it. */
async function pair(names, kind = 'group', options) {
  const ada = await (await open()).signUp(`ada${names}`)
  const bob = await (await open(options)).signUp(`bob${names}`)
  await ada.createRoom(`Room ${names}`, kind, [`bob${names}`])
  await bob.openRoom(`Room ${names}`)
  return { ada, bob }
}

/** Says many things that nobody has to type. */
async function chatter(name, count, word) {
  const person = await signIn(held.server, name)
  const [room] = (await person.get('/rooms')).rooms
  for (let n = 1; n <= count; n++) await person.say(room, `${word} ${n}`)
}

test('one edits what one wrote last, and everybody sees that it was', async () => {
  const { ada, bob } = await pair('e1')
  await ada.say('the first draft')
  await bob.shows('the first draft')
  await ada.get('composer').press('ArrowUp')
  await ada.get('editing').waitFor()
  assert.equal(await ada.get('composer').inputValue(), 'the first draft')
  await ada.page.keyboard.press('Escape')
  await ada.get('editing').waitFor({ state: 'detached' })
  assert.equal(await ada.get('composer').inputValue(), '')
  await ada.get('composer').press('ArrowUp')
  await ada.get('composer').fill('the final text')
  await ada.get('composer').press('Enter')
  for (const window of [ada, bob]) {
    await window.shows('the final text')
    await window.row('the final text').getByTestId('edited').waitFor()
    assert.deepEqual(await window.texts(), ['the final text'])
  }
  // Its history is for who wrote it and the room's admins; Bob is neither.
  await ada.row('the final text').getByTestId('edited').click()
  await eventually('both texts', async () => (await ada.get('edit').allInnerTexts()).length === 2)
  assert.match((await ada.get('edit').allInnerTexts()).join(), /the final text.*the first draft/s)
  await ada.page.keyboard.press('Escape')
  assert.equal(await bob.row('the final text').locator('button[data-testid=edited]').count(), 0)
})

test('a draft waits while something else is edited', async () => {
  const { ada } = await pair('e2')
  await ada.say('teh typo')
  await ada.row('teh typo').waitFor()
  await ada.type('a long thought')
  await ada.act('teh typo', 'edit')
  await ada.get('composer').fill('the typo')
  await ada.get('composer').press('Enter')
  await ada.shows('the typo')
  await eventually('the draft to be back', async () => (await ada.get('composer').inputValue()) === 'a long thought')
})

test('what is deleted is gone, for those who were there and those who come later', async () => {
  const { ada, bob } = await pair('e3')
  await ada.say('a secret')
  await bob.shows('a secret')
  await ada.act('a secret', 'delete')
  await ada.page.keyboard.press('Escape')
  assert.deepEqual(await bob.texts(), ['a secret'])
  await ada.act('a secret', 'delete')
  await ada.get('delete-confirm').click()
  for (const window of [ada, bob]) await window.get('tombstone').waitFor()
  await bob.page.reload()
  await bob.get('tombstone').waitFor()
  assert.doesNotMatch(await bob.page.content(), /a secret/)
  assert.match(await bob.get('tombstone').innerText(), /This message was deleted/)
})

test('what is deleted is gone from where one was about to answer it, and from what is read aloud', async () => {
  const { ada, bob } = await pair('e9')
  await ada.say('a slip of the tongue')
  await bob.act('a slip of the tongue', 'reply')
  await bob.get('replying').getByText('a slip of the tongue').waitFor()
  await bob.type('what do you')
  await ada.act('a slip of the tongue', 'delete')
  await ada.get('delete-confirm').click()
  await bob.get('replying').waitFor({ state: 'detached' })
  await bob.get('tombstone').waitFor()
  assert.equal(await bob.get('composer').inputValue(), 'what do you')
  await eventually('nothing to be left of it', async () => !/a slip of the tongue/.test(await bob.page.content()))
})

test('who was away finds everything as it is now', async () => {
  const { ada, bob } = await pair('e4')
  for (const text of ['stays', 'changes', 'goes']) await ada.say(text)
  await bob.shows('goes')
  await bob.context.setOffline(true)
  await bob.page.evaluate(() => globalThis.dispatchEvent(new Event('offline')))
  await bob.page.locator('[data-testid=connection-status]:not([data-state=connected])').waitFor({ state: 'attached' })
  await ada.act('changes', 'edit')
  await ada.get('composer').fill('changed')
  await ada.get('composer').press('Enter')
  await ada.shows('changed')
  await ada.act('goes', 'delete')
  await ada.get('delete-confirm').click()
  await ada.get('tombstone').waitFor()
  await bob.context.setOffline(false)
  await bob.page.evaluate(() => globalThis.dispatchEvent(new Event('online')))
  await eventually('Bob to see it', async () => (await bob.texts()).join() === 'stays,changed,This message was deleted')
})

test('an answer quotes what it answers, and leads there', async () => {
  const { ada, bob } = await pair('e5')
  await ada.say('shall we?')
  await bob.shows('shall we?')
  await chatter('adae5', 40, 'filler')
  await bob.shows('filler 40')
  await bob.act('shall we?', 'reply')
  await bob.get('replying').waitFor()
  await bob.get('composer').fill('we shall')
  await bob.get('composer').press('Enter')
  await ada.shows('we shall')
  const quote = ada.row('we shall').getByTestId('quote')
  assert.match(await quote.innerText(), /bobe5|adae5/)
  assert.match(await quote.innerText(), /shall we\?/)
  await quote.click()
  await eventually('the answered message in view', () => isInView(ada, 'shall we?'))
  await ada.act('shall we?', 'edit')
  await ada.get('composer').fill('shall we dance?')
  await ada.get('composer').press('Enter')
  await eventually('the quote to follow', async () => /dance/.test(await bob.row('we shall').getByTestId('quote').innerText()))
})

test('a link to a message opens there, and one reads on in both directions', async () => {
  const person = await signUp(held.server, 'librarian')
  const room = await person.createRoom('public', [], 'The stacks')
  for (let n = 1; n <= 260; n++) await person.say(room, `page ${n}`)
  const window = await (await open()).signIn('librarian')
  await window.isIn()
  await window.goto(`/r/${room.id}/messages/100`)
  await window.shows('page 100')
  await eventually('the message in view', () => isInView(window, 'page 100'))
  assert.equal((await window.texts()).includes('page 260'), false, 'it opened far from the end')
  await window.get('jump-to-newest').waitFor()
  for (const [end, wanted] of [
    [(view) => (view.scrollTop = 0), 'page 1'],
    [(view) => (view.scrollTop = view.scrollHeight), 'page 260'],
  ]) {
    await eventually(wanted, async () => {
      await window.get('timeline').evaluate(end)
      return (await window.texts()).includes(wanted)
    })
  }
  const seqs = (await window.messages()).map(({ seq }) => seq)
  assert.deepEqual(seqs, Array.from({ length: seqs.length }, (_, n) => n + 1), 'no hole')
  await person.say(room, 'page 261')
  await window.shows('page 261')
  // And straight to the end from the middle.
  await window.goto(`/r/${room.id}/messages/50`)
  await window.shows('page 50')
  await window.get('jump-to-newest').click()
  await eventually('the newest in view', () => isInView(window, 'page 261'))
})

test('a link in the talk leads to its message as often as it is followed', async () => {
  const { ada } = await pair('e10')
  await ada.say('the source')
  await chatter('adae10', 60, 'filler')
  const room = new URL(ada.page.url()).pathname
  await ada.say(`${held.server.url}${room}/messages/1`)
  const link = ada.get('timeline').getByRole('link')
  for (const time of ['first', 'second']) {
    await link.click()
    await eventually(`the message in view, the ${time} time`, () => isInView(ada, 'the source'))
    await eventually('the address of the room', () => new URL(ada.page.url()).pathname === room)
    await ada.get('jump-to-newest').press('Enter')
    await link.waitFor()
  }
})

test('who reads further up is told how much is new, and nothing moves', async () => {
  const { ada, bob } = await pair('e6')
  await chatter('adae6', 60, 'old')
  await bob.shows('old 60')
  await bob.get('timeline').evaluate((view) => (view.scrollTop = 400))
  await bob.get('jump-to-newest').waitFor()
  const top = () => bob.row('old 12').evaluate((row) => Math.round(row.getBoundingClientRect().top))
  const before = await top()
  await chatter('adae6', 3, 'new')
  await ada.react('old 2', '🎉')
  await eventually('three new', async () => /3 new/.test(await bob.get('jump-to-newest').innerText()))
  await eventually('the reaction above', async () => (await bob.reactions('old 2'))['🎉'] === 1)
  assert.equal(await top(), before, 'what is being read stays where it is')
  await ada.act('new 3', 'pin')
  await bob.get('pin-bar').waitFor()
  await eventually('what is being read to stay where it is below the bar', async () => (await top()) === before)
  await bob.get('jump-to-newest').click()
  await eventually('the newest in view', () => isInView(bob, 'new 3'))
})

test('ticks tell how far a message has come', async () => {
  const ada = await (await open()).signUp('adae7')
  const bob = await (await open()).signUp('bobe7')
  await bob.createRoom('Elsewhere', 'public')
  await ada.writeTo('bobe7')
  await ada.say('are you there?')
  const ticks = ada.row('are you there?').getByTestId('ticks')
  await eventually('it to be delivered', async () => (await ticks.getAttribute('data-reach')) === 'delivered')
  await bob.openRoom('adae7')
  await bob.shows('are you there?')
  await eventually('it to be read', async () => (await ticks.getAttribute('data-reach')) === 'read')
  assert.match(await ticks.getAttribute('title'), /Seen by bobe7/)
  await ticks.click()
  assert.match(await ada.get('seen-group').innerText(), /bobe7/)
})

test('on a phone a finger that rests on a message opens its menu', async () => {
  const { ada, bob } = await pair('e8', 'group', PHONE)
  await bob.say('from the bus')
  await ada.shows('from the bus')
  await bob.act('from the bus', 'edit')
  await bob.get('composer').fill('from the tram')
  await bob.get('send').click()
  await ada.shows('from the tram')
  await bob.press(bob.row('from the tram'))
  await bob.get('quick-reaction').getByText('❤️').click()
  await eventually('Ada to see the heart', async () => (await ada.reactions('from the tram'))['❤️'] === 1)
  await bob.act('from the tram', 'delete')
  await bob.get('delete-confirm').click()
  await ada.get('tombstone').waitFor()
})

allBehaved()

function isInView(window, text) {
  return window.row(text).evaluate((row) => {
    const { top, bottom } = row.getBoundingClientRect()
    const view = row.closest('[role=region]').getBoundingClientRect()
    return top >= view.top && bottom <= view.bottom
  })
}
