// A real node tells a real push service, which checks who asks and decrypts what browsers would: people who are away hear
// of what is for them, once, whoever dies in between.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { operate } from '../lib/operator.mjs'
import { eventually } from '../lib/patience.mjs'
import { call, signUp } from '../lib/people.mjs'
import { PushService } from '../lib/push-service.mjs'
import { NO_RATE_LIMITS, Server } from '../lib/server.mjs'

let service, server, ada, bob, names = 0
before(async () => {
  service = await PushService.start()
  server = await Server.start({ flags: [...NO_RATE_LIMITS, ...service.flags, '--push-max-attempts=20', '--limits-max-small-room-members=3'] })
  ;[ada, bob] = await Promise.all(['ada', 'bob'].map((name) => signUp(server, name)))
})
after(async () => {
  await server?.stop()
  await service?.stop()
})
beforeEach(() => {
  service.answer = 201
})

/** A device of that person that is told; its name. */
async function deviceOf(person) {
  const device = service.device(`${person.name}-${names++}`)
  const { status, body } = await person.call('PUT', '/push/subscriptions', device)
  assert.equal(status, 200, JSON.stringify(body))
  return { name: device.device, id: body.id, endpoint: device.endpoint }
}
const forget = (person, { id }) => person.call('DELETE', `/push/subscriptions/${id}`)
const owed = () => operate(server, 'outbox', 'list', '--limit', '0').backlog.owed
const settled = () => eventually('all to be done', () => owed() === 0)

test('who is away is told what was said, once, by a server that proves who it is', async () => {
  const room = await ada.createRoom('group', [bob], 'Harbour')
  const phone = await deviceOf(bob)
  const own = await deviceOf(ada)
  await ada.say(room, 'the *boat* is here')
  await eventually('the phone to be told', () => service.told(phone.name).length === 1)
  await settled()
  const tag = room.id
  assert.deepEqual(service.told(phone.name), [{ type: 'message', room: tag, seq: 1, title: 'Harbour', body: 'ada: the *boat* is here', badge: 1, url: `/r/${tag}/messages/1`, tag }])
  assert.deepEqual(service.told(own.name), [])
  const { key, subject, topic } = service.accepted.at(-1)
  const { body: config } = await call(server, 'GET', '/config')
  assert.deepEqual([key, subject, topic], [config.push_public_key, 'mailto:ops@chinwag.example', tag])
  await Promise.all([forget(bob, phone), forget(ada, own)])
})

test('a device that says in time that it has the message is left alone, and so are the others', async () => {
  const room = await ada.createRoom('direct', [bob])
  const phone = await deviceOf(bob)
  const { seq } = await ada.say(room, 'hello')
  await bob.post(`/rooms/${room.id}/delivered`, { seq })
  await settled()
  assert.deepEqual(service.told(phone.name), [])
  await ada.say(room, 'are you there?')
  await eventually('the phone to be told', () => service.told(phone.name).length === 1)
  assert.deepEqual([service.told(phone.name)[0].title, service.told(phone.name)[0].body], ['ada', 'are you there?'])
  await forget(bob, phone)
})

test('what is said together is told together, and the badge counts what waits everywhere', async () => {
  const [room, other, muted] = await Promise.all(['group', 'group', 'group'].map((kind) => ada.createRoom(kind, [bob])))
  for (const { id, unread } of (await bob.get('/rooms?limit=200')).rooms) if (unread) await bob.post(`/rooms/${id}/read`, { seq: 100 })
  await bob.call('PATCH', `/rooms/${muted.id}/notifications`, { level: 'none' })
  await ada.say(muted, 'nobody cares')
  await ada.say(other, 'one')
  await settled()
  const phone = await deviceOf(bob)
  for (const n of [1, 2, 3, 4, 5]) await ada.say(room, `message ${n}`)
  await eventually('the phone to be told of the last', () => service.told(phone.name).at(-1)?.seq === 5)
  await settled()
  const told = service.told(phone.name)
  assert.ok(told.length <= 2, JSON.stringify(told))
  assert.deepEqual([told.at(-1).body, told.at(-1).badge], ['ada: message 5', 6])
  await forget(bob, phone)
})

test('whoever wants no notifications gets none: by room, by silence, by what mentions them, by leaving', async () => {
  const room = await ada.createRoom('group', [bob])
  const phone = await deviceOf(bob)
  const wish = (body) => bob.call('PATCH', `/rooms/${room.id}/notifications`, body)
  const quiet = async (what) => {
    await ada.say(room, what)
    await settled()
    assert.deepEqual(service.told(phone.name), [], what)
  }
  await wish({ level: 'none' })
  await quiet('hello @bob, level none')
  await wish({ level: 'all', muted_until: new Date(Date.now() + 60_000) })
  await quiet('hello @bob, in silence')
  await wish({ level: 'mentions', muted_until: null })
  await bob.post(`/rooms/${room.id}/delivered`, { seq: 2 })
  await quiet('hello, nobody')
  await ada.say(room, 'hello @bob')
  await eventually('the mention to be told', () => service.told(phone.name).length === 1)
  await wish({ level: 'all' })
  await settled()
  // Between the message and its time.
  await ada.say(room, 'too late')
  await bob.call('DELETE', `/rooms/${room.id}/members/${bob.id}`)
  await settled()
  assert.equal(service.told(phone.name).length, 1)
  await forget(bob, phone)
})

