// Messages that change: edited, deleted, reacted to, pinned and answered, while people watch and while they are away.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { need, signUpAll } from '../lib/people.mjs'
import { Network } from '../lib/proxy.mjs'
import { refusalOf, SdkClient, TRANSPORTS } from '../lib/sdk.mjs'
import { isServerless, withServer } from '../lib/suite.mjs'

const held = withServer({ flags: ['--limits-max-small-room-members=3'] })
const channelOf = (room) => `room:${room.id}`
const people = (count = 2) => signUpAll(held.server, ...Array.from({ length: count }))
const types = (changes) => changes.map(({ data }) => data.type)

/** What a person does to the messages of one room. */
function hand(person, room) {
  const at = (path) => `/rooms/${room.id}${path}`
  const call = async (method, path, body) => need(await person.call(method, at(path), body), `${method} ${path}`)
  return {
    send: async (text, more = {}) => (await person.post(at('/messages'), { client_id: randomUUID(), text, ...more })).seq,
    edit: (seq, text) => call('PATCH', `/messages/${seq}`, { text }),
    remove: (seq) => call('DELETE', `/messages/${seq}`),
    react: (seq, emoji) => call('PUT', `/messages/${seq}/reactions/${encodeURIComponent(emoji)}`),
    unreact: (seq, emoji) => call('DELETE', `/messages/${seq}/reactions/${encodeURIComponent(emoji)}`),
    pin: (seq) => call('PUT', `/pins/${seq}`),
    unpin: (seq) => call('DELETE', `/pins/${seq}`),
    get: (path = '/messages?limit=200') => person.get(at(path)),
    read: (seq) => call('POST', '/read', { seq }),
    delivered: (seq) => call('POST', '/delivered', { seq }),
    readThread: (root, seq) => call('POST', `/threads/${root}/read`, { seq }),
    refused: async (method, path, body) => {
      const { status, body: problem } = await person.call(method, at(path), body)
      return [status, problem.code]
    },
  }
}

/** A room's messages and their reactions as a client that applies its changes has them. */
function applied(changes) {
  const messages = new Map()
  const reactions = new Map()
  for (const { data } of changes) {
    if (data.message) messages.set(data.message.seq, data.message)
    if (data.type.startsWith('reaction.')) reactions.set(`${data.seq} ${data.emoji}`, data.count)
    if (data.type === 'message.deleted') for (const key of reactions.keys()) if (key.startsWith(`${data.message.seq} `)) reactions.delete(key)
  }
  return { messages: [...messages.values()], reactions: [...reactions].filter(([, count]) => count > 0) }
}

/** The same, as the server has it. */
async function stored(hers, roots = []) {
  const pages = await Promise.all([hers.get(), ...roots.map((root) => hers.get(`/messages?thread=${root}`))])
  const all = pages.flatMap(({ messages }) => messages).sort((a, b) => a.seq - b.seq)
  return {
    messages: all.map(({ reactions, replies, ...message }) => message),
    reactions: all.flatMap(({ seq, reactions = [] }) => reactions.map(({ emoji, count }) => [`${seq} ${emoji}`, count])),
  }
}

