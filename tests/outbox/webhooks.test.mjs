// A real node tells a real HTTP receiver what happens: signed, in order, at least once, whoever dies in between.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { operate, operateForPeople } from '../lib/operator.mjs'
import { deferred, eventually } from '../lib/patience.mjs'
import { signUp } from '../lib/people.mjs'
import { Receiver } from '../lib/receiver.mjs'
import { NO_RATE_LIMITS, Server } from '../lib/server.mjs'

let receiver, server, ada
before(async () => {
  receiver = await Receiver.start()
  const flags = [...NO_RATE_LIMITS, ...receiver.flags, '--webhooks-events=room.created', '--webhooks-events=message.created', '--webhooks-max-attempts=4', '--drain-not-ready=500ms']
  server = await Server.start({ flags })
  ada = await signUp(server, 'ada')
})
after(async () => {
  await server?.stop()
  await receiver?.down()
})
beforeEach(() => {
  receiver.answer = 200
})

/** Says so many things, one after the other. */
async function say(room, count, from = 0) {
  for (let n = from; n < from + count; n++) await ada.say(room, `message ${n}`, `c${room.id}-${n}`)
}
const texts = (room) => receiver.heard(room).filter(({ type }) => type === 'message.created').map(({ data }) => data.message.text)
const expected = (count) => Array.from({ length: count }, (_, n) => `message ${n}`)
const owed = () => operate(server, 'outbox', 'list', '--limit', '0').backlog.owed

test('a change is told with its type, place and content, and only the wanted ones are', async () => {
  const room = await ada.createRoom('group', [])
  await ada.say(room, 'hello')
  await eventually('both to be told', () => receiver.heard(room).length === 2)
  const [created, said] = receiver.heard(room)
  assert.deepEqual([created.type, created.rev, created.data.kind], ['room.created', 1, 'group'])
  assert.deepEqual([said.type, said.room, said.rev], ['message.created', room.id, 3])
  assert.deepEqual([said.data.message.text, said.data.message.sender.name], ['hello', 'ada'])
  assert.equal(said.id, `${room.id}-3`)
  assert.ok(Math.abs(Date.parse(said.at) - Date.now()) < 60_000)
})

test('what becomes of a message is told too, and nothing of what it said before', async () => {
  const listener = await Receiver.start()
  // Without a list, everything is told.
  const other = await Server.start({ flags: [...NO_RATE_LIMITS, ...listener.flags] })
  try {
    const bea = await signUp(other, 'bea')
    const room = await bea.createRoom('group', [])
    await eventually('the room to be told', () => listener.heard(room).length === 2)
    await listener.down()
    await bea.say(room, 'hush')
    await bea.say(room, 'draft')
    const at = (seq) => `/rooms/${room.id}/messages/${seq}`
    await bea.call('DELETE', at(1))
    await bea.call('PATCH', at(2), { text: 'final' })
    await bea.call('PUT', `${at(2)}/reactions/👍`)
    await bea.call('DELETE', `${at(2)}/reactions/👍`)
    await bea.call('PUT', `/rooms/${room.id}/pins/2`)
    await bea.call('DELETE', `/rooms/${room.id}/pins/2`)
    await listener.up()
    await eventually('everything to be told', () => listener.heard(room).length === 10)
    const told = listener.heard(room).slice(2)
    assert.deepEqual(told.map(({ type }) => type), [
      'message.created', 'message.created', 'message.deleted', 'message.edited', 'reaction.added', 'reaction.removed', 'message.pinned', 'message.unpinned',
    ])
    assert.deepEqual(told.map(({ data }) => data.message?.text), ['', 'final', '', 'final', undefined, undefined, 'final', 'final'])
    const { seq, emoji, user, count } = told[4].data
    assert.deepEqual([seq, emoji, user.name, count], [2, '👍', 'bea', 1])
  } finally {
    await other.stop()
    await listener.down()
  }
})

test('the operator has a room told once more from a position on, with the same ids', async () => {
  const room = await ada.createRoom('group', [])
  await say(room, 3)
  await eventually('all to be told', () => receiver.heard(room).length === 4)
  const ids = receiver.heard(room).map(({ id }) => id)
  const requests = () => receiver.requests.filter(({ body }) => body.room === room.id).map(({ id }) => id)
  assert.equal(operate(server, 'outbox', 'replay', '--room', room.id, '--after', '3').replayed, 2)
  await eventually('the last two to be told again', () => requests().length === 6)
  assert.deepEqual(requests(), [...ids, ...ids.slice(-2)])
})

