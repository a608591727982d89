// What queues, gateways and functions do beyond what they should: things twice, out of order, late, or never.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { signUpAll } from '../lib/people.mjs'
import { Network } from '../lib/proxy.mjs'
import { SdkClient } from '../lib/sdk.mjs'
import { Serverless } from '../lib/serverless.mjs'
import { Wire } from '../lib/wire.mjs'

const OVER = 'WebSocket with JSON'
const people = () => signUpAll(shape, undefined, undefined)
const channelOf = (room) => `room:${room.id}`

let shape
before(async () => {
  // Nobody is ever told that a client has left.
  shape = await Serverless.start({ lostDisconnects: true })
})
after(async () => {
  SdkClient.closeAll()
  await shape?.stop()
})

const connected = (person, options) => SdkClient.connected(OVER, person, options)

/** Every change of the channel from the first that the client saw, each once and in order. */
function assertGapless(client, channel, last) {
  const revs = client.changes(channel).map(({ offset }) => offset)
  assert.deepEqual(revs, Array.from({ length: revs.length }, (_, n) => revs[0] + n))
  if (last !== undefined) assert.equal(revs.at(-1), last)
}

const has = (client, channel, rev) => client.changes(channel).at(-1)?.offset >= rev

test('announcements that come twice and out of order are told once and in order', async () => {
  const [ada, bob] = await people()
  const room = await ada.createRoom('group', [bob])
  const clients = [await connected(ada), await connected(bob), await connected(await bob.anotherDevice())]
  shape.faults = { redeliver: 0.5, reorder: 0.5 }
  try {
    const said = []
    for (let n = 0; n < 8; n++) said.push(...(await Promise.all([ada.say(room, `a ${n}`), bob.say(room, `b ${n}`)])))
    const last = Math.max(...said.map(({ rev }) => rev))
    for (const client of clients) {
      await eventually('all that was said', () => has(client, channelOf(room), last))
      assertGapless(client, channelOf(room), last)
    }
  } finally {
    shape.faults = { redeliver: 0, reorder: 0 }
  }
})

test('an announcement that was lost is made good when its message is sent again', async () => {
  const [ada, bob] = await people()
  const room = await ada.createRoom('group', [bob])
  const [hers, his] = [await connected(ada), await connected(bob)]
  const message = { room: room.id, client_id: randomUUID(), text: 'did you get this?' }
  shape.faults.lose = ({ Body }) => Body.includes(room.id)
  const first = await hers.rpc('message.send', message)
  await eventually('the announcement to be lost', () => shape.faults.lost > 0)
  shape.faults = { redeliver: 0, reorder: 0 }
  assert.deepEqual(await hers.rpc('message.send', message), first)
  await eventually('the message', () => has(his, channelOf(room), first.rev))
  assertGapless(his, channelOf(room), first.rev)
})

test('a direct room whose announcement was lost is made good when it is asked for again', async () => {
  const [ada, bob] = await people()
  const his = await connected(bob)
  shape.faults = { redeliver: 0, reorder: 0, lose: ({ Body }) => Body.includes(bob.id) }
  const room = await ada.createRoom('direct', [bob])
  await eventually('the announcement to be lost', () => shape.faults.lost > 0)
  shape.faults = { redeliver: 0, reorder: 0 }
  assert.equal((await ada.createRoom('direct', [bob])).id, room.id)
  await eventually('the room to be followed', () => his.changes(`user:${bob.id}`).some(({ data }) => data.type === 'room.joined'))
  const said = await ada.say(room)
  await eventually('what is said in it', () => has(his, channelOf(room), said.rev))
})

test('a client that left without a word is forgotten when it cannot be told, and the others are told', async () => {
  const [ada, bob] = await people()
  const room = await ada.createRoom('group', [bob])
  const network = await Network.to(shape)
  const [hers, his] = [await connected(ada), await connected(bob, { url: network.url })]
  const rows = () => shape.rows(`CHANNEL#${channelOf(room)}`)
  assert.equal((await rows()).length, 2)
  network.cut()
  const { rev } = await ada.say(room)
  await eventually('the others to be told', () => has(hers, channelOf(room), rev))
  await eventually('the row to be gone', async () => (await rows()).length === 1)
  network.mend()
  await eventually('him to be told too', () => has(his, channelOf(room), rev))
  assertGapless(his, channelOf(room), rev)
  await network.close()
})