for (const transport of Object.keys(TRANSPORTS)) {
  describe(`over ${transport}`, () => {
    const connected = (person, options) => SdkClient.connected(transport, person, options)

    test('whatever became of messages while one was away arrives by resume, once and in order', async () => {
      const [ada, bob] = await people()
      const room = await ada.createRoom('private', [bob])
      const [hers, his] = [hand(ada, room), hand(bob, room)]
      for (const text of ['first draft', 'hush one', 'to be pinned', 'to be discussed']) await hers.send(text)
      const network = await Network.to(held.server)
      const watching = await connected(ada)
      const away = await connected(bob, { url: network.url })
      const byHimself = await connected(bob, { url: network.url, data: { rooms: 0 } })
      const subscription = byHimself.subscription(channelOf(room))
      await subscription.subscribe()
      await hers.send('the last one that he saw')
      const streams = [() => away.changes(channelOf(room)), () => subscription.changes]
      for (const changes of streams) await eventually('the last message', () => changes().some(({ data }) => data.message?.seq === 5))
      const seen = streams.map((changes) => changes().length)

      network.cut()
      await hers.edit(1, 'final wording')
      await his.react(1, '👍')
      await hers.react(1, '👍')
      await his.unreact(1, '👍')
      await hers.remove(2)
      await hers.pin(3)
      assert.equal(await his.send('in the thread', { thread: 4 }), 6)
      assert.equal(await hers.send('in the thread too', { thread: 6, reply_to: 6 }), 7)
      assert.equal(await hers.send('hush two'), 8)
      await hers.remove(8)
      assert.equal(await hers.send('second draft'), 9)
      await hers.edit(9, 'final word')
      await hers.unpin(3)
      assert.equal(await hers.send('an answer', { reply_to: 3 }), 10)
      network.mend()
      await hers.send('after')

      const wanted = [
        'message.edited', 'reaction.added', 'reaction.added', 'reaction.removed', 'message.deleted', 'message.pinned', 'message.created', 'message.created',
        'message.created', 'message.deleted', 'message.created', 'message.edited', 'message.unpinned', 'message.created', 'message.created',
      ]
      const truth = await stored(hers, [4])
      const full = await watching.history(channelOf(room), { limit: 1_000 })
      for (const [index, changes] of streams.entries()) {
        const missed = () => changes().slice(seen[index])
        await eventually('everything', () => missed().length >= wanted.length)
        assert.deepEqual(types(missed()), wanted)
        const first = missed()[0].offset
        assert.deepEqual(missed().map(({ offset }) => offset), wanted.map((_, n) => first + n))
        const text = JSON.stringify(missed())
        for (const gone of ['first draft', 'second draft', 'hush']) assert.ok(!text.includes(gone), `“${gone}” came back`)
        assert.deepEqual(applied([...full.publications.slice(0, first - 1), ...missed()]), truth)
        const by = missed().find(({ data }) => data.type === 'message.edited').data.by
        assert.deepEqual(by, ada.user)
      }
      for (const resumed of [away.subscribed.filter(({ channel }) => channel === channelOf(room)).at(-1), subscription.subscribed.at(-1)]) {
        assert.deepEqual([resumed.wasRecovering, resumed.recovered], [true, true])
      }
      // Who watched all the time ends with the same.
      const watched = () => [...full.publications.filter(({ offset }) => offset < watching.changes(channelOf(room))[0].offset), ...watching.changes(channelOf(room))]
      await eventually('the last change', () => watched().at(-1)?.data.message?.text === 'after')
      assert.deepEqual(applied(watched()), truth)
      for (const client of [watching, away, byHimself]) client.close()
      await network.close()
    })

    test('what was deleted, and what was edited away, is nowhere to be read again', async () => {
      const [ada, bob] = await people()
      const room = await ada.createRoom('group', [bob])
      const [hers, his] = [hand(ada, room), hand(bob, room)]
      const client = await connected(bob)
      await hers.send('unsayable one')
      await hers.send('unsayable two')
      await hers.send('unsayable three', { reply_to: 2, thread: 2 })
      await eventually('all of them', () => client.changes(channelOf(room)).length >= 3)
      client.close()
      await hers.edit(1, 'said better')
      await hers.pin(2)
      await hers.edit(2, 'unsayable still')
      await hers.remove(2)
      await hers.remove(3)
      const late = await connected(bob, { data: { rooms: 0 } })
      const replayed = late.subscription(channelOf(room), { since: { offset: 0, epoch: (await late.history(channelOf(room), {})).epoch } })
      await replayed.subscribe()
      await eventually('the whole log', () => replayed.changes.filter(({ data }) => data.type === 'message.deleted').length === 2)
      const everything = await Promise.all([
        late.history(channelOf(room), { limit: 1_000 }),
        late.history(channelOf(room), { limit: 1_000, reverse: true }),
        ...['/messages', '/messages?thread=2', '/messages/1', '/messages/2', '/messages/3', '/pins', '/members', ''].map(his.get),
        bob.get('/rooms'),
        bob.get('/threads'),
        hers.get('/messages/2/edits'),
      ])
      assert.ok(JSON.stringify(everything).includes('said better'))
      assert.ok(!JSON.stringify([everything, replayed.publications]).includes('unsayable'))
      // But for those who may know what it said before.
      assert.deepEqual((await hers.get('/messages/1/edits')).edits.map(({ text }) => text), ['unsayable one'])
      assert.deepEqual(await his.refused('GET', '/messages/1/edits'), [403, 'permission_denied'])
    })

    test('a remote procedure call does to a message what its HTTP twin does', async () => {
      const [ada, bob] = await people()
      const room = await ada.createRoom('group', [bob])
      const [hers, client] = [hand(ada, room), await connected(ada)]
      const rpc = (method, more) => client.rpc(method, { room: room.id, ...more })
      await client.publish(channelOf(room), { client_id: 'root', text: 'published' })
      await client.publish(channelOf(room), { client_id: 'reply', text: 'in its thread', thread: 1, reply_to: 1 })
      const { seq } = await rpc('message.send', { client_id: 'sent', text: 'sent in its thread', thread: 2 })
      assert.equal(seq, 3)
      assert.deepEqual(await rpc('reaction.add', { seq: 1, emoji: '❤️' }), {})
      assert.deepEqual(await rpc('pin.add', { seq: 1 }), {})
      const edited = await rpc('message.edit', { seq: 1, text: 'published, and mended' })
      assert.deepEqual(edited.reactions, [{ emoji: '❤️', count: 1, users: [ada.id] }])
      assert.deepEqual([edited.replies.count, edited.replies.last_seq], [2, 3])
      assert.deepEqual(await rpc('message.get', { seq: 1 }), edited)
      assert.deepEqual(await hers.get('/messages/1'), edited)
      assert.deepEqual(await rpc('message.list', { thread: 1 }), await hers.get('/messages?thread=1'))
      assert.deepEqual(await rpc('message.edits', { seq: 1 }), await hers.get('/messages/1/edits'))
      assert.deepEqual(await rpc('pin.list'), { messages: [edited] })
      const thread = await rpc('thread.read', { root: 1, seq: 3 })
      assert.deepEqual([thread.root, thread.unread], [edited, 0])
      assert.deepEqual(await client.rpc('thread.list'), await ada.get('/threads'))
      assert.deepEqual(await rpc('reaction.remove', { seq: 1, emoji: '❤️' }), {})
      assert.deepEqual(await rpc('pin.remove', { seq: 1 }), {})
      assert.deepEqual(await rpc('cursor.delivered', { seq: 3 }), {})
      const left = await rpc('message.delete', { seq: 3 })
      assert.equal(left.text, '')
      assert.ok(left.deleted_at)
      assert.equal((await rpc('message.get', { seq: 1 })).replies.count, 1)
      assert.equal(await refusalOf(rpc('message.delete', { seq: 3 })), 1007)
    })

    test('in a small room the others see who has got and who has read what, in a larger one they do not', async () => {
      const [ada, bob, eve, mallory] = await people(4)
      const [small, large] = [await ada.createRoom('group', [bob, eve]), await ada.createRoom('group', [bob, eve, mallory])]
      const watching = await connected(ada)
      const receipts = (room) => watching.publications.filter(({ channel, data }) => channel === channelOf(room) && data.type === 'receipt')
      for (const room of [large, small]) {
        const [hers, his] = [hand(ada, room), hand(bob, room)]
        for (let n = 0; n < 3; n++) await hers.send(`number ${n}`)
        await his.delivered(2)
        await his.delivered(1)
        await his.read(3)
        await his.read(2)
      }
      await eventually('the receipts', () => receipts(small).length >= 2)
      const told = { type: 'receipt', room: small.id, user: bob.id }
      assert.deepEqual(receipts(small).map(({ data }) => data), [{ ...told, read_seq: 0, delivered_seq: 2 }, { ...told, read_seq: 3, delivered_seq: 3 }])
      assert.ok(receipts(small).every(({ offset }) => !offset))
      assert.deepEqual(receipts(large), [])
      const { members } = await ada.get(`/rooms/${large.id}/members`)
      const his = members.find(({ user }) => user.id === bob.id)
      assert.deepEqual([his.read_seq, his.delivered_seq], [3, 3])
    })

    const sampled = { skip: isServerless && 'without servers it is each process of the function that shows some' }
    test('of those who type in a large room only some are shown', sampled, async () => {
      const [ada, bob, eve, mallory] = await people(4)
      const room = await ada.createRoom('group', [bob, eve, mallory])
      const watching = await connected(ada)
      const typists = await Promise.all([bob, eve, mallory].map((person) => connected(person)))
      const began = performance.now()
      for (let n = 0; n < 30; n++) {
        for (const typist of typists) await typist.send({ type: 'typing', room: room.id })
      }
      const typing = () => watching.publications.filter(({ data }) => data.type === 'typing')
      await eventually('one of them to be shown', () => typing().length > 0)
      // What they say after that is answered after nearly all of it.
      for (const typist of typists) await typist.rpc('user.me')
      await hand(bob, room).send('the end')
      await eventually('the message', () => watching.changes(channelOf(room)).length > 0)
      const most = 1 + Math.floor((performance.now() - began) / 3_000)
      assert.ok(typing().length <= most, `${typing().length} of at most ${most}`)
      assert.ok(typing().every(({ data }) => [bob, eve, mallory].some(({ id }) => id === data.user.id)))
    })

    test('what is unread and who is mentioned follows what becomes of the messages', async () => {
      const [ada, bob] = await people()
      const room = await ada.createRoom('private', [bob])
      const [hers, his] = [hand(ada, room), hand(bob, room)]
      const client = await connected(bob)
      const cursor = async () => {
        const { read_seq, unread, mentions } = (await bob.get('/rooms')).rooms.find(({ id }) => id === room.id)
        return [read_seq, unread, mentions]
      }
      await hers.send(`one for @${bob.name}`)
      await hers.send('two for @room')
      await hers.send(`three for \`@${bob.name}\` and @nobody_of_that_name`)
      await hers.send(`four in a thread, @${bob.name}`, { thread: 1 })
      assert.deepEqual(await cursor(), [0, 3, 3])
      assert.deepEqual((await hers.get('/messages/1')).mentions, { users: [bob.id] })
      assert.deepEqual((await hers.get('/messages/2')).mentions, { room: true })
      assert.equal((await hers.get('/messages/3')).mentions, undefined)
      await hers.remove(1)
      assert.deepEqual(await cursor(), [0, 2, 2])
      await hers.edit(3, `three for @${bob.name} after all`)
      assert.deepEqual(await cursor(), [0, 2, 3])
      const seq = await his.send('mine')
      assert.deepEqual(await cursor(), [seq, 0, 0], 'one’s own message is read, and all before it')
      await his.send('nobody is told of this: @room')
      await hers.send('five')
      await hers.send(`six, @${bob.name}`)
      assert.deepEqual(await cursor(), [seq + 1, 2, 1])
      assert.deepEqual(await his.read(seq + 2), { read_seq: seq + 2, unread: 1, mentions: 1 })
      const moved = await eventually('the news', () => client.publications.find(({ data }) => data.type === 'cursor.moved'))
      assert.deepEqual(moved.data, { type: 'cursor.moved', room: room.id, read_seq: seq + 2, unread: 1, mentions: 1 })
      // In threads nothing moves the room's cursor, and who writes there has read what there is.
      await his.send('in the thread', { thread: 2 })
      assert.deepEqual(await cursor(), [seq + 2, 1, 1])
      const { threads } = await bob.get('/threads')
      // The other thread has lost its first message, and goes on.
      assert.deepEqual(threads.map(({ root, unread }) => [root.seq, unread]), [[2, 0], [1, 1]])
      await hers.send('answered', { thread: 2 })
      assert.equal((await bob.get('/threads')).threads[0].unread, 1)
      const last = (await hers.get('/messages?thread=2')).messages.at(-1).seq
      assert.equal((await his.readThread(2, last)).unread, 0)
    })
  })
}

