// However long one was away: the missed changes come complete and in order.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { signUpAll } from '../lib/people.mjs'
import { Network } from '../lib/proxy.mjs'
import { SdkClient, TRANSPORTS } from '../lib/sdk.mjs'
import { withServer } from '../lib/suite.mjs'

const MISSED = 10_000
const IN_FLIGHT = 100

const held = withServer()
const readers = new Map()
let room

held.before(async () => {
  const [ada, bob] = await signUpAll(held.server, 'ada', 'bob')
  room = await ada.createRoom('private', [bob])
  await ada.say(room, 'the last one that they saw')
  for (const transport of Object.keys(TRANSPORTS)) {
    const network = await Network.to(held.server)
    const options = { url: network.url, minReconnectDelay: 200, maxReconnectDelay: 500 }
    const served = await SdkClient.connected(transport, bob, options)
    const client = await SdkClient.connected(transport, bob, { ...options, data: { rooms: 0 } })
    const own = client.subscription(`room:${room.id}`)
    await own.subscribe()
    readers.set(transport, { network, served, client, own })
  }
  for (const { network } of readers.values()) network.cut()
  const sender = await SdkClient.connected('WebSocket with JSON', ada, { data: { rooms: 0 }, timeout: 60_000 })
  let next = 0
  const send = async () => {
    while (next < MISSED) await sender.rpc('message.send', { room: room.id, client_id: `m${next}`, text: `missed ${next++}` })
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, send))
  sender.close()
})

for (const transport of Object.keys(TRANSPORTS)) {
  test(`${MISSED} missed changes arrive complete and in order over ${transport}`, async () => {
    const { network, served, client, own } = readers.get(transport)
    const channel = `room:${room.id}`
    const head = room.head_rev + 1 + MISSED
    network.mend()
    const streams = [
      ['a server-side subscription', () => served.changes(channel)],
      ['a subscription of its own', () => own.changes],
    ]
    for (const [what, changes] of streams) {
      await eventually(`${what} to reach the head`, () => changes().at(-1)?.offset >= head)
      const offsets = changes().map(({ offset }) => offset)
      const first = head - MISSED + 1
      assert.deepEqual(offsets.slice(offsets.indexOf(first)), Array.from({ length: MISSED }, (_, n) => first + n), what)
      assert.deepEqual(offsets, [...new Set(offsets)], `${what} repeats nothing`)
      for (const { data, offset } of changes()) assert.equal(data.message.rev, offset)
    }
    const resumed = own.subscribed.at(-1)
    assert.deepEqual([resumed.wasRecovering, resumed.recovered], [true, true])
    for (const each of [served, client]) each.close()
    await network.close()
  })
}
