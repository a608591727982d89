// Conversations beside the room's own.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { signIn, signUp } from '../lib/people.mjs'
import { PHONE } from './window.mjs'
import { withWindows } from './windows.mjs'

const { held, open, allBehaved } = withWindows()

const replies = (window) => window.get('thread-reply').getByTestId('message-text').allInnerTexts()
const reply = async (window, text) => {
  await window.get('thread-composer').fill(text)
  await window.get('thread-composer').press('Enter')
}

test('a thread begins under a message, is counted there, and is unread until it is read', async () => {
  const ada = await (await open()).signUp('ada1')
  const bob = await (await open()).signUp('bob1')
  await ada.createRoom('Workshop', 'group', ['bob1'])
  await bob.openRoom('Workshop')
  await ada.say('any ideas?')
  await bob.shows('any ideas?')

  await bob.row('any ideas?').hover()
  await bob.row('any ideas?').getByTestId('start-thread').click()
  await bob.get('thread-root').getByText('any ideas?').waitFor()
  await reply(bob, 'one')
  await reply(bob, 'two')
  await eventually('both to be sent', async () => (await replies(bob)).join() === 'one,two')
  assert.deepEqual(await bob.texts(), ['any ideas?'], 'the room itself is left alone')

  const link = ada.row('any ideas?').getByTestId('thread-link')
  await eventually('the count under the root', async () => /2 replies/.test(await link.innerText()))
  await link.getByTestId('thread-unread').waitFor()
  await eventually('one unread thread', async () => (await ada.get('threads-unread').innerText()).startsWith('1'))
  assert.equal(await ada.roomItem('Workshop').getByTestId('unread').count(), 0, 'the room is not unread for it')

  await ada.get('threads').click()
  const card = ada.get('thread-card')
  assert.match(await card.innerText(), /Workshop.*any ideas\?.*2 replies.*2 new/s)
  await card.click()
  await eventually('the replies', async () => (await replies(ada)).join() === 'one,two')
  await eventually('it to be read', async () => (await ada.get('threads-unread').count()) === 0)
  const person = await signIn(held.server, 'ada1')
  await eventually('the server to know', async () => (await person.get('/threads')).threads[0].unread === 0)

  await reply(ada, 'three')
  await eventually('Bob to see it', async () => (await replies(bob)).join() === 'one,two,three')
  await ada.act('three', 'delete', 'thread-reply')
  await ada.get('delete-confirm').click()
  await bob.get('thread-panel').getByTestId('tombstone').waitFor()
  await eventually('the count to follow', async () => /2 replies/.test(await bob.row('any ideas?').getByTestId('thread-link').innerText()))
  await bob.get('close-panel').click()
  await bob.get('thread-panel').waitFor({ state: 'detached' })
})

test('a link to a reply opens its thread', async () => {
  const ada = await (await open()).signUp('ada2')
  await ada.createRoom('Study', 'public')
  await ada.say('a question')
  const person = await signIn(held.server, 'ada2')
  const [room] = (await person.get('/rooms')).rooms
  await eventually('the question to be there', async () => (await person.messages(room)).length === 1)
  const { seq } = await person.post(`/rooms/${room.id}/messages`, { client_id: 'reply', text: 'an answer', thread: 1 })
  await ada.goto(`/r/${room.id}/messages/${seq}`)
  await ada.get('thread-root').getByText('a question').waitFor()
  await ada.row('an answer', 'thread-reply').waitFor()
})

test('who looks into the thread of others follows it only when asked', async () => {
  const ada = await (await open()).signUp('ada3')
  const bob = await (await open()).signUp('bob3')
  await ada.createRoom('Hall', 'group', ['bob3'])
  await ada.say('noted')
  await ada.row('noted').hover()
  await ada.row('noted').getByTestId('start-thread').click()
  await reply(ada, 'more of it')
  await bob.openRoom('Hall')
  await bob.row('noted').getByTestId('thread-link').click()
  await eventually('the reply', async () => (await replies(bob)).join() === 'more of it')
  const person = await signIn(held.server, 'bob3')
  assert.deepEqual((await person.get('/threads')).threads, [])
  await bob.get('follow-thread').click()
  await eventually('the server to know', async () => (await person.get('/threads')).threads.length === 1)
})

test('on a phone a thread has the whole screen, and one goes back to the room', async () => {
  const ada = await (await open(PHONE)).signUp('ada4')
  await ada.createRoom('Pocket', 'public')
  await ada.say('small talk')
  await ada.row('small talk').waitFor()
  await eventually('it to be sent', async () => (await ada.messages())[0]?.state === 'sent')
  await ada.act('small talk', 'thread')
  await ada.get('thread-panel').waitFor()
  await reply(ada, 'smaller talk')
  await eventually('the reply', async () => (await replies(ada)).join() === 'smaller talk')
  const box = await ada.get('thread-panel').boundingBox()
  assert.deepEqual([box.x, box.width], [0, PHONE.viewport.width])
  assert.equal(await ada.get('composer').isVisible(), false)
  await ada.page.goBack()
  await ada.get('composer').waitFor()
  assert.match(await ada.row('small talk').getByTestId('thread-link').innerText(), /1 reply/)
})

test('on a phone a thread that is opened from afar leaves its room unread, and leads to what is quoted in it', async () => {
  const carol = await signUp(held.server, 'carol5')
  const dana = await signUp(held.server, 'dana5')
  const room = await carol.createRoom('group', [dana], 'Long')
  await dana.say(room, 'where it began')
  for (let n = 2; n <= 150; n++) await carol.say(room, `filler ${n}`)
  await dana.post(`/rooms/${room.id}/read`, { seq: 105 })
  await carol.post(`/rooms/${room.id}/messages`, { client_id: 'quoting', text: 'as I said', thread: 1, reply_to: 20 })

  const window = await (await open(PHONE)).signIn('dana5')
  await window.isIn()
  await window.get('threads').click()
  await window.get('thread-card').click()
  await eventually('the reply', async () => (await replies(window)).join() === 'as I said')
  await eventually('the thread to be read', async () => (await dana.get('/threads')).threads[0].unread === 0)
  assert.equal((await dana.get(`/rooms/${room.id}`)).unread, 45, 'the room that it hides is not read')
  const further = window.requests.filter((url) => url.includes('before_seq') && !url.includes('thread='))
  assert.deepEqual(further, [], 'nor loaded further than its end')

  await window.row('as I said', 'thread-reply').getByTestId('quote').click()
  await window.get('thread-panel').waitFor({ state: 'detached' })
  await window.get('composer').waitFor()
  await eventually('the quoted message in view', () =>
    window.row('filler 20').evaluate((row) => {
      const { top, bottom } = row.getBoundingClientRect()
      const view = row.closest('[role=region]').getBoundingClientRect()
      return view.height > 0 && top >= view.top && bottom <= view.bottom
    }),
  )
})

allBehaved()