test('rows that have ended are nobody, whether or not the table has removed them', async () => {
  const [ada, bob] = await people()
  const room = await ada.createRoom('group', [bob])
  await connected(ada)
  const [key] = await shape.rows(`CHANNEL#${channelOf(room)}`)
  const stale = { ...key, sk: { S: 'CONN#L0SM9cOFvHcCIhw=' }, user: { S: bob.id }, expires_at: { N: `${Math.floor(Date.now() / 1000) - 1}` } }
  await shape.table('PutItem', { Item: stale })
  const reader = await connected(ada)
  const { clients } = await reader.sdk.presence(channelOf(room))
  assert.deepEqual([...new Set(Object.values(clients).map(({ user }) => user))], [ada.id])
})

test('where a function died while it told a client, the client resumes from what it has', async () => {
  const [ada, bob] = await people()
  const room = await ada.createRoom('group', [bob])
  const his = await connected(bob)
  const first = await ada.say(room)
  await eventually('the first message', () => has(his, channelOf(room), first.rev))
  const [row] = await shape.rows(`CHANNEL#${channelOf(room)}`)
  await shape.table('UpdateItem', {
    Key: { pk: row.pk, sk: row.sk }, UpdateExpression: 'SET lease = :lease, lease_until = :past',
    ExpressionAttributeValues: { ':lease': { S: 'somebody who died' }, ':past': { N: '1' } },
  })
  const second = await ada.say(room)
  await eventually('the second message', () => has(his, channelOf(room), second.rev))
  assertGapless(his, channelOf(room), second.rev)
  assert.notEqual((await shape.rows(`CHANNEL#${channelOf(room)}`))[0].sk.S, row.sk.S, 'by another connection')
})

test('a subscribe and an unsubscribe count in the order of their ids, in whatever order they are done', async () => {
  const [ada, bob] = await people()
  const room = await ada.createRoom('public')
  const [channel, wire] = [channelOf(room), await Wire.connected(bob)]
  const subscribe = (id) => wire.command({ subscribe: { channel } }, id)
  const unsubscribe = (id) => wire.command({ unsubscribe: { channel } }, id)
  const followers = async () => (await shape.rows(`CHANNEL#${channel}`)).filter(({ user }) => user.S === bob.id)
  const heard = () => wire.pushes.filter((push) => push.channel === channel && push.pub).map(({ pub }) => pub.data.message.text)

  await subscribe(12)
  await unsubscribe(11)
  await ada.say(room, 'one')
  await eventually('the message', () => heard().length > 0)

  await subscribe(13)
  await unsubscribe(15)
  await subscribe(14)
  assert.deepEqual(await followers(), [])
  await ada.say(room, 'two')

  await subscribe(16)
  await ada.say(room, 'three')
  await eventually('the message after', () => heard().length > 1)
  assert.deepEqual(heard(), ['one', 'three'])
  wire.close()
})

test('that a channel was followed once is kept for a while only', async () => {
  const [ada, bob] = await people()
  const [room, other] = [await ada.createRoom('public'), await ada.createRoom('public')]
  const wire = await Wire.connected(bob)
  const leave = async ({ id }) => {
    await wire.command({ subscribe: { channel: `room:${id}` } })
    await wire.command({ unsubscribe: { channel: `room:${id}` } })
  }
  const kept = async () => (await shape.everything()).filter(({ sk }) => sk.S === `FOLLOWS#room:${room.id}`)
  await leave(room)
  const [row] = await kept()
  await shape.table('UpdateItem', {
    Key: { pk: row.pk, sk: row.sk }, UpdateExpression: 'SET expires_at = :past', ExpressionAttributeValues: { ':past': { N: '1' } },
  })
  await leave(other)
  assert.deepEqual(await kept(), [])
  wire.close()
})

test('what was said while one was away comes when one is back, however much it is', async () => {
  const [ada, bob] = await people()
  const room = await ada.createRoom('group', [bob])
  const network = await Network.to(shape)
  const his = await connected(bob, { url: network.url })
  const { rev: before } = await ada.say(room)
  await eventually('what was said before', () => has(his, channelOf(room), before))
  network.cut()
  const long = 'x'.repeat(15_000)
  let last
  for (let n = 0; n < 12; n++) last = await ada.say(room, `${n} ${long}`)
  network.mend()
  await eventually('all of it', () => has(his, channelOf(room), last.rev))
  assertGapless(his, channelOf(room), last.rev)
  await network.close()
})

test('a session that is revoked closes its connections', async () => {
  const [ada] = await people()
  const client = await connected(ada)
  assert.equal((await ada.call('DELETE', '/sessions/current')).status, 204)
  assert.equal((await client.disconnected()).code, 3500)
})
