// Other back ends put what they have to say on a queue, and people's devices get it once.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { signUp } from '../lib/people.mjs'
import { SdkClient } from '../lib/sdk.mjs'
import { Serverless } from '../lib/serverless.mjs'

let shape, bob, room, his, phone
before(async () => {
  shape = await Serverless.start()
  // Whoever is first is an admin.
  const admin = await signUp(shape)
  bob = await signUp(shape)
  const { user: herald } = await admin.post('/bots', { name: 'herald', display_name: 'Herald' })
  room = await admin.createRoom('group', [bob, herald])
  his = await SdkClient.connected('WebSocket with JSON', bob)
  phone = await SdkClient.connected('WebSocket with JSON', await bob.anotherDevice())
})
after(async () => {
  SdkClient.closeAll()
  await shape?.stop()
})

const said = (client) => client.changes(`room:${room.id}`).filter(({ data }) => data.type === 'message.created').map(({ data }) => data.message.text)
const events = (client) => client.publications.filter(({ data }) => data.type === 'user.event').map(({ data }) => [data.id, data.event, data.data])

test('what a back end says in a room is a message, once, however often it is said and brought', async () => {
  shape.faults = { redeliver: 1, reorder: 0 }
  const order = { to: { room: room.id }, type: 'message', data: { text: 'Your order is on its way' }, id: 'order-1' }
  await shape.say(order)
  await shape.say(order)
  await shape.say({ ...order, data: { text: 'It is at your door' }, id: 'order-2' })
  for (const client of [his, phone]) {
    await eventually('both messages', () => said(client).length >= 2)
    assert.deepEqual(said(client).sort(), ['It is at your door', 'Your order is on its way'])
  }
  shape.faults = { redeliver: 0, reorder: 0 }
})

test('what it says to a user comes to each device once', async () => {
  shape.faults = { redeliver: 1, reorder: 0 }
  const event = { to: { user: bob.id }, type: 'order.paid', data: { order: 7 }, id: 'paid-7' }
  await shape.say(event)
  await shape.say(event)
  await shape.say({ ...event, type: 'order.sent', id: 'sent-7' })
  for (const client of [his, phone]) {
    await eventually('both events', () => events(client).length >= 2)
    assert.deepEqual(events(client).sort(), [['paid-7', 'order.paid', { order: 7 }], ['sent-7', 'order.sent', { order: 7 }]])
  }
  shape.faults = { redeliver: 0, reorder: 0 }
})

test('what makes no sense, or is an announcement by the wrong queue, ends among the dead letters', async () => {
  const room_id = { to: { room: room.id }, type: 'message' }
  const bad = [
    'no JSON', { ...room_id, data: {} }, { to: { user: 'nobody-of-that-id' }, type: 'shout' }, { announce: 'user_disabled', user: bob.id },
  ]
  for (const message of bad) await shape.say(message)
  const dead = new Set()
  await eventually('all of it to be put aside', async () => {
    const { Messages = [] } = await shape.queue('ReceiveMessage', { QueueUrl: shape.dead, MaxNumberOfMessages: 10 })
    for (const { Body } of Messages) dead.add(Body)
    return dead.size === bad.length
  })
  assert.deepEqual(his.disconnects, [])
})
