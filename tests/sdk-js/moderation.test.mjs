// Rooms that are set up, and people who are kept in order: while others watch and while they are away.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { need, signUpAll } from '../lib/people.mjs'
import { Network } from '../lib/proxy.mjs'
import { SdkClient, TRANSPORTS } from '../lib/sdk.mjs'
import { withServer } from '../lib/suite.mjs'

const held = withServer()
const channelOf = (room) => `room:${room.id}`
const people = (count) => signUpAll(held.server, ...Array.from({ length: count }))
const types = (changes) => changes.map(({ data }) => data.type)
const done = async (person, method, path, body) => need(await person.call(method, path, body), `${method} ${path}`)
const codeOf = async (person, method, path, body) => (await person.call(method, path, body)).body.code

/** What a client that was cut off while `meanwhile` went on gets of a room when it comes back, in order. */
async function missed(transport, person, room, last, meanwhile) {
  const network = await Network.to(held.server)
  const client = await SdkClient.connected(transport, person, { url: network.url })
  const changes = () => client.changes(channelOf(room))
  await last.say(room, 'the last thing seen')
  await eventually('the last thing seen', () => changes().some(({ data }) => data.message?.text === 'the last thing seen'))
  const seen = changes().length
  network.cut()
  await meanwhile()
  network.mend()
  await last.say(room, 'after')
  await eventually('what came after', () => changes().some(({ data }) => data.message?.text === 'after'))
  const resumed = client.subscribed.filter(({ channel }) => channel === channelOf(room)).at(-1)
  assert.deepEqual([resumed.wasRecovering, resumed.recovered], [true, true])
  const all = changes().slice(seen)
  assert.deepEqual(all.map(({ offset }) => offset), all.map((_, n) => all[0].offset + n), 'without a hole')
  client.close()
  await network.close()
  return all
}

for (const transport of Object.keys(TRANSPORTS)) {
  describe(`over ${transport}`, () => {
    test('settings that changed while one was away arrive by resume', async () => {
      const [ada, bob] = await people(2)
      const room = await ada.createRoom('private', [bob])
      const set = (settings) => done(ada, 'PATCH', `/rooms/${room.id}`, { settings })
      const changes = await missed(transport, bob, room, ada, async () => {
        await set({ retention_days: 7, permissions: { post: 'admin' } })
        await set({ retention_days: null })
      })
      assert.deepEqual(types(changes), ['room.settings_changed', 'room.settings_changed', 'message.created'])
      assert.deepEqual(changes[0].data.settings, { retention_days: 7, permissions: { post: 'admin' } })
      assert.deepEqual([changes[1].data.settings, changes[1].data.by], [{ permissions: { post: 'admin' } }, ada.user])
      assert.deepEqual((await bob.get(`/rooms/${room.id}`)).settings, changes[1].data.settings)
    })

    test('who was muted, let speak, and banned while one was away arrives by resume', async () => {
      const [ada, bob, eve] = await people(3)
      const room = await ada.createRoom('private', [bob, eve])
      const changes = await missed(transport, bob, room, ada, async () => {
        await done(ada, 'PUT', `/rooms/${room.id}/mutes/${eve.id}`, {})
        await done(ada, 'DELETE', `/rooms/${room.id}/mutes/${eve.id}`)
        await done(ada, 'PUT', `/rooms/${room.id}/bans/${eve.id}`, { reason: 'noise' })
      })
      assert.deepEqual(types(changes), ['member.muted', 'member.unmuted', 'member.left', 'message.created'])
      const [muted, unmuted, left] = changes.map(({ data }) => data)
      assert.deepEqual([muted.user, muted.until, muted.by], [eve.user, '9999-12-30T00:00:00.000Z', ada.user])
      assert.deepEqual([unmuted.user, unmuted.by], [eve.user, ada.user])
      assert.deepEqual([left.user, left.by, left.banned], [eve.user, ada.user, true])
    })

    test('whom one blocks is told on one’s other devices', async () => {
      const [ada, bob] = await people(2)
      const client = await SdkClient.connected(transport, ada)
      await done(ada, 'PUT', `/users/me/blocks/${bob.id}`)
      const told = () => client.publications.filter(({ data }) => data.type === 'block.changed').map(({ data }) => [data.user.id, data.blocked])
      await eventually('the news', () => told().length === 1)
      await done(ada, 'DELETE', `/users/me/blocks/${bob.id}`)
      await eventually('the end of it', () => told().length === 2)
      assert.deepEqual(told(), [[bob.id, true], [bob.id, false]])
      client.close()
    })
  })
}

test('a room’s settings decide who may do what from the next call on', async () => {
  const [ada, bob, eve] = await people(3)
  const room = await ada.createRoom('public', [bob])
  const at = `/rooms/${room.id}`
  await ada.say(room)
  const attempts = {
    post: ['POST', `${at}/messages`, { client_id: 'x', text: 'may I?' }],
    react: ['PUT', `${at}/messages/1/reactions/👍`],
    pin: ['PUT', `${at}/pins/1`],
    invite: ['POST', `${at}/members`, { user: eve.id }],
  }
  await done(ada, 'PATCH', at, { settings: { permissions: { post: 'admin', react: 'admin', invite: 'owner' } } })
  for (const [what, attempt] of Object.entries(attempts)) assert.equal(await codeOf(bob, ...attempt), 'permission_denied', what)
  await done(ada, 'PATCH', at, { settings: { permissions: { post: null, react: 'member', pin: 'member', invite: 'member' } } })
  for (const attempt of Object.values(attempts)) await done(bob, ...attempt)
})

