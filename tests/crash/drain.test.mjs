// SIGTERM in the middle of a burst: the server says so, sends its clients away, and finishes what it has accepted.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { signUpAll } from '../lib/people.mjs'
import { SdkClient } from '../lib/sdk.mjs'
import { withServer } from '../lib/suite.mjs'
import { Wire } from '../lib/wire.mjs'
import { Burst, RestLine, SdkLine } from './senders.mjs'

const held = withServer({ flags: ['--drain-not-ready=500ms', '--drain-spread=1s', '--drain-timeout=5s'] })
held.mayEnd = true

test('a server that is told to stop loses nothing, and its clients resume where they were', async () => {
  const [ada, bob] = await signUpAll(held.server, 'ada', 'bob')
  const room = await ada.createRoom('group', [bob])
  const listener = await SdkClient.connected('WebSocket with JSON', bob, { data: { rooms: 0 } })
  const following = listener.subscription(`room:${room.id}`)
  await following.subscribe()
  const watching = await Wire.connected(bob)

  const burst = new Burst(room, [ada, bob])
  burst.write(2_000, 'drain')
  const lines = [new RestLine(ada), await SdkLine.open(bob)]
  let ending
  await burst.send(lines, (count) => {
    if (count === 300) ending = held.server.terminate()
    if (count === 310) for (const line of lines) line.dead = true
  })
  await eventually('the server to say that it is not ready', async () => (await fetch(`${held.server.url}/readyz`)).status === 503)
  assert.equal(await watching.ends(), 3001)
  assert.deepEqual(await ending, { code: 0, signal: null })
  for (const line of lines) line.close()

  await held.server.start()
  const again = [new RestLine(ada), await SdkLine.open(bob)]
  await burst.send(again)
  for (const line of again) line.close()
  assert.equal(burst.unacknowledged, 0)
  const messages = await ada.messages(room)
  assert.equal(messages.length, 2_000)
  for (const { client_id, seq, rev, text } of messages) assert.deepEqual(burst.acknowledged.get(client_id), { seq, rev, text })
  await eventually('the listener to have everything', () => following.changes.length >= 2_000)
  assert.deepEqual(following.changes.map(({ offset }) => offset), messages.map(({ rev }) => rev))
  assert.deepEqual(listener.disconnects, [])
})

test('a second signal ends it at once', async () => {
  const [cy] = await signUpAll(held.server, 'cy')
  const wire = await Wire.connected(cy)
  const ending = held.server.terminate()
  await eventually('the server to say that it is not ready', async () => (await fetch(`${held.server.url}/readyz`)).status === 503)
  const again = held.server.terminate()
  await Promise.all([ending, again])
  wire.close()
  await held.server.start()
})
