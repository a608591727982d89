// Programs: bots and their keys, an application's back end, and addresses by which something is said in a room.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { operate, operateForPeople } from '../lib/operator.mjs'
import { eventually } from '../lib/patience.mjs'
import { call, need, PASSWORD, Person, signUp, signUpAll } from '../lib/people.mjs'
import { SdkClient, TRANSPORTS } from '../lib/sdk.mjs'
import { withServer } from '../lib/suite.mjs'

const held = withServer({ flags: ['--rate-limits-hooks=20/1m'] })
let admin
held.before(async () => {
  admin = await signUp(held.server, 'first')
})
let made = 0
const people = (count) => signUpAll(held.server, ...Array.from({ length: count }))
const refusal = ({ status, body }) => [status, body.code]

/** A bot, as its program sees it. */
async function createBot(name = `bot${++made}`) {
  const { user, key } = await admin.post('/bots', { name, display_name: 'A bot' })
  return new Person(held.server, { user, token: key })
}

/** What an application's back end asks, on behalf of somebody or of nobody. */
class BackEnd {
  constructor({ id, key }) {
    Object.assign(this, { id, key })
  }
  call(method, path, body, user) {
    return call(held.server, method, path, { token: this.key, body, headers: user ? { 'chinwag-user': user } : {} })
  }
  async done(method, path, body, user) {
    return need(await this.call(method, path, body, user), `${method} ${path}`)
  }
}
const backEnd = async (name = 'shop') => new BackEnd(await admin.post('/admin/keys', { name }))

describe('bots', () => {
  for (const transport of Object.keys(TRANSPORTS)) {
    test(`a bot hears and says something over ${transport}`, async () => {
      const [ada] = await people(1)
      const bot = await createBot()
      const room = await ada.createRoom('private', [bot])
      const client = await SdkClient.connected(transport, bot)
      assert.deepEqual([client.context.data.user.bot, client.context.data.session], [true, null])
      await ada.say(room, 'are you there?')
      await eventually('what was said', () => client.changes(`room:${room.id}`).some(({ data }) => data.message?.text === 'are you there?'))
      await client.rpc('message.send', { room: room.id, client_id: 'answer', text: 'I am' })
      const [, answer] = await ada.messages(room)
      assert.deepEqual([answer.text, answer.sender.id, answer.sender.bot], ['I am', bot.id, true])
      client.close()
    })
  }

  test('a key replaces another without a gap, and takes its connections with it', async () => {
    const bot = await createBot()
    const second = await admin.post(`/bots/${bot.id}/keys`)
    assert.deepEqual(refusal(await admin.call('POST', `/bots/${bot.id}/keys`)), [422, 'limit_exceeded'])
    const { keys } = await admin.get(`/bots/${bot.id}/keys`)
    assert.deepEqual(keys.map(({ id }) => id).slice(1), [second.id])
    const renewed = new Person(held.server, { user: bot.user, token: second.key })
    const [old, fresh] = await Promise.all([bot, renewed].map((each) => SdkClient.connected('WebSocket with JSON', each)))
    for (const each of [bot, renewed]) assert.equal((await each.call('GET', '/users/me')).status, 200)
    assert.equal((await admin.call('DELETE', `/bots/${bot.id}/keys/${keys[0].id}`)).status, 204)
    assert.equal((await old.disconnected()).code, 3500)
    assert.deepEqual(refusal(await bot.call('GET', '/users/me')), [401, 'unauthorized'])
    assert.equal((await fresh.rpc('user.me')).id, bot.id)
    await assert.rejects(SdkClient.connected('WebSocket with JSON', bot), { code: 3500 })
    assert.deepEqual(refusal(await admin.call('DELETE', `/bots/${bot.id}/keys/${keys[0].id}`)), [404, 'unknown_key'])
    fresh.close()
  })

  test('a bot that is disabled is sent away, and its key opens nothing', async () => {
    const bot = await createBot()
    const client = await SdkClient.connected('WebSocket with JSON', bot)
    need(await admin.call('PATCH', `/admin/users/${bot.id}`, { disabled: true }))
    assert.equal((await client.disconnected()).code, 3500)
    assert.equal((await bot.call('GET', '/users/me')).status, 401)
  })

  test('nobody signs in as a bot, and a bot makes no keys', async () => {
    const bot = await createBot()
    const signIn = await call(held.server, 'POST', '/sessions', { body: { name: bot.name, password: PASSWORD } })
    assert.deepEqual(refusal(signIn), [401, 'wrong_credentials'])
    need(await admin.call('PATCH', `/admin/users/${bot.id}`, { admin: true }))
    assert.ok((await bot.get('/bots')).bots.some(({ id }) => id === bot.id), 'as an admin it may look')
    for (const [path, body] of [['/bots', { name: 'mine' }], [`/bots/${bot.id}/keys`], ['/admin/keys', { name: 'mine' }]]) {
      assert.deepEqual(refusal(await bot.call('POST', path, body)), [403, 'permission_denied'])
    }
  })

  test('what is no bot has no keys, and names are checked', async () => {
    const [ada] = await people(1)
    assert.deepEqual(refusal(await admin.call('GET', `/bots/${ada.id}/keys`)), [404, 'unknown_bot'])
    assert.deepEqual(refusal(await admin.call('POST', `/bots/${ada.id}/keys`)), [404, 'unknown_bot'])
    assert.deepEqual(refusal(await admin.call('POST', '/bots', { name: ada.name })), [409, 'name_taken'])
    const { status, body } = await admin.call('POST', '/bots', { name: '-', display_name: '' })
    assert.deepEqual([status, body.errors.map(({ field }) => field)], [422, ['name', 'display_name']])
  })
})

