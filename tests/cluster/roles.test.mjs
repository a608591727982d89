// Sockets, calls and background work by processes of their own, behind HAProxy. Two people talk in their browsers and a back
// end is told of it, while one process after the other is killed and started again.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Conversation } from '../browser/conversation.mjs'
import { closeAll, DESKTOP, launch, Window } from '../browser/window.mjs'
import { Haproxy } from '../lib/haproxy.mjs'
import { eventually, PATIENCE_MS } from '../lib/patience.mjs'
import { Postgres } from '../lib/postgres.mjs'
import { Receiver } from '../lib/receiver.mjs'
import { Redis } from '../lib/redis.mjs'
import { NO_RATE_LIMITS, Server } from '../lib/server.mjs'

const NODES = { gateway1: 'gateway', gateway2: 'gateway', api1: 'api', api2: 'api', worker1: 'worker' }

let postgres, redis, receiver, haproxy, conversation
const nodes = {}

before(async () => {
  ;[postgres, redis, receiver] = await Promise.all([Postgres.start(), Redis.start(), Receiver.start()])
  const flags = [...NO_RATE_LIMITS, ...receiver.flags, '--webhooks-events=message.created', '--trusted-proxies=127.0.0.1', `--store=${postgres.url}`, `--bus=${redis.url}`]
  const start = async ([name, role]) => {
    nodes[name] = await Server.start({ flags: [...flags, `--role=${role}`, `--node-name=${name}`] })
  }
  const trusting = { trustsAnybody: true }
  const [hers, his] = await Promise.all([launch(trusting), launch(trusting), ...Object.entries(NODES).map(start)])
  haproxy = await Haproxy.before({ gateways: [nodes.gateway1, nodes.gateway2], apis: [nodes.api1, nodes.api2] })
  // Its certificate is nobody's.
  const options = { ...DESKTOP, ignoreHTTPSErrors: true }
  const ada = await Window.open(hers, haproxy, options)
  const bob = await Window.open(his, haproxy, options)
  await Promise.all([ada.signUp('ada'), bob.signUp('bob')])
  await ada.createRoom('Harbour', 'group', ['bob'])
  await bob.openRoom('Harbour')
  conversation = new Conversation({ server: haproxy, ada, bob })
  await conversation.watch()
})
after(async () => {
  await closeAll()
  await haproxy?.stop()
  await Promise.all(Object.values(nodes).map((node) => node.stop()))
  await receiver?.down()
  await Promise.all([postgres, redis].map((server) => server?.stop()))
})

for (const name of ['gateway1', 'api1', 'worker1']) {
  test(`${name} is killed and started again, and nobody misses it`, async () => {
    const { room, kept } = await conversation.talkThrough(name, async (more) => {
      await nodes[name].kill()
      await more(10)
      await nodes[name].start()
    })
    const told = () => receiver.heard(room).map(({ data }) => data.message.text)
    await eventually('the back end to be told of everything', () => told().length === kept.length, PATIENCE_MS * 2)
    assert.deepEqual(told(), kept.map(({ text }) => text), 'in the order of the room')
  })
}
