// As what people are seen by others, and what they want to be told of, with the official JavaScript SDK.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { signUpAll } from '../lib/people.mjs'
import { SdkClient } from '../lib/sdk.mjs'
import { withServer } from '../lib/suite.mjs'

const held = withServer()

for (const transport of ['WebSocket with JSON', 'WebSocket with Protobuf', 'server-sent events']) {
  describe(`over ${transport}`, () => {
    const people = () => signUpAll(held.server, undefined, undefined)
    const connected = (person) => SdkClient.connected(transport, person)
    /** As what a client was last told that somebody is seen. */
    const told = (client, { id }) => client.publications.flatMap(({ data }) => data.changed ?? []).findLast((entry) => entry.id === id)

    test('who looks away on all devices is away, and whoever shares a room hears of it', async () => {
      const [ada, bob] = await people()
      await ada.createRoom('group', [bob])
      const [hers, phone, laptop] = [await connected(ada), await connected(bob), await connected(bob)]
      const look = (client, active) => client.send({ type: 'activity', active })
      const seen = async () => (await ada.get(`/presence?users=${bob.id}`)).users[0].presence
      await eventually('bob to be there', async () => (await seen()) === 'online')
      await look(phone, false)
      await look(laptop, false)
      await eventually('bob to be away', () => told(hers, bob)?.presence === 'away')
      assert.equal(await seen(), 'away')
      await look(laptop, true)
      await eventually('bob to be back', () => told(hers, bob)?.presence === 'online')
    })

    test('what people say of themselves is seen by others, and not by who only has it past its end', async () => {
      const [ada, bob] = await people()
      await ada.createRoom('group', [bob])
      const [hers] = [await connected(ada), await connected(bob)]
      const until = new Date(Date.now() + 3_600_000).toISOString()
      const entry = (await bob.call('PUT', '/users/me/presence', { presence: 'dnd', text: 'in the lab', until })).body
      assert.deepEqual([entry.id, entry.text, entry.until], [bob.id, 'in the lab', until])
      await eventually('ada to see it', () => told(hers, bob)?.presence === 'dnd')
      assert.deepEqual(told(hers, bob), { id: bob.id, presence: 'dnd', text: 'in the lab', until })
      await hers.rpc('presence.set', { presence: 'away', until: new Date(0).toISOString() })
      const { users } = await bob.get(`/presence?users=${ada.id},${bob.id}`)
      assert.deepEqual(new Map(users.map(({ id, presence }) => [id, presence])), new Map([[ada.id, 'online'], [bob.id, 'dnd']]))
      const { status, body } = await bob.call('PUT', '/users/me/presence', { presence: 'busy', text: 'x'.repeat(101) })
      assert.deepEqual([status, body.errors.map(({ field }) => field)], [422, ['presence', 'text']])
    })

    test('what one wants to be told of is the same on all devices', async () => {
      const [ada, bob] = await people()
      const room = await ada.createRoom('group', [bob])
      const phone = await connected(bob)
      const muted_until = new Date(Date.now() + 3_600_000).toISOString()
      const { body } = await bob.call('PATCH', `/rooms/${room.id}/notifications`, { level: 'mentions', muted_until })
      assert.deepEqual(body, { level: 'mentions', muted_until })
      const { data } = await eventually('the phone to hear of it', () => phone.publications.find(({ data }) => data.type === 'room.notifications'))
      assert.deepEqual(data, { type: 'room.notifications', room: room.id, notifications: body })
      assert.deepEqual(await phone.rpc('notification.set', { room: room.id, muted_until: null }), { level: 'mentions' })
      assert.deepEqual((await bob.get(`/rooms/${room.id}`)).notifications, { level: 'mentions' })
      const refused = await bob.call('PATCH', `/rooms/${room.id}/notifications`, { level: 'loud' })
      assert.deepEqual([refused.status, refused.body.errors[0].field], [422, 'level'])
    })
  })
}