describe('back ends', () => {
  test('a back end has users be there, makes them a room, and posts as them', async () => {
    const shop = await backEnd()
    const id = `customer-${++made}`
    const first = await shop.call('PUT', `/users/${id}`, { name: `cust${made}`, display_name: 'Ada' })
    assert.deepEqual([first.status, first.body.id, first.body.name, first.body.display_name], [201, id, `cust${made}`, 'Ada'])
    const again = await shop.call('PUT', `/users/${id}`, { display_name: 'Ada Lovelace' })
    assert.deepEqual([again.status, again.body.display_name], [200, 'Ada Lovelace'])
    assert.equal((await shop.done('GET', `/users/${id}`)).display_name, 'Ada Lovelace')
    assert.deepEqual((await shop.done('GET', '/users?query=ada+love')).users.map((user) => user.id), [id])
    const unnamed = await shop.done('PUT', `/users/clerk@shop-${made}`, { display_name: 'Clerk' })
    assert.match(unnamed.name, /^clerk/)

    const room = await shop.done('POST', '/rooms', { kind: 'private', name: 'Order 7', members: [unnamed.id] }, id)
    const sent = await shop.done('POST', `/rooms/${room.id}/messages`, { client_id: '1', text: 'Where is it?' }, id)
    assert.equal(sent.seq, 1)
    await shop.done('POST', `/rooms/${room.id}/members`, { user: admin.id }, id)
    const { messages } = await admin.get(`/rooms/${room.id}/messages`)
    assert.deepEqual([messages[0].text, messages[0].sender.id], ['Where is it?', id])
  })

  test('a back end tells anybody’s devices something, from nobody', async () => {
    const [ada] = await people(1)
    const shop = await backEnd()
    const client = await SdkClient.connected('WebSocket with JSON', ada)
    const told = await shop.done('POST', `/users/${ada.id}/events`, { type: 'order.shipped', data: { order: 7 } })
    assert.equal(told.connections, 1)
    await eventually('the event', () => client.publications.some(({ data }) => data.type === 'user.event'))
    const { data, offset } = client.publications.find(({ data }) => data.type === 'user.event')
    assert.deepEqual(data, { type: 'user.event', event: 'order.shipped', data: { order: 7 } })
    assert.ok(!offset)
    assert.deepEqual(refusal(await shop.call('POST', '/users/nobody-there/events', { type: 'x' })), [404, 'unknown_user'])
    client.close()
  })

  test('on somebody’s behalf a back end may what they may, and no more', async () => {
    const [ada, eve] = await people(2)
    const shop = await backEnd()
    const room = await ada.createRoom('private')
    const say = (user) => shop.call('POST', `/rooms/${room.id}/messages`, { client_id: user, text: 'hello' }, user)
    assert.equal((await say(ada.id)).status, 201)
    assert.deepEqual(refusal(await say(eve.id)), [404, 'unknown_room'])
    assert.deepEqual(refusal(await say('nobody-there')), [404, 'unknown_user'])
    assert.deepEqual(refusal(await say('no body')), [404, 'unknown_user'])
    assert.deepEqual(refusal(await shop.call('GET', '/admin/users', undefined, eve.id)), [403, 'permission_denied'])
    assert.deepEqual(refusal(await shop.call('POST', '/admin/keys', { name: 'more' }, admin.id)), [403, 'permission_denied'])
    assert.deepEqual(refusal(await shop.call('PUT', '/users/someone', { display_name: 'X' }, ada.id)), [403, 'permission_denied'])
    const [gone] = await people(1)
    need(await admin.call('PATCH', `/admin/users/${gone.id}`, { disabled: true }))
    assert.deepEqual(refusal(await shop.call('GET', '/rooms', undefined, gone.id)), [403, 'account_disabled'])
    const named = await eve.call('GET', '/rooms', undefined, { headers: { 'chinwag-user': ada.id } })
    assert.deepEqual(refusal(named), [403, 'permission_denied'])
  })

  test('on nobody’s behalf a back end may only what is nobody’s', async () => {
    const [ada] = await people(1)
    const room = await ada.createRoom('public')
    const shop = await backEnd()
    for (const [method, path, body] of [
      ['GET', '/users/me'],
      ['GET', '/rooms'],
      ['POST', '/rooms', { kind: 'public', name: 'mine' }],
      ['GET', `/rooms/${room.id}/messages`],
      ['POST', `/rooms/${room.id}/messages`, { client_id: '1', text: 'mine' }],
      ['POST', `/rooms/${room.id}/hooks`, { name: 'mine' }],
      ['GET', '/admin/users'],
      ['GET', '/admin/keys'],
      ['POST', '/bots', { name: 'mine' }],
      ['GET', '/sessions'],
      ['GET', '/search?query=mine'],
      ['DELETE', '/sessions/current'],
    ]) {
      assert.deepEqual(refusal(await shop.call(method, path, body)), [403, 'permission_denied'], `${method} ${path}`)
    }
    await assert.rejects(SdkClient.connected('WebSocket with JSON', new Person(held.server, { token: shop.key })), { code: 3500 })
  })

  test('what a back end says of a user is checked', async () => {
    const [ada] = await people(1)
    const shop = await backEnd()
    const put = (id, body) => shop.call('PUT', `/users/${encodeURIComponent(id)}`, body)
    const invalid = await put('a b', { name: '-', display_name: '' })
    assert.deepEqual([invalid.status, invalid.body.errors.map(({ field }) => field)], [422, ['id', 'name', 'display_name']])
    assert.deepEqual(refusal(await put('another', { name: ada.name, display_name: 'X' })), [409, 'name_taken'])
    need(await shop.call('DELETE', `/users/${(await shop.done('PUT', '/users/forgotten', { display_name: 'X' })).id}`))
    assert.deepEqual(refusal(await put('forgotten', { display_name: 'Again' })), [403, 'account_disabled'])
    assert.deepEqual(refusal(await shop.call('DELETE', '/users/nobody-there')), [404, 'unknown_user'])
    const renamed = await put(ada.id, { name: `${ada.name}x`, display_name: 'X' })
    assert.deepEqual([renamed.status, renamed.body.errors[0].code], [422, 'fixed'])
  })

  test('the operator makes a key on the command line, and withdraws it', async () => {
    const shop = new BackEnd(operate(held.server, 'key', 'create', 'made by hand'))
    assert.match(shop.key, /^cwk_/)
    assert.equal((await shop.call('GET', `/users/${admin.id}`)).status, 200)
    const listed = operate(held.server, 'key', 'list').find(({ id }) => id === shop.id)
    assert.equal(listed.name, 'made by hand')
    assert.ok(listed.last_used_at)
    assert.match(operateForPeople(held.server, 'key', 'list'), /made by hand/)
    operate(held.server, 'key', 'delete', shop.id)
    assert.deepEqual(refusal(await shop.call('GET', `/users/${admin.id}`)), [401, 'unauthorized'])
    assert.throws(() => operateForPeople(held.server, 'key', 'delete', shop.id), /no such key/)
    const { entries } = await admin.get('/admin/audit?limit=200')
    const ours = entries.filter(({ details }) => details?.key === shop.id)
    assert.deepEqual(ours.map(({ action, by }) => [action, by]), [['key.deleted', null], ['key.created', null]])
  })

  test('a key that an admin withdrew opens nothing', async () => {
    const shop = await backEnd('for a while')
    assert.ok((await admin.get('/admin/keys')).keys.some(({ id, name }) => id === shop.id && name === 'for a while'))
    assert.equal((await admin.call('DELETE', `/admin/keys/${shop.id}`)).status, 204)
    assert.equal((await shop.call('GET', '/users?query=a')).status, 401)
    assert.deepEqual(refusal(await admin.call('DELETE', `/admin/keys/${shop.id}`)), [404, 'unknown_key'])
  })
})

