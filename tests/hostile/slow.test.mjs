// Clients that do not read what they are sent.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { signUp } from '../lib/people.mjs'
import { withServer } from '../lib/suite.mjs'
import { frame, RawSocket, Wire } from '../lib/wire.mjs'
import { andStillServes } from './still-serves.mjs'

const held = withServer({ flags: ['--realtime-write-timeout=2s'] })
andStillServes(held)

test('a client that never reads is disconnected, costs the others nothing, and gets everything when it comes back', async () => {
  const person = await signUp(held.server)
  const room = await person.createRoom('private')
  const raw = await RawSocket.upgraded(held.server)
  raw.write(frame({ payload: `{"id":1,"connect":{"token":"${person.token}","data":{"rooms":0}}}\n{"id":2,"subscribe":{"channel":"room:${room.id}"}}` }))
  await eventually('the subscription', () => raw.received.includes('"id":2'))
  raw.socket.pause()
  const text = 'x'.repeat(60_000)
  for (let n = 0; n < 200; n++) {
    await person.say(room, text)
  }
  const sessions = await eventually(
    'the slow client to be gone',
    async () => {
      const { sessions } = await person.get('/sessions')
      return sessions.every(({ connections }) => connections === 0) && sessions
    },
  )
  assert.equal(sessions.length, 1)
  raw.close()

  const back = await Wire.connected(person)
  const channel = `room:${room.id}`
  const { epoch } = (await back.command({ history: { channel } })).history
  const { subscribe } = await back.command({ subscribe: { channel, recover: true, offset: room.head_rev, epoch } })
  assert.equal(subscribe.recovered, true)
  const changes = () => [...(subscribe.publications ?? []), ...back.pushes.filter((push) => push.pub?.offset).map(({ pub }) => pub)]
  await eventually('all that was missed', () => changes().length >= 200)
  assert.deepEqual(changes().map(({ offset }) => offset), Array.from({ length: 200 }, (_, n) => room.head_rev + 1 + n))
  back.close()
})

test('a client that asks for more than it reads gets every answer once it reads', async () => {
  const person = await signUp(held.server)
  const room = await person.createRoom('private')
  for (let n = 0; n < 5; n++) {
    await person.say(room, 'x'.repeat(60_000))
  }
  const raw = await RawSocket.upgraded(held.server)
  raw.write(frame({ payload: `{"id":1,"connect":{"token":"${person.token}","data":{"rooms":0}}}` }))
  await eventually('the connection', () => raw.received.includes('"id":1'))
  raw.socket.pause()
  const asked = 150
  const ask = (n) => JSON.stringify({ id: 10 + n, history: { channel: `room:${room.id}`, limit: 3 } })
  raw.write(frame({ payload: Array.from({ length: asked }, (_, n) => ask(n)).join('\n') }))
  // Long enough for the server to have begun all that it may.
  for (let n = 0; n < 5; n++) {
    await person.say(room, 'meanwhile')
  }
  raw.socket.resume()
  await eventually('every answer', () => raw.received.toString('latin1').split('"history":').length === asked + 1)
  raw.close()
})