test('settings that make no sense are refused by the name of the field', async () => {
  const [ada] = await people(1)
  const { id } = await ada.createRoom('group')
  const fieldsOf = async (body) => {
    const answer = await ada.call('PATCH', `/rooms/${id}`, body)
    assert.equal(answer.status, 422, JSON.stringify(answer.body))
    return answer.body.errors.map(({ field, code }) => [field, code])
  }
  assert.deepEqual(await fieldsOf({}), [['name', 'missing']])
  assert.deepEqual(await fieldsOf({ settings: { slow_mode_s: 100_000 } }), [['settings.slow_mode_s', 'range']])
  assert.deepEqual(await fieldsOf({ settings: { slow_mode_s: -1 } }), [['settings.slow_mode_s', 'type']])
  assert.deepEqual(await fieldsOf({ settings: { permissions: { post: 'everybody' } } }), [['settings.permissions.post', 'type']])
  assert.deepEqual(await fieldsOf({ settings: 7 }), [['settings', 'type']])
})

test('who is banned is out and stays out until they are let in', async () => {
  const [ada, bob] = await people(2)
  const room = await ada.createRoom('public', [bob])
  const ban = `/rooms/${room.id}/bans/${bob.id}`
  await done(ada, 'PUT', ban, { reason: 'noise' })
  assert.equal((await bob.call('POST', `/rooms/${room.id}/messages`, { client_id: 'x', text: 'may I?' })).status, 403)
  assert.equal(await codeOf(bob, 'POST', `/rooms/${room.id}/members`, { user: bob.id }), 'banned')
  const { bans } = await ada.get(`/rooms/${room.id}/bans`)
  assert.deepEqual(bans.map(({ user, by, reason }) => [user, by, reason]), [[bob.user, ada.user, 'noise']])
  await done(ada, 'DELETE', ban)
  await bob.join(room)
  assert.equal((await ada.call('PUT', ban, { until: '2020-01-01T00:00:00Z' })).body.errors[0].code, 'past')
})

test('who is muted says nothing, and the list of members says until when', async () => {
  const [ada, bob] = await people(2)
  const room = await ada.createRoom('group', [bob])
  await bob.say(room)
  const until = new Date(Date.now() + 3_600_000).toISOString()
  await done(ada, 'PUT', `/rooms/${room.id}/mutes/${bob.id}`, { until })
  const attempts = [['POST', '/messages', { client_id: 'x', text: 'may I?' }], ['PATCH', '/messages/1', { text: 'may I?' }], ['PUT', '/messages/1/reactions/👍']]
  for (const [method, path, body] of attempts) assert.equal(await codeOf(bob, method, `/rooms/${room.id}${path}`, body), 'muted', path)
  const { members } = await bob.get(`/rooms/${room.id}/members`)
  assert.equal(members.find(({ user }) => user.id === bob.id).muted_until, until)
  await done(ada, 'DELETE', `/rooms/${room.id}/mutes/${bob.id}`)
  await bob.say(room)
})

test('slow mode says how long to wait, over HTTP and in real time', async () => {
  const [ada, bob] = await people(2)
  const room = await ada.createRoom('group', [bob])
  await done(ada, 'PATCH', `/rooms/${room.id}`, { settings: { slow_mode_s: 60 } })
  await bob.say(room)
  const refused = await bob.call('POST', `/rooms/${room.id}/messages`, { client_id: 'x', text: 'too soon' })
  assert.deepEqual([refused.status, refused.body.code], [429, 'slow_mode'])
  assert.ok(refused.body.retry_after > 50 && refused.body.retry_after <= 60)
  assert.equal(refused.headers.get('retry-after'), String(refused.body.retry_after))
  const client = await SdkClient.connected('WebSocket with JSON', bob)
  const error = await client.rpc('message.send', { room: room.id, client_id: 'y', text: 'too soon' }).catch((error) => error)
  assert.deepEqual([error.code, /^slow_mode: .*\d+ s/.test(error.message)], [1012, true])
  client.close()
  await ada.say(room)
  await ada.say(room)
})

test('who is blocked cannot write directly, nor mention, nor send events', async () => {
  const [ada, bob] = await people(2)
  const direct = await ada.createRoom('direct', [bob])
  const group = await ada.createRoom('group', [bob])
  await done(ada, 'PUT', `/users/me/blocks/${bob.id}`)
  assert.equal(await codeOf(bob, 'POST', `/rooms/${direct.id}/messages`, { client_id: 'x', text: 'hello' }), 'blocked')
  assert.equal(await codeOf(bob, 'POST', `/users/${ada.id}/events`, { type: 'call' }), 'blocked')
  await bob.say(group, `@${ada.name} hello`)
  assert.equal((await ada.get(`/rooms/${group.id}`)).mentions, 0)
  await ada.say(direct, 'who blocks may write')
  assert.deepEqual((await ada.get('/users/me/blocks')).users, [bob.user])
  await done(ada, 'DELETE', `/users/me/blocks/${bob.id}`)
  await bob.say(direct, 'thank you')
})