test('a room is told in order, however fast it talks', async () => {
  const rooms = await Promise.all([ada.createRoom('group', []), ada.createRoom('group', []), ada.createRoom('group', [])])
  await Promise.all(rooms.map((room) => say(room, 40)))
  await eventually('everything to be told', () => owed() === 0)
  for (const room of rooms) assert.deepEqual(texts(room), expected(40))
})

test('what a receiver misses while it is down, it hears when it is back', async () => {
  const room = await ada.createRoom('group', [])
  await say(room, 1)
  await eventually('the first to be told', () => texts(room).length === 1)
  await receiver.down()
  await say(room, 1, 1)
  await eventually('an attempt to fail', () => operate(server, 'outbox', 'list').jobs.some(({ reason }) => reason))
  await receiver.up()
  await say(room, 3, 2)
  await eventually('the rest to be told', () => texts(room).length === 5)
  assert.deepEqual(texts(room), expected(5))
})

test('a node that is killed half-way forgets nothing and repeats nothing that was acknowledged', async () => {
  const room = await ada.createRoom('group', [])
  await say(room, 20)
  await eventually('everything to be told', () => owed() === 0)
  const before = receiver.requests.length

  // One request is under way when the node dies.
  const arrived = deferred()
  const held = deferred()
  receiver.answer = ({ data }) => {
    if (data.message?.text !== 'message 25') return 200
    arrived.resolve()
    return held.promise
  }
  await say(room, 20, 20)
  await arrived.promise
  // What was answered a moment ago may not be noted yet: only of what is certainly settled can it be said.
  await eventually('all before it to be settled', () => operate(server, 'outbox', 'list').jobs[0].about.rev === 28)
  await server.kill()
  held.resolve(500)
  receiver.answer = 200
  await server.start()
  await eventually('everything to be told', () => owed() === 0)
  assert.deepEqual(texts(room), expected(40))
  const since = receiver.requests.slice(before).map(({ body }) => body.data.message.text)
  const repeated = new Set(since.filter((text, n) => since.indexOf(text) !== n))
  assert.deepEqual([...repeated], ['message 25'])
})

test('what is refused again and again becomes a dead letter, and the operator has it told after all', async () => {
  const room = await ada.createRoom('group', [])
  receiver.answer = ({ data }) => (data.message?.text === 'message 1' ? 500 : 200)
  await say(room, 3)
  await eventually('the others to be told', () => texts(room).length === 2)
  const { jobs, backlog } = operate(server, 'outbox', 'list', '--dead')
  assert.equal(backlog.dead, 1)
  assert.deepEqual([jobs[0].kind, jobs[0].key, jobs[0].attempts], ['webhook', room.id, 4])
  assert.match(jobs[0].reason, /500.*not now/)
  assert.match(operateForPeople(server, 'outbox', 'list', '--dead'), new RegExp(`webhook +${room.id} +4 .*500`))
  const figures = await (await fetch(`${server.url}/metrics`)).text()
  assert.match(figures, /chinwag_outbox_attempts_total\{kind="webhook",result="dead"\} 1/)

  receiver.answer = 200
  assert.deepEqual(operate(server, 'outbox', 'replay', String(jobs[0].id)), { replayed: 1 })
  // It is found by the next look, for nobody rings for it.
  await eventually('it to be told', () => texts(room).length === 3)
  assert.deepEqual(texts(room), ['message 0', 'message 2', 'message 1'])
  assert.deepEqual(operate(server, 'outbox', 'drop', '--kind', 'webhook'), { dropped: 0 })
})

test('a receiver that is gone for good is asked once, and the operator throws the letter away', async () => {
  const room = await ada.createRoom('group', [])
  await eventually('everything to be told', () => owed() === 0)
  receiver.answer = 410
  const before = receiver.requests.length
  await say(room, 1)
  await eventually('it to die', () => operate(server, 'outbox', 'list').backlog.dead === 1)
  assert.equal(receiver.requests.length, before + 1)
  assert.deepEqual(operate(server, 'outbox', 'drop', '--kind', 'webhook'), { dropped: 1 })
  assert.match(operateForPeople(server, 'outbox', 'list', '--dead'), /There are no dead letters/)
})

test('a node that is told to stop finishes what it has begun', async () => {
  const room = await ada.createRoom('group', [])
  await eventually('everything to be told', () => owed() === 0)
  const arrived = deferred()
  receiver.answer = async () => {
    arrived.resolve()
    await eventually('the node to drain', async () => (await fetch(`${server.url}/readyz`)).status === 503)
    return 200
  }
  await say(room, 1)
  await arrived.promise
  const before = receiver.requests.length
  assert.deepEqual(await server.terminate(), { code: 0, signal: null })
  await server.start()
  assert.equal(owed(), 0)
  assert.equal(receiver.requests.length, before)
  assert.deepEqual(texts(room), expected(1))
})
