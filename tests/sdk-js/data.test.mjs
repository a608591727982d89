// Data that goes: people who are erased, and messages that have outlived their time.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { operate } from '../lib/operator.mjs'
import { eventually } from '../lib/patience.mjs'
import { call, need, PASSWORD, signUp, signUpAll } from '../lib/people.mjs'
import { SdkClient } from '../lib/sdk.mjs'
import { binary } from '../lib/server.mjs'
import { withServer } from '../lib/suite.mjs'

const held = withServer({ flags: ['--retention-default-days=30', '--retention-interval=1s'] })
let admin
held.before(async () => {
  admin = await signUp(held.server, 'first')
})
const people = (count) => signUpAll(held.server, ...Array.from({ length: count }))
const signIn = (name) => call(held.server, 'POST', '/sessions', { body: { name, password: PASSWORD } })

/** A room in which somebody who is to be erased has said and done something, as another one follows it. */
async function conversation() {
  const [ada, bob] = await people(2)
  const room = await ada.createRoom('group', [bob])
  await ada.say(room, 'said by ada')
  await bob.say(room, 'said by bob')
  need(await ada.call('PUT', `/rooms/${room.id}/messages/2/reactions/👍`))
  const client = await SdkClient.connected('WebSocket with JSON', bob)
  return { ada, bob, room, client }
}

/** What others hear of it, and what is left. */
async function isGone({ ada, bob, room, client }) {
  const heard = () => client.changes(`room:${room.id}`).map(({ data }) => data.type)
  await eventually('the erasure to be done', () => ['member.left', 'reaction.removed', 'message.deleted'].every((type) => heard().includes(type)))
  const [gone, kept] = await bob.messages(room)
  assert.deepEqual([gone.text, gone.sender.display_name, gone.sender.id], ['', 'Deleted user', ada.id])
  assert.ok(gone.deleted_at)
  assert.deepEqual([kept.text, kept.reactions], ['said by bob', undefined])
  assert.equal((await bob.get(`/rooms/${room.id}`)).role, 'owner', 'the room is handed on')
  assert.deepEqual((await bob.get(`/users?query=${ada.name}`)).users ?? [], [])
  assert.equal((await ada.call('GET', '/rooms')).status, 401)
  const log = await client.history(`room:${room.id}`, { limit: 100 })
  assert.ok(!JSON.stringify(log).includes('said by ada'))
  assert.equal((await bob.call('POST', '/rooms', { kind: 'direct', members: [ada.id] })).body.code, 'unknown_user')
  await signUp(held.server, ada.name).catch((error) => assert.fail(`the name is not free: ${error}`))
}

test('who erases themselves proves who they are, and is gone everywhere', async () => {
  const about = await conversation()
  const { ada } = about
  const own = await SdkClient.connected('WebSocket with JSON', ada)
  const wrong = await ada.call('DELETE', '/users/me', { password: 'not it' })
  assert.deepEqual([wrong.status, wrong.body.code], [401, 'wrong_credentials'])
  assert.equal((await ada.call('GET', '/rooms')).status, 200)
  assert.equal((await ada.call('DELETE', '/users/me', { password: PASSWORD })).status, 204)
  await own.disconnected()
  assert.equal((await signIn(ada.name)).status, 401)
  await isGone(about)
  const [entry] = (await admin.get('/admin/audit?limit=50')).entries.filter(({ action }) => action === 'user.erased')
  assert.deepEqual([entry.user.id, entry.user.display_name], [ada.id, 'Deleted user'])
})

test('admins of the server erase people, and nobody else does', async () => {
  const about = await conversation()
  const { ada, bob } = about
  assert.equal((await bob.call('DELETE', `/admin/users/${ada.id}`)).body.code, 'permission_denied')
  assert.equal((await admin.call('DELETE', `/admin/users/${ada.id}`)).status, 204)
  await isGone(about)
  assert.equal((await admin.call('PATCH', `/admin/users/${ada.id}`, { disabled: false })).body.code, 'unknown_user')
  assert.equal((await admin.call('DELETE', '/admin/users/nobody-at-all')).body.code, 'unknown_user')
})

test('the operator erases people on the command line, where it is meant', async () => {
  const about = await conversation()
  const words = ['user', 'erase', about.ada.name, '--data-dir', held.server.dataDir]
  const slip = spawnSync(binary(), words, { encoding: 'utf8' })
  assert.notEqual(slip.status, 0)
  assert.match(slip.stderr, /--yes/)
  assert.equal((await signIn(about.ada.name)).status, 201)
  assert.deepEqual(operate(held.server, 'user', 'erase', about.ada.name, '--yes'), { erased: about.ada.name })
  await isGone(about)
})

test('messages that have outlived their time are removed, and who was away before learns that their position is gone', async () => {
  const [ada, bob] = await people(2)
  const from = await ada.createRoom('group', [bob])
  for (const text of ['old 1', 'old 2', 'old 3', 'new 1', 'new 2']) await ada.say(from, text)
  need(await ada.call('PUT', `/rooms/${from.id}/pins/1`))
  // The same as a room of its own, whose first messages are from years ago.
  const exported = await ada.call('GET', `/rooms/${from.id}/export`)
  const other = from.id.slice(0, -1) + (from.id.endsWith('0') ? '1' : '0')
  const lines = exported.body.trim().split('\n').map((line) => JSON.parse(line.replaceAll(from.id, other)))
  for (const { type, message } of lines) {
    if (type === 'message' && message.text.startsWith('old')) message.created_at = '2020-01-01T00:00:00.000Z'
  }
  const file = join(held.server.dataDir, 'aged.jsonl')
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  assert.equal(operate(held.server, 'import', file).messages_new, 5)
  const left = async () => (await bob.messages(other)).map(({ text }) => text).join()
  await eventually('the old messages to be removed', async () => (await left()) === 'new 1,new 2')
  assert.deepEqual((await bob.get(`/rooms/${other}/pins`)).messages, [])
  const client = await SdkClient.connected('WebSocket with JSON', bob, { data: { rooms: 0 } })
  const { epoch, publications } = await client.history(`room:${other}`, { limit: 100 })
  assert.ok(publications.some(({ data }) => data.type === 'messages.removed'))
  const subscription = client.subscription(`room:${other}`, { since: { offset: 1, epoch } })
  const subscribed = await subscription.subscribe()
  assert.deepEqual([subscribed.wasRecovering, subscribed.recovered], [true, false])
  const sent = await ada.say(other, 'and on')
  assert.equal(sent.seq, 6)
  await eventually('the next message', () => subscription.changes.at(-1)?.data.message?.text === 'and on')
  // The room it was taken from is as it was.
  assert.equal((await bob.messages(from)).length, 5)
})
