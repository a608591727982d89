// Files and faces as clients of the official SDK see them: at once, after a cut, and gone with their message.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { need, signUpAll } from '../lib/people.mjs'
import { PNG } from '../lib/png.mjs'
import { SdkClient } from '../lib/sdk.mjs'
import { withServer } from '../lib/suite.mjs'

const held = withServer({ flags: ['--limits-max-small-room-members=3'] })
const people = (count = 2) => signUpAll(held.server, ...Array.from({ length: count }))
const told = (client, room, type) => client.publications.filter(({ channel, data }) => channel === `room:${room.id}` && data.type === type).map(({ data }) => data)

test('a message shows its files to who is there and to who comes back, until it is deleted', async () => {
  const [ada, bob] = await people()
  const room = await ada.createRoom('private', [bob])
  const bobs = await SdkClient.connected('WebSocket with Protobuf', bob)
  const files = [await ada.upload(PNG.of(900, 30), { name: 'Strand.png' }), await ada.upload('words', { name: 'a.txt' })]
  const adas = await SdkClient.connected('WebSocket with JSON', ada)
  const data = { room: room.id, client_id: randomUUID(), attachments: files.map(({ id }) => id) }
  await adas.rpc('message.send', data)
  await eventually('the message', () => told(bobs, room, 'message.created').length === 1)
  const [{ message }] = told(bobs, room, 'message.created')
  assert.deepEqual([message.text, message.attachments], ['', files])
  assert.deepEqual({ ...files[0].preview, size: 0 }, { width: 800, height: 27, type: 'image/jpeg', size: 0 })

  const { url, preview_url } = await bob.get(`/files/${files[0].id}/link`)
  for (const [path, type] of [[url, 'image/png'], [preview_url, 'image/jpeg']]) {
    const answer = await fetch(new URL(path, held.server.url))
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, type])
  }
  const cookie = await fetch(`${held.server.url}/api/v1/files/${files[0].id}`, { headers: { cookie: bob.cookie, range: 'bytes=-4' } })
  assert.equal(cookie.status, 206)
  assert.deepEqual(Buffer.from(await cookie.arrayBuffer()), PNG.of(900, 30).subarray(-4))

  need(await ada.call('PATCH', `/rooms/${room.id}/messages/1`, { text: 'The shore.' }))
  await eventually('the edit', () => told(bobs, room, 'message.edited').length === 1)
  assert.deepEqual(told(bobs, room, 'message.edited')[0].message.attachments, files)
  need(await ada.call('DELETE', `/rooms/${room.id}/messages/1`))
  await eventually('the deletion', () => told(bobs, room, 'message.deleted').length === 1)
  for (const path of [url, preview_url, `/api/v1/files/${files[1].id}`]) {
    assert.equal((await fetch(new URL(path, held.server.url), { headers: { authorization: `Bearer ${bob.token}` } })).status, 404)
  }
  const late = await SdkClient.connected('WebSocket with JSON', bob, { data: { rooms: 0 } })
  const { publications } = await late.history(`room:${room.id}`, { limit: 100 })
  assert.ok(publications.length > 0 && !JSON.stringify(publications).includes(files[0].id), 'nowhere in what is replayed')
})

test('who takes another name or face is shown so at once, in small rooms and on their own devices', async () => {
  const [ada, bob] = await people()
  const room = await ada.createRoom('private', [bob])
  const [bobs, adas] = [await SdkClient.connected('WebSocket with JSON', bob), await SdkClient.connected('WebSocket with JSON', ada)]
  const { id } = await ada.upload(PNG.of(40, 60), { name: 'me.png', purpose: 'avatar' })
  const user = need(await ada.call('PATCH', '/users/me', { display_name: 'Ada L.', about: 'Sails.', avatar: id }))
  assert.deepEqual([user.display_name, user.about, user.avatar], ['Ada L.', 'Sails.', id])
  const { about, ...shown } = user
  await eventually('the news', () => told(bobs, room, 'user.changed').length === 1)
  assert.deepEqual(told(bobs, room, 'user.changed')[0].user, shown)
  await eventually('the news on her own channel', () => adas.publications.some(({ channel, data }) => channel === `user:${ada.id}` && data.type === 'user.changed'))
  await ada.say(room, 'hello')
  await eventually('the message', () => told(bobs, room, 'message.created').length === 1)
  assert.deepEqual(told(bobs, room, 'message.created')[0].message.sender, shown)
  const face = await fetch(`${held.server.url}/api/v1/files/${id}/preview`, { headers: { cookie: bob.cookie } })
  assert.deepEqual([face.status, face.headers.get('content-type')], [200, 'image/jpeg'])
})
