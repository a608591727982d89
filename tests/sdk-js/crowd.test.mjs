// More clients come at once than the node lets in: the official SDK, unmodified, comes back by itself until it is in.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { signUp } from '../lib/people.mjs'
import { SdkClient, TRANSPORTS } from '../lib/sdk.mjs'
import { withServer } from '../lib/suite.mjs'

const CLIENTS_PER_TRANSPORT = 50
const TOO_MANY_REQUESTS = 111

const held = withServer({ flags: ['--realtime-max-concurrent-connects=1', '--realtime-connect-patience=10ms'] })

test('a crowd gets in bit by bit, over every transport, and REST is answered meanwhile', async () => {
  const ada = await signUp(held.server)
  const room = await ada.createRoom('private')
  const clients = Object.keys(TRANSPORTS).flatMap((transport) =>
    Array.from({ length: CLIENTS_PER_TRANSPORT }, () => new SdkClient(transport, held.server.url, { token: ada.token })),
  )
  for (const { sdk } of clients) sdk.connect()
  const connected = () => clients.filter(({ sdk }) => sdk.state === 'connected').length
  const delays = []
  await eventually('all clients to be connected', async () => {
    const asked = performance.now()
    await ada.get('/rooms')
    delays.push(performance.now() - asked)
    return connected() === clients.length
  })

  const refusals = clients.flatMap(({ errors }) => errors).filter(({ error }) => error.code === TOO_MANY_REQUESTS)
  assert.ok(refusals.length > 0, 'some had to come back')
  for (const { error } of refusals) assert.match(error.message, /^too_many_requests: .* come back in \d+ s$/)
  assert.deepEqual(clients.flatMap(({ disconnects }) => disconnects), [], 'nobody was sent away for good')
  assert.ok(Math.max(...delays) < 2_000, `REST took ${Math.max(...delays)} ms`)

  await ada.say(room, 'hello, all of you')
  await eventually('all to hear it', () => clients.every((client) => client.changes(`room:${room.id}`).length > 0))
  const figures = await (await fetch(`${held.server.url}/metrics`)).text()
  const refused = Number(/^chinwag_connects_total{result="refused"} (\d+)/m.exec(figures)[1])
  assert.ok(refused >= refusals.length, `${refused} refused`)
})