describe('incoming webhooks', () => {
  /** Posts to the address itself, without anything else to show. */
  const post = (hook, body) => call(held.server, 'POST', hook.url, { body })

  test('whoever has the address says something in the room, once for each client_id', async () => {
    const [ada] = await people(1)
    const room = await ada.createRoom('private')
    const client = await SdkClient.connected('WebSocket with JSON', ada)
    const hook = await ada.post(`/rooms/${room.id}/hooks`, { name: 'Build results' })
    const sent = await post(hook, { text: 'build 7 is green', client_id: 'build-7' })
    assert.deepEqual([sent.status, sent.body.seq], [201, 1])
    const again = await post(hook, { text: 'build 7 is green', client_id: 'build-7' })
    assert.deepEqual([again.status, again.body], [200, sent.body])
    assert.deepEqual(refusal(await post(hook, { text: 'build 7 is red', client_id: 'build-7' })), [409, 'client_id_conflict'])
    for (const seq of [2, 3]) assert.equal((await post(hook, { text: 'the same', channel: '#builds', username: 'slackbot' })).body.seq, seq)
    await eventually('all three', () => client.changes(`room:${room.id}`).filter(({ data }) => data.type === 'message.created').length === 3)
    const [first] = await ada.messages(room)
    assert.deepEqual([first.text, first.sender.display_name, first.sender.bot], ['build 7 is green', 'Build results', true])
    const { bots } = await admin.get('/bots?limit=200')
    assert.ok(!bots.some(({ id }) => id === first.sender.id), 'nobody gives keys to who speaks by a hook')
    client.close()
  })

  test('a hook that was deleted is refused, and what it said stays', async () => {
    const [ada, bob] = await people(2)
    const room = await ada.createRoom('group', [bob])
    const hook = await ada.post(`/rooms/${room.id}/hooks`, { name: 'alarm' })
    await post(hook, { text: 'it rings' })
    const { hooks } = await ada.get(`/rooms/${room.id}/hooks`)
    assert.deepEqual(hooks.map(({ id, name, url }) => [id, name, url]), [[hook.id, 'alarm', undefined]])
    assert.deepEqual(refusal(await bob.call('DELETE', `/rooms/${room.id}/hooks/${hook.id}`)), [403, 'permission_denied'])
    assert.equal((await ada.call('DELETE', `/rooms/${room.id}/hooks/${hook.id}`)).status, 204)
    assert.deepEqual(refusal(await post(hook, { text: 'again' })), [404, 'unknown_hook'])
    const { members } = await ada.get(`/rooms/${room.id}/members`)
    assert.deepEqual(members.map(({ user }) => user.id).sort(), [ada.id, bob.id].sort())
    assert.deepEqual((await ada.messages(room)).map(({ text }) => text), ['it rings'])
  })

  test('a wrong address, a wrong body and a hook that was removed are refused', async () => {
    const [ada] = await people(1)
    const room = await ada.createRoom('public')
    const hook = await ada.post(`/rooms/${room.id}/hooks`, { name: 'alarm' })
    const other = await ada.post(`/rooms/${room.id}/hooks`, { name: 'other' })
    const mixed = { url: `${hook.url.split('/').slice(0, -1).join('/')}/${other.url.split('/').at(-1)}` }
    for (const wrong of [mixed, { url: `${hook.url}x` }, { url: '/api/v1/hooks/nonsense/secret' }]) {
      assert.deepEqual(refusal(await post(wrong, { text: 'hello' })), [404, 'unknown_hook'])
    }
    assert.equal((await call(held.server, 'GET', '/users/me', { token: hook.url.split('/').at(-1) })).status, 401)
    assert.deepEqual(refusal(await post(hook, { blocks: [] })), [422, 'invalid'])
    assert.equal((await post(hook, { text: '' })).status, 422)
    const { hooks } = await ada.get(`/rooms/${room.id}/hooks`)
    need(await ada.call('DELETE', `/rooms/${room.id}/members/${hooks[0].user.id}`))
    assert.deepEqual(refusal(await post(hook, { text: 'hello' })), [403, 'permission_denied'])
    assert.deepEqual(refusal(await ada.call('POST', `/rooms/${room.id}/hooks`, { name: ' ' })), [422, 'invalid'])
  })

  test('where an admin may not add anybody, there is no hook', async () => {
    const [ada, bob] = await people(2)
    const room = await ada.createRoom('private', [bob])
    need(await ada.call('PATCH', `/rooms/${room.id}/members/${bob.id}`, { role: 'admin' }))
    need(await ada.call('PATCH', `/rooms/${room.id}`, { settings: { permissions: { invite: 'owner' } } }))
    assert.deepEqual(refusal(await bob.call('POST', `/rooms/${room.id}/hooks`, { name: 'mine' })), [403, 'permission_denied'])
    assert.deepEqual((await ada.get(`/rooms/${room.id}/hooks`)).hooks, [])
  })

  test('a hook says only so much in a minute', async () => {
    const [ada] = await people(1)
    const room = await ada.createRoom('public')
    const hook = await ada.post(`/rooms/${room.id}/hooks`, { name: 'flood' })
    const answers = await Promise.all(Array.from({ length: 25 }, () => post(hook, { text: 'more' })))
    const refused = answers.filter(({ status }) => status === 429)
    assert.ok(refused.length >= 4 && refused.length <= 5, `${refused.length} were refused`)
    assert.ok(refused.every(({ body }) => body.code === 'too_many_requests' && body.retry_after > 0))
  })
})