test('in a large room only mentions are told, and what is said costs nothing else', async () => {
  const others = await Promise.all(['cleo', 'dan', 'eve'].map((name) => signUp(server, name)))
  const room = await ada.createRoom('private', [bob, ...others])
  const [phone, tablet] = [await deviceOf(bob), await deviceOf(others[0])]
  await ada.say(room, 'hello, all of you')
  assert.equal(owed(), 0)
  await ada.say(room, 'hello @bob')
  await eventually('the mention to be told', () => service.told(phone.name).length === 1)
  await settled()
  assert.deepEqual([service.told(phone.name)[0].body, service.told(tablet.name)], ['ada: hello @bob', []])
  await Promise.all([forget(bob, phone), forget(others[0], tablet)])
})

test('a device that is gone is forgotten, and a push service that wants time gets it', async () => {
  const room = await ada.createRoom('group', [bob])
  const [gone, kept] = [await deviceOf(bob), await deviceOf(bob)]
  let attempts = 0
  service.answer = (_, device) => {
    if (device === gone.name) return 410
    return ++attempts < 4 ? { status: [429, 500, 503][attempts - 1], headers: { 'retry-after': '0' } } : 201
  }
  await ada.say(room, 'hello')
  await eventually('the kept one to be told', () => service.told(kept.name).length === 1)
  await settled()
  assert.deepEqual([attempts, (await forget(bob, gone)).status, (await forget(bob, kept)).status], [4, 404, 204])
  assert.equal(service.asked.filter((name) => name === gone.name).length, 1)
})

test('signing out ends the notifications of that device', async () => {
  const cleo = await signUp(server, 'cleopatra')
  const room = await ada.createRoom('group', [cleo])
  const phone = await deviceOf(cleo)
  await cleo.call('DELETE', '/sessions/current')
  await ada.say(room, 'hello')
  await settled()
  assert.deepEqual(service.told(phone.name), [])
})

test('a worker that is killed half-way forgets nothing and repeats nothing that was acknowledged', async () => {
  const room = await ada.createRoom('group', [bob])
  const devices = []
  for (let n = 0; n < 6; n++) devices.push(await deviceOf(bob))
  const [hanging] = devices
  service.answer = (_, device) => (device === hanging.name ? new Promise(() => {}) : 201)
  await ada.say(room, 'hello')
  await eventually('all but one to be told', () => devices.slice(1).every(({ name }) => service.told(name).length === 1))
  // The one is under way, the others are noted as told.
  await eventually('only one to be left', () => owed() === 1)
  await server.kill()
  service.answer = 201
  await server.start()
  await eventually('the last one to be told', () => service.told(hanging.name).length === 1)
  await settled()
  assert.deepEqual(devices.map(({ name }) => service.told(name).length), [1, 1, 1, 1, 1, 1])
  await Promise.all(devices.map((device) => forget(bob, device)))
})

test('a worker that is killed before it has asked whom to tell forgets nobody', async () => {
  const room = await ada.createRoom('group', [bob])
  const phone = await deviceOf(bob)
  await ada.say(room, 'hello')
  await server.kill()
  await server.start()
  await eventually('the phone to be told', () => service.told(phone.name).length === 1)
  await forget(bob, phone)
})

test('a server does not ask its own network, whatever a device says', async () => {
  const guarded = await Server.start({ flags: [...NO_RATE_LIMITS, '--push-wait=100ms', '--push-max-attempts=2', '--push-first-wait=50ms'] })
  try {
    const [one, other] = await Promise.all(['one', 'other'].map((name) => signUp(guarded, name)))
    const room = await one.createRoom('group', [other])
    const { endpoint, keys } = service.device('inside')
    const refused = await other.call('PUT', '/push/subscriptions', { endpoint, keys })
    assert.deepEqual([refused.status, refused.body.errors.map(({ field }) => field)], [422, ['endpoint']])
    const wrong = await other.call('PUT', '/push/subscriptions', { endpoint: 'ftp://x', keys: { p256dh: 'AAAA', auth: '' } })
    assert.deepEqual(wrong.body.errors.map(({ field }) => field), ['endpoint', 'keys.p256dh', 'keys.auth'])
    const port = new URL(service.origin).port
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '2130706433']) {
      const { status } = await other.call('PUT', '/push/subscriptions', { endpoint: `https://${host}:${port}/inside`, keys })
      assert.equal(status, 200)
    }
    await one.say(room, 'hello')
    const asked = service.asked.length
    await eventually('all to be given up', () => operate(guarded, 'outbox', 'list', '--limit', '0').backlog.owed === 0)
    assert.equal(service.asked.length, asked)
  } finally {
    await guarded.stop()
  }
})

test('a server that pushes nothing says so', async () => {
  const silent = await Server.start({ flags: [...NO_RATE_LIMITS, '--push-enabled=false'] })
  try {
    const one = await signUp(silent, 'one')
    assert.equal((await call(silent, 'GET', '/config')).body.push_public_key, undefined)
    const { status, body } = await one.call('PUT', '/push/subscriptions', service.device())
    assert.deepEqual([status, body.code], [404, 'not_found'])
    const room = await one.createRoom('group')
    await one.say(room)
    assert.equal(operate(silent, 'outbox', 'list', '--limit', '0').backlog.owed, 0)
  } finally {
    await silent.stop()
  }
})
