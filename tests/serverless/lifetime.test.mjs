// What the gateway decides: who is let in by what the handshake shows, and when a connection ends whatever anybody wants.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import WebSocket from 'ws'
import { Client } from '../lib/gateway.mjs'
import { eventually } from '../lib/patience.mjs'
import { signUpAll } from '../lib/people.mjs'
import { SdkClient } from '../lib/sdk.mjs'
import { Serverless } from '../lib/serverless.mjs'

let shape
before(async () => {
  shape = await Serverless.start({ limits: 'max_connection_age = "3s"' })
})
after(async () => {
  SdkClient.closeAll()
  await shape?.stop()
})

const people = () => signUpAll(shape, undefined, undefined)
const path = () => `${shape.url.replace('http', 'ws')}/connection/websocket`

test('connections that the gateway ends again and again miss nothing', async () => {
  const [ada, bob] = await people()
  const room = await ada.createRoom('group', [bob])
  const channel = `room:${room.id}`
  const his = await SdkClient.connected('WebSocket with JSON', bob)
  let connects = 1
  his.sdk.on('connected', () => connects++)
  let last
  await eventually('two ends of a connection', async () => {
    last = await ada.say(room)
    return connects >= 3
  })
  await eventually('all that was said', () => his.changes(channel).at(-1)?.offset >= last.rev)
  const revs = his.changes(channel).map(({ offset }) => offset)
  assert.deepEqual(revs, Array.from({ length: revs.length }, (_, n) => revs[0] + n))
})

test('the cookie of an own page is enough, another page’s is not, and a page that may not act is not let in', async () => {
  const [ada] = await people()
  const headers = { cookie: ada.cookie }
  const connect = (socket) => {
    socket.send({ id: 1, connect: {} })
    return socket.next('the answer')
  }
  const own = await Client.connect(path(), { headers: { ...headers, origin: shape.url } })
  assert.equal((await connect(own)).connect.data.user.id, ada.id)
  own.close()
  // A program has no page, and says who it is with its first message.
  const program = await Client.connect(path(), { headers })
  assert.equal((await connect(program)).push.disconnect.code, 3500)
  await program.closed
  await assert.rejects(Client.connect(path(), { headers: { ...headers, origin: 'https://evil.example' } }), { status: 403 })
})

test('what the gateway cannot carry is refused, and who says nothing sensible is closed', async () => {
  await assert.rejects(Client.connect(`${path()}?cf_protocol=protobuf`), { status: 400 })
  const json = await Client.connect(path(), { protocols: ['centrifuge-json'] })
  assert.equal(json.socket.protocol, 'centrifuge-json')
  json.send('{"id":1,"rpc":{"method":"room.list"}}')
  assert.equal((await json.next()).push.disconnect.code, 3501)
  await json.closed
  assert.equal(json.socket.readyState, WebSocket.CLOSED)
})
