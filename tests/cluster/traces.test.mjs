// What OpenTelemetry is told of a message's way over two nodes.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Collector } from '../lib/collector.mjs'
import { eventually } from '../lib/patience.mjs'
import { signUpAll } from '../lib/people.mjs'
import { Postgres } from '../lib/postgres.mjs'
import { Redis } from '../lib/redis.mjs'
import { SdkClient } from '../lib/sdk.mjs'
import { NO_RATE_LIMITS, Server } from '../lib/server.mjs'

let collector, postgres, redis, north, south
before(async () => {
  ;[collector, postgres, redis] = await Promise.all([Collector.start(), Postgres.start(), Redis.start()])
  const flags = [...NO_RATE_LIMITS, `--store=${postgres.url}`, `--bus=${redis.url}`, `--traces-endpoint=${collector.url}`, '--traces-ratio=1']
  const start = (name) => Server.start({ flags: [...flags, `--node-name=${name}`] })
  ;[north, south] = await Promise.all([start('north'), start('south')])
})
after(async () => {
  SdkClient.closeAll()
  await Promise.all([north, south, postgres, redis, collector].map((server) => server?.stop()))
})

test('a message has one trace, to which each node on its way adds its part', async () => {
  const [ada, bob] = await signUpAll(north, 'ada', 'bob')
  const room = await ada.createRoom('group', [bob])
  await SdkClient.connected('WebSocket with JSON', bob, { url: south.url })
  const sent = await ada.say(room)
  await eventually('all parts of the way', () => {
    const ways = collector.spans.filter(({ attributes }) => attributes['chinwag.message'] === sent.id)
    return ['north message.send', 'north store.commit', 'south bus.arrive', 'south hub.fan_out'].every((part) => ways.some(({ node, name }) => `${node} ${name}` === part))
  })
  const way = collector.spans.filter(({ attributes }) => attributes['chinwag.message'] === sent.id)
  const root = way.find(({ name }) => name === 'message.send')
  assert.equal(root.parent, '')
  assert.deepEqual([...new Set(way.map(({ trace }) => trace))], [root.trace])
  assert.deepEqual([...new Set(way.filter((span) => span !== root).map(({ parent }) => parent))], [root.id])
  assert.equal(new Set(way.map(({ id }) => id)).size, way.length)
  for (const { from, to, name, attributes } of way) {
    assert.ok(from > 0n && from <= to, name)
    assert.equal(attributes['chinwag.room'], room.id)
  }
})

test('a collector that is away holds nobody up', async () => {
  await collector.stop()
  const [cleo] = await signUpAll(north, 'cleo')
  const room = await cleo.createRoom('group')
  for (let n = 0; n < 20; n++) await cleo.say(room)
  assert.equal((await cleo.messages(room)).length, 20)
})