describe('what cannot be is refused, and changes nothing', () => {
  const setUp = async () => {
    const [ada, bob] = await people()
    const [room, other] = [await ada.createRoom('private', [bob]), await ada.createRoom('private', [bob])]
    const [hers, his, elsewhere] = [hand(ada, room), hand(bob, room), hand(ada, other)]
    await hers.send('the only one')
    for (let n = 0; n < 3; n++) await elsewhere.send('in another room')
    const head = async () => (await ada.get(`/rooms/${room.id}`)).head_rev
    return { ada, bob, room, hers, his, head }
  }
  const NUMBERS = ['0', '2', '-1', '1.5', '1e0', '9'.repeat(30), String(2 ** 53), 'first', '%20', '%00', '1%2F..%2F1', '１']

  test('a number that is no message’s', async () => {
    const { hers, head } = await setUp()
    const before = await head()
    for (const seq of NUMBERS) {
      for (const [method, path, body] of [
        ['GET', `/messages/${seq}`],
        ['PATCH', `/messages/${seq}`, { text: 'changed' }],
        ['DELETE', `/messages/${seq}`],
        ['GET', `/messages/${seq}/edits`],
        ['PUT', `/messages/${seq}/reactions/👍`],
        ['DELETE', `/messages/${seq}/reactions/👍`],
        ['PUT', `/pins/${seq}`],
        ['DELETE', `/pins/${seq}`],
        ['POST', `/threads/${seq}/read`, { seq: 1 }],
      ]) {
        assert.deepEqual(await hers.refused(method, path, body), [404, 'unknown_message'], `${method} ${path}`)
      }
    }
    assert.equal(await head(), before)
  })

  test('an emoji that is text', async () => {
    const { hers, head } = await setUp()
    const before = await head()
    for (const emoji of ['like', 'ok👍', '1', '#', ' ', '<b>', '漢', 'é', '\u0000', '\u202e', '\n', '👍'.repeat(17), '👍 👍', 'x'.repeat(5_000)]) {
      const path = `/messages/1/reactions/${encodeURIComponent(emoji)}`
      for (const method of ['PUT', 'DELETE']) assert.deepEqual(await hers.refused(method, path), [422, 'invalid'], JSON.stringify(emoji))
    }
    for (const path of ['/messages/1/reactions/%ff', '/messages/1/reactions/%F0%9F']) assert.deepEqual(await hers.refused('PUT', path), [400, 'bad_request'])
    for (const path of ['/messages/1/reactions', '/messages/1/reactions/', '/messages/1/reactions/👍/👍']) assert.equal((await hers.refused('PUT', path))[0], 404)
    assert.equal(await head(), before)
  })

  test('an answer to a message, or in a thread, that is not there', async () => {
    const { hers, head } = await setUp()
    const before = await head()
    const sent = (more) => hers.refused('POST', '/messages', { client_id: randomUUID(), text: 'hi', ...more })
    for (const field of ['reply_to', 'thread']) {
      // 3 is a message of another room.
      for (const seq of [0, 2, 3, 2 ** 53 - 1]) assert.deepEqual(await sent({ [field]: seq }), [404, 'unknown_message'], `${field} ${seq}`)
      for (const seq of [-1, 1.5, 2 ** 53, 1e300, '1', true, {}, [1]]) assert.deepEqual(await sent({ [field]: seq }), [422, 'invalid'], `${field} ${seq}`)
    }
    assert.equal(await head(), before)
    await hers.remove(1)
    assert.deepEqual(await sent({ reply_to: 1 }), [404, 'unknown_message'], 'it was deleted')
    assert.equal(await head(), before + 1)
    // A thread outlives the message that it began with.
    assert.deepEqual(await sent({ thread: 1 }), [201, undefined])
  })

  test('a thread of another room', async () => {
    const { hers, his, head } = await setUp()
    const before = await head()
    for (const thread of [2, 3]) {
      assert.deepEqual(await hers.get(`/messages?thread=${thread}`), { messages: [], has_more: false })
      assert.deepEqual(await his.refused('POST', `/threads/${thread}/read`, { seq: 1 }), [404, 'unknown_message'])
    }
    for (const thread of ['-1', 'x', '9'.repeat(40), String(2 ** 53)]) assert.ok([400, 422].includes((await hers.refused('GET', `/messages?thread=${thread}`))[0]), thread)
    assert.equal(await head(), before)
  })

  test('an edit that says nothing, too much, or what somebody else said', async () => {
    const { hers, his, head } = await setUp()
    const before = await head()
    for (const text of ['', ' \n\t', 'a\u0000b']) assert.deepEqual(await hers.refused('PATCH', '/messages/1', { text }), [422, 'invalid'])
    assert.deepEqual(await hers.refused('PATCH', '/messages/1', { text: 'x'.repeat(64 * 1024 + 1) }), [413, 'too_large'])
    for (const body of [{}, { text: null }, { text: 7 }]) assert.deepEqual(await hers.refused('PATCH', '/messages/1', body), [422, 'invalid'])
    assert.deepEqual(await his.refused('PATCH', '/messages/1', { text: 'mine now' }), [403, 'permission_denied'])
    assert.deepEqual(await his.refused('DELETE', '/messages/1'), [403, 'permission_denied'])
    const edited = await hers.edit(1, 'as it should be')
    assert.equal(await head(), before + 1)
    assert.equal((await hers.edit(1, 'as it should be')).rev, edited.rev)
    assert.equal(await head(), before + 1, 'the same text again is no change')
  })

  test('a cursor beyond the end, or of who is no member', async () => {
    const { ada, hers, his } = await setUp()
    assert.deepEqual(await his.read(2 ** 53 - 1), { read_seq: 1, unread: 0, mentions: 0 })
    await his.delivered(2 ** 53 - 1)
    for (const path of ['/read', '/delivered', '/threads/1/read']) {
      for (const seq of [-1, 1.5, 2 ** 53, '1', null]) assert.deepEqual(await hers.refused('POST', path, { seq }), [422, 'invalid'], `${path} ${seq}`)
    }
    const [stranger] = await people(1)
    const open = await ada.createRoom('public')
    await hand(ada, open).send('hello')
    for (const path of ['/read', '/delivered', '/threads/1/read']) {
      assert.deepEqual(await hand(stranger, open).refused('POST', path, { seq: 1 }), [403, 'permission_denied'], path)
    }
  })

  test('more different reactions than anybody would look at, and more pins', async () => {
    const { hers, his } = await setUp()
    for (let n = 0; n < 20; n++) await hers.react(1, String.fromCodePoint(0x1f600 + n))
    assert.deepEqual(await hers.refused('PUT', '/messages/1/reactions/👍'), [422, 'limit_exceeded'])
    await his.react(1, '😀')
    assert.equal((await hers.get('/messages/1')).reactions[0].count, 2)
    for (let n = 0; n < 100; n++) await hers.pin(await hers.send(`pinned ${n}`))
    assert.deepEqual(await hers.refused('PUT', '/pins/1'), [422, 'limit_exceeded'])
    assert.equal((await hers.get('/pins')).messages.length, 100)
  })

  test('a message that was deleted is sent again with the same client_id', async () => {
    const { ada, room, hers } = await setUp()
    const send = () => ada.call('POST', `/rooms/${room.id}/messages`, { client_id: 'once', text: 'only once' })
    const first = await send()
    await hers.remove(first.body.seq)
    const again = await send()
    assert.deepEqual([first.status, again.status, again.body], [201, 200, first.body])
    assert.equal((await hers.get(`/messages/${first.body.seq}`)).text, '', 'it does not come back')
  })
})
