// A real node asks a real HTTP receiver before anything is said: signed, in time, and with an answer that counts.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { signUp } from '../lib/people.mjs'
import { Receiver } from '../lib/receiver.mjs'
import { NO_RATE_LIMITS, Server } from '../lib/server.mjs'

let receiver, open, closed
before(async () => {
  receiver = await Receiver.start()
  const flags = [...NO_RATE_LIMITS, ...receiver.hookFlags]
  open = await Server.start({ flags })
  closed = await Server.start({ flags: [...flags, '--hook-on-failure=closed'] })
})
after(async () => {
  await Promise.all([open?.stop(), closed?.stop()])
  await receiver?.down().catch(() => {})
})
beforeEach(() => {
  receiver.answer = { action: 'allow' }
  receiver.requests.length = 0
})

const send = (person, room, text, more = {}) => person.call('POST', `/rooms/${room.id}/messages`, { client_id: crypto.randomUUID(), text, ...more })
const textOf = async (person, room, seq) => (await person.get(`/rooms/${room.id}/messages/${seq}`)).text

test('each message and each edit is asked about, with who says it and where', async () => {
  const ada = await signUp(open)
  const room = await ada.createRoom('group')
  assert.equal((await send(ada, room, 'hello', { client_id: 'c1' })).status, 201)
  assert.equal((await ada.call('PATCH', `/rooms/${room.id}/messages/1`, { text: 'hello there' })).status, 200)
  const [message, edit] = receiver.requests.map(({ body }) => body)
  assert.deepEqual([message.type, message.room, message.sender, message.text, message.client_id], ['message', room.id, ada.user, 'hello', 'c1'])
  assert.deepEqual([edit.type, edit.room, edit.text, edit.seq], ['edit', room.id, 'hello there', 1])
})

test('what is rejected is not said, and its sender learns why', async () => {
  const ada = await signUp(open)
  const room = await ada.createRoom('group')
  receiver.answer = ({ text }) => (text.includes('buy') ? { action: 'reject', reason: 'no advertising' } : { action: 'allow' })
  const refused = await send(ada, room, 'buy this')
  assert.deepEqual([refused.status, refused.body.code, refused.body.detail], [403, 'rejected', 'no advertising'])
  assert.equal((await send(ada, room, 'hello')).body.seq, 1)
  assert.equal((await ada.call('PATCH', `/rooms/${room.id}/messages/1`, { text: 'buy that' })).body.code, 'rejected')
  assert.equal(await textOf(ada, room, 1), 'hello')
})

test('what is rewritten is said otherwise, once however often it is sent', async () => {
  const ada = await signUp(open)
  const room = await ada.createRoom('group')
  receiver.answer = ({ text }) => ({ action: 'rewrite', text: text.replace('darn', '****') })
  const answers = [await send(ada, room, 'darn it', { client_id: 'once' }), await send(ada, room, 'darn it', { client_id: 'once' })]
  assert.deepEqual(answers.map(({ status, body }) => [status, body.seq]), [[201, 1], [200, 1]])
  assert.equal(await textOf(ada, room, 1), '**** it')
})

test('nobody is asked about what somebody says where they cannot', async () => {
  const [ada, eve] = [await signUp(open), await signUp(open)]
  const room = await ada.createRoom('private')
  assert.equal((await send(eve, room, 'hello')).body.code, 'unknown_room')
  assert.deepEqual(receiver.requests, [])
})

test('without an answer that makes sense, one node sends all the same and the other nothing', async () => {
  const people = { open: await signUp(open), closed: await signUp(closed) }
  const rooms = { open: await people.open.createRoom('group'), closed: await people.closed.createRoom('group') }
  const moods = { 'an error': 500, 'another form': { mood: 'good' }, 'no answer in time': () => new Promise((done) => setTimeout(done, 2_000, 200)) }
  for (const [mood, answer] of Object.entries(moods)) {
    receiver.answer = answer
    assert.equal((await send(people.open, rooms.open, mood)).status, 201, mood)
    assert.equal((await send(people.closed, rooms.closed, mood)).body.code, 'rejected', mood)
  }
  await receiver.down()
  assert.equal((await send(people.open, rooms.open, 'nobody there')).status, 201)
  assert.equal((await send(people.closed, rooms.closed, 'nobody there')).body.code, 'rejected')
  await receiver.up()
  receiver.answer = { action: 'allow' }
  assert.equal((await send(people.closed, rooms.closed, 'there again')).body.seq, 1)
})
