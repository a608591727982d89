// What people do, with the official JavaScript SDK, over every transport that it speaks.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { signUp, signUpAll } from '../lib/people.mjs'
import { Network } from '../lib/proxy.mjs'
import { refusalOf, SdkClient, TRANSPORTS } from '../lib/sdk.mjs'
import { isServerless, withServer } from '../lib/suite.mjs'

const held = withServer()
// Asking is offered there (docs/SERVERLESS.md).
const toldOfPresence = { skip: isServerless && 'without servers nobody is told who comes and goes' }
const channelOf = (room) => `room:${room.id}`
const texts = (publications) => publications.filter(({ data }) => data.type === 'message.created').map(({ data }) => data.message.text)

for (const transport of Object.keys(TRANSPORTS)) {
  describe(`over ${transport}`, () => {
    const people = () => signUpAll(held.server, undefined, undefined)
    const connected = (person, options) => SdkClient.connected(transport, person, options)

    test('a token connects and the reply says who one is', async () => {
      const ada = await signUp(held.server)
      const client = await connected(ada)
      assert.deepEqual(client.context.data.user, ada.user)
      assert.equal(client.context.data.session.id ?? client.context.data.session, ada.session.id)
      assert.ok(client.context.client)
    })

    test('the server subscribes the own channel and the rooms', async () => {
      const ada = await signUp(held.server)
      const rooms = [await ada.createRoom('public'), await ada.createRoom('private')]
      const client = await connected(ada)
      const wanted = [`user:${ada.id}`, ...rooms.map(channelOf)]
      await eventually('all subscriptions', () => client.subscribed.length === wanted.length)
      assert.deepEqual(client.subscribed.map(({ channel }) => channel).sort(), wanted.sort())
      for (const { positioned, recoverable } of client.subscribed) assert.ok(positioned && recoverable)
    })

    test('a client that subscribes by itself is given only the own channel', async () => {
      const ada = await signUp(held.server)
      await ada.createRoom('public')
      const client = await connected(ada, { data: { rooms: 0 } })
      await eventually('the own channel', () => client.subscribed.length > 0)
      assert.deepEqual(client.subscribed.map(({ channel }) => channel), [`user:${ada.id}`])
    })

    test('a message that one publishes reaches everybody in the room, its author included', async () => {
      const [ada, bob] = await people()
      const room = await ada.createRoom('private', [bob])
      const [hers, his] = [await connected(ada), await connected(bob)]
      await hers.publish(channelOf(room), { client_id: 'first', text: 'Shall we? 🌊' })
      for (const client of [hers, his]) {
        const [change] = await eventually('the message', () => {
          const changes = client.changes(channelOf(room)).filter(({ data }) => data.type === 'message.created')
          return changes.length > 0 && changes
        })
        const { message, ...rest } = change.data
        assert.equal(rest.room, room.id)
        assert.equal(rest.rev, change.offset)
        assert.match(rest.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
        assert.deepEqual(message.sender, ada.user)
        assert.equal(message.rev, change.offset)
        assert.equal(message.seq, 1)
        assert.equal(message.text, 'Shall we? 🌊')
        assert.equal(message.client_id, 'first')
      }
    })

    test('a room that one is added to arrives on the own channel and is subscribed at once', async () => {
      const [ada, bob] = await people()
      const his = await connected(bob)
      const room = await ada.createRoom('group', [bob])
      await eventually('the subscription', () => his.subscribed.some(({ channel }) => channel === channelOf(room)))
      await eventually('the news', () => his.changes(`user:${bob.id}`).some(({ data }) => data.type === 'room.joined' && data.room === room.id))
      await ada.say(room, 'welcome')
      await eventually('the message', () => texts(his.changes(channelOf(room))).includes('welcome'))
    })

    test('a room that one is removed from is unsubscribed and says so on the own channel', async () => {
      const [ada, bob] = await people()
      const room = await ada.createRoom('private', [bob])
      const his = await connected(bob)
      assert.equal((await ada.call('DELETE', `/rooms/${room.id}/members/${bob.id}`)).status, 204)
      await eventually('the end of the subscription', () => his.unsubscribed.some(({ channel }) => channel === channelOf(room)))
      await eventually('the news', () => his.changes(`user:${bob.id}`).some(({ data }) => data.type === 'room.left' && data.room === room.id))
      await ada.say(room, 'now that he is gone')
      await his.rpc('room.list')
      assert.deepEqual(texts(his.publications), [])
    })

    test('typing reaches the others without an offset', async () => {
      const [ada, bob] = await people()
      const room = await ada.createRoom('private', [bob])
      const [hers, his] = [await connected(ada), await connected(bob)]
      await hers.send({ type: 'typing', room: room.id })
      const typing = await eventually('the typing', () => his.publications.find(({ data }) => data.type === 'typing'))
      assert.equal(typing.channel, channelOf(room))
      assert.equal(typing.data.room, room.id)
      assert.equal(typing.data.user.id ?? typing.data.user, ada.id)
      assert.ok(typing.data.expires_in_ms > 0)
      assert.ok(!typing.offset)
    })

    test('people in the same room tell each other what is kept nowhere, and oneself one’s other devices', async () => {
      const [ada, bob] = await people()
      const [hers, his, phone] = [await connected(ada), await connected(bob), await connected(await bob.anotherDevice())]
      const offer = { id: bob.id, type: 'call.offer', data: { sdp: ['🌊', 1, null] } }
      assert.equal(await refusalOf(hers.rpc('user.send_event', offer)), 1002, 'as strangers')
      await ada.createRoom('group', [bob])
      assert.deepEqual(await hers.rpc('user.send_event', offer), { connections: 2 })
      assert.deepEqual(await bob.post(`/users/${bob.id}/events`, { type: 'open' }), { connections: 2 })
      for (const client of [his, phone]) {
        const events = () => client.publications.filter(({ data }) => data.type === 'user.event')
        await eventually('both events', () => events().length === 2)
        assert.deepEqual(events().map(({ data }) => data), [
          { type: 'user.event', from: ada.user, event: 'call.offer', data: offer.data },
          { type: 'user.event', from: bob.user, event: 'open', data: null },
        ])
        for (const { channel, offset } of events()) assert.ok(channel === `user:${bob.id}` && !offset)
      }
      assert.equal(await refusalOf(hers.rpc('user.send_event', { ...offer, type: 'Call Offer' })), 107)
      assert.deepEqual(hers.publications.filter(({ data }) => data.type === 'user.event'), [])
    })

    test('a room that one does not follow says on the own channel that it has moved', async () => {
      const [ada, bob] = await people()
      const room = await ada.createRoom('private', [bob])
      const his = await connected(bob, { data: { rooms: 0 } })
      const { seq, rev } = await ada.say(room)
      const news = await eventually('the news', () =>
        his.publications.find(({ data }) => data.type === 'room.head' && data.room === room.id && data.head_rev >= rev),
      )
      assert.deepEqual([news.channel, news.data.head_seq, news.data.head_rev], [`user:${bob.id}`, seq, rev])
      assert.ok(!news.offset)
    })

    test('what one reads on one device is read on the other', async () => {
      const [ada, bob] = await people()
      const room = await ada.createRoom('private', [bob])
      for (let n = 0; n < 3; n++) await ada.say(room)
      const his = await connected(bob)
      const phone = await bob.anotherDevice()
      assert.deepEqual(await phone.post(`/rooms/${room.id}/read`, { seq: 2 }), { read_seq: 2, unread: 1, mentions: 0 })
      const moved = await eventually('the news', () => his.publications.find(({ data }) => data.type === 'cursor.moved'))
      const { room: where, read_seq, unread } = moved.data
      assert.deepEqual([moved.channel, where, read_seq, unread], [`user:${bob.id}`, room.id, 2, 1])
      assert.ok(!moved.offset)
      // It only moves forward.
      assert.deepEqual(await phone.post(`/rooms/${room.id}/read`, { seq: 1 }), { read_seq: 2, unread: 1, mentions: 0 })
    })

    test('who comes and who goes is seen by those in the same room', toldOfPresence, async () => {
      const [ada, bob] = await people()
      const room = await ada.createRoom('private', [bob])
      const hers = await connected(ada)
      const seen = (list) => () => hers.publications.some(({ channel, data, offset }) => channel === channelOf(room) && data.type === 'presence.changed' && data[list].includes(bob.id) && !offset)
      const his = await connected(bob)
      await eventually('Bob to come', seen('online'))
      assert.deepEqual(await hers.rpc('presence.get', { users: [bob.id] }), { online: [bob.id], users: [{ id: bob.id, presence: 'online' }] })
      his.close()
      await eventually('Bob to go', seen('offline'))
      const { online, users: [gone] } = await ada.get(`/presence?users=${bob.id}`)
      assert.deepEqual([online, gone.presence, gone.id], [[], 'offline', bob.id])
      assert.ok(Date.parse(gone.last_seen_at) <= Date.now())
    })

    test('ending one’s own session by a call closes the connection for good', async () => {
      const ada = await signUp(held.server)
      const hers = await connected(ada)
      hers.rpc('session.delete').catch(() => {})
      assert.equal((await hers.disconnected()).code, 3500)
      assert.equal((await ada.call('GET', '/users/me')).status, 401)
    })

    test('history goes forward, backward and from a position', async () => {
      const ada = await signUp(held.server)
      const room = await ada.createRoom('private')
      const client = await connected(ada)
      for (let n = 1; n <= 12; n++) await ada.say(room, `number ${n}`)
      const all = await client.history(channelOf(room), { limit: 100 })
      const head = all.publications.at(-1).offset
      assert.deepEqual(all.publications.map(({ offset }) => offset), Array.from({ length: head }, (_, n) => n + 1))
      assert.equal(all.offset, head)
      const forward = await client.history(channelOf(room), { limit: 3, since: { offset: 2, epoch: all.epoch } })
      assert.deepEqual(forward.publications.map(({ offset }) => offset), [3, 4, 5])
      const backward = await client.history(channelOf(room), { limit: 3, reverse: true })
      assert.deepEqual(backward.publications.map(({ offset }) => offset), [head, head - 1, head - 2])
      const nothing = await client.history(channelOf(room), {})
      assert.deepEqual([nothing.publications, nothing.offset], [[], head])
    })

    test('presence knows who follows a room, and forgets at once who stops', async () => {
      const [ada, bob] = await people()
      const room = await ada.createRoom('public')
      const hers = await connected(ada)
      const his = await connected(bob, { data: { rooms: 0 } })
      const subscription = his.subscription(channelOf(room))
      await subscription.subscribe()
      const users = async () => Object.values((await hers.sdk.presence(channelOf(room))).clients).map(({ user }) => user).sort()
      assert.deepEqual(await users(), [ada.id, bob.id].sort())
      assert.deepEqual(await hers.sdk.presenceStats(channelOf(room)), { numClients: 2, numUsers: 2 })
      subscription.sdk.unsubscribe()
      await eventually('Bob to be gone', async () => (await users()).length === 1, 2_000)
      await subscription.subscribe()
      assert.deepEqual(await users(), [ada.id, bob.id].sort())
      his.close()
      await eventually('Bob to be gone', async () => (await users()).length === 1, 2_000)
    })

    test('whoever asked for joins and leaves is told of both', toldOfPresence, async () => {
      const [ada, bob] = await people()
      const room = await ada.createRoom('public')
      const hers = await connected(ada, { data: { rooms: 0 } })
      const watching = hers.subscription(channelOf(room), { joinLeave: true })
      await watching.subscribe()
      const his = await connected(bob, { data: { rooms: 0 } })
      const following = his.subscription(channelOf(room))
      await following.subscribe()
      await eventually('the join', () => watching.joins.some(({ info }) => info.user === bob.id && info.client === his.context.client))
      following.sdk.unsubscribe()
      await eventually('the leave', () => watching.leaves.some(({ info }) => info.user === bob.id && info.client === his.context.client))
    })

    test('a remote procedure call answers as its HTTP twin does', async () => {
      const ada = await signUp(held.server)
      const room = await ada.createRoom('private')
      const client = await connected(ada)
      const sent = await client.rpc('message.send', { room: room.id, client_id: 'twin', text: 'twins' })
      assert.deepEqual(Object.keys(sent).sort(), ['created_at', 'id', 'rev', 'seq'])
      const again = await ada.call('POST', `/rooms/${room.id}/messages`, { client_id: 'twin', text: 'twins' })
      assert.equal(again.status, 200)
      assert.deepEqual(again.body, sent)
      assert.deepEqual(await client.rpc('room.list', {}), await ada.get('/rooms'))
      assert.deepEqual(await client.rpc('room.get', { room: room.id }), await ada.get(`/rooms/${room.id}`))
      assert.deepEqual(await client.rpc('message.list', { room: room.id, limit: 1 }), await ada.get(`/rooms/${room.id}/messages?limit=1`))
      assert.deepEqual(await client.rpc('user.me'), ada.user)
    })

    test('what is refused has the documented code', async () => {
      const [ada, bob] = await people()
      const hidden = await ada.createRoom('private')
      const open = await ada.createRoom('public')
      const his = await connected(bob)
      // A room that one may not see is a room that does not exist.
      assert.equal(await refusalOf(his.subscription(channelOf(hidden)).subscribe()), 102)
      assert.equal(await refusalOf(his.subscription('room:01KAJQ8ZQK7N5V3T2R9X4M6B1C').subscribe()), 102)
      assert.equal(await refusalOf(his.subscription('nothing of the kind').subscribe()), 102)
      assert.equal(await refusalOf(his.subscription(`user:${ada.id}`).subscribe()), 102)
      assert.equal(await refusalOf(his.history(channelOf(hidden), { limit: 1 })), 102)
      assert.equal(await refusalOf(his.sdk.presence(channelOf(hidden))), 102)
      assert.equal(await refusalOf(his.sdk.presenceStats(channelOf(hidden))), 102)
      assert.equal(await refusalOf(his.publish(channelOf(hidden), { client_id: 'a', text: 'b' })), 102)
      assert.equal(await refusalOf(his.rpc('room.get', { room: hidden.id })), 102)
      assert.equal(await refusalOf(his.publish(channelOf(open), { client_id: 'a', text: 'b' })), 103)
      assert.equal(await refusalOf(his.publish(`user:${bob.id}`, { client_id: 'a', text: 'b' })), 103)
      assert.equal(await refusalOf(his.rpc('no.such.method')), 104)
      assert.equal(await refusalOf(his.rpc('message.send', { room: 7 })), 107)
      assert.equal(await refusalOf(his.rpc('user.get', { id: 'nobody' })), 1002)
      // Filters are not offered.
      const filtered = his.subscription(channelOf(open), { tagsFilter: { key: 'a', cmp: 'eq', val: 'b' } })
      assert.equal(await refusalOf(filtered.subscribe()), 108)
      await ada.say(open, 'mine', 'taken')
      const hers = await connected(ada)
      assert.equal(await refusalOf(hers.rpc('message.send', { room: open.id, client_id: 'taken', text: 'other' })), 1001)
    })

    test('whatever was missed while the network was cut arrives once and in order', async () => {
      const [ada, bob] = await people()
      const room = await ada.createRoom('private', [bob])
      const network = await Network.to(held.server)
      const his = await connected(bob, { url: network.url })
      const byHimself = await connected(bob, { url: network.url, data: { rooms: 0 } })
      const subscription = byHimself.subscription(channelOf(room))
      await subscription.subscribe()
      await ada.say(room, 'before')
      await eventually('the first message', () => texts(his.publications).length === 1 && texts(subscription.publications).length === 1)
      network.cut()
      const missed = Array.from({ length: 20 }, (_, n) => `missed ${n}`)
      for (const text of missed) await ada.say(room, text)
      network.mend()
      await ada.say(room, 'after')
      const wanted = ['before', ...missed, 'after']
      for (const publications of [his.publications, subscription.publications]) {
        await eventually('everything', () => texts(publications).length >= wanted.length)
        assert.deepEqual(texts(publications), wanted)
      }
      const resumed = his.subscribed.filter(({ channel }) => channel === channelOf(room)).at(-1)
      assert.deepEqual([resumed.wasRecovering, resumed.recovered], [true, true])
      const resubscribed = subscription.subscribed.at(-1)
      assert.deepEqual([resubscribed.wasRecovering, resubscribed.recovered], [true, true])
      for (const client of [his, byHimself]) client.close()
      await network.close()
    })

    test('a room that the server subscribed passes to a client that subscribes it, and back again after a cut', async () => {
      const [ada, bob] = await people()
      const room = await ada.createRoom('private', [bob])
      const network = await Network.to(held.server)
      const his = await connected(bob, { url: network.url })
      await eventually('the server-side subscription', () => his.subscribed.some(({ channel }) => channel === channelOf(room)))
      const subscription = his.subscription(channelOf(room))
      await subscription.subscribe()
      await ada.say(room, 'one')
      await eventually('the message', () => texts(subscription.publications).length > 0)
      network.cut()
      await ada.say(room, 'two')
      network.mend()
      await eventually('the missed message', () => texts(subscription.publications).length > 1)
      await ada.say(room, 'three')
      await eventually('the message after', () => texts(subscription.publications).length > 2)
      assert.deepEqual(texts(subscription.publications), ['one', 'two', 'three'])
      const offsets = subscription.changes.map(({ offset }) => offset)
      assert.deepEqual(offsets, [...new Set(offsets)])
      his.close()
      await network.close()
    })

    test('subscriptions that were asked for before the connection are there with it', async () => {
      const ada = await signUp(held.server)
      const rooms = await Promise.all(Array.from({ length: 5 }, () => ada.createRoom('private')))
      const client = new SdkClient(transport, held.server.url, { token: ada.token })
      const subscriptions = rooms.map((room) => client.subscription(channelOf(room)))
      const all = Promise.all(subscriptions.map((subscription) => subscription.subscribe()))
      await client.connect()
      await all
      for (const room of rooms) await ada.say(room, 'heard')
      for (const subscription of subscriptions) {
        await eventually('the message', () => texts(subscription.publications).length > 0)
        assert.deepEqual(texts(subscription.publications), ['heard'])
      }
      client.close()
    })

    test('subscribing and unsubscribing without end does no harm', async () => {
      const [ada, bob] = await people()
      const room = await ada.createRoom('public')
      const his = await connected(bob, { data: { rooms: 0 } })
      const subscription = his.subscription(channelOf(room))
      for (let n = 0; n < 50; n++) {
        subscription.sdk.subscribe()
        subscription.sdk.unsubscribe()
      }
      await subscription.subscribe()
      await ada.say(room, 'still there?')
      await eventually('the message', () => texts(subscription.publications).length > 0)
      assert.deepEqual(texts(subscription.publications), ['still there?'])
      assert.equal(his.disconnects.length, 0)
    })

    test('a session that is revoked closes its connections for good', async () => {
      const ada = await signUp(held.server)
      const phone = await ada.anotherDevice('phone')
      const [desk, mobile] = [await connected(ada), await connected(phone)]
      assert.equal((await ada.call('DELETE', `/sessions/${phone.session.id}`)).status, 204)
      assert.equal((await mobile.disconnected()).code, 3500)
      await desk.rpc('user.me')
      assert.equal((await ada.signOut()).status, 204)
      assert.equal((await desk.disconnected()).code, 3500)
    })

    test('a token that is none is refused for good', async () => {
      const client = new SdkClient(transport, held.server.url, { token: 'cws_nonsense' })
      const code = await refusalOf(client.connect())
      assert.equal(code, 3500)
    })
  })
}
