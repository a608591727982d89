// Clients that do not read what they are sent.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { signUp } from '../lib/people.mjs'
import { withServer } from '../lib/suite.mjs'
import { frame, RawSocket } from '../lib/wire.mjs'
import { andStillServes } from './still-serves.mjs'

const held = withServer({ flags: ['--realtime-write-timeout=2s'] })
andStillServes(held)

test('a client that never reads is disconnected and costs the others nothing', async () => {
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
})
