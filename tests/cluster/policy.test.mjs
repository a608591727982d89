// How many connections a user may have, counted over two nodes with PostgreSQL and Redis between them.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { signUp } from '../lib/people.mjs'
import { Postgres } from '../lib/postgres.mjs'
import { Redis } from '../lib/redis.mjs'
import { refusalOf, SdkClient } from '../lib/sdk.mjs'
import { NO_RATE_LIMITS, Server } from '../lib/server.mjs'

const TOO_MANY = 3504
let postgres, redis
before(async () => {
  ;[postgres, redis] = await Promise.all([Postgres.start(), Redis.start()])
})
after(() => Promise.all([postgres, redis].map((server) => server?.stop())))

const connect = (person, { url }) => SdkClient.connected('WebSocket with JSON', person, { url })

function twoNodes(policy) {
  const held = {}
  before(async () => {
    const flags = [...NO_RATE_LIMITS, `--store=${postgres.url}`, `--bus=${redis.url}`, '--cluster-lease=1s', '--connections-max-per-user=1', `--connections-policy=${policy}`]
    const start = (name) => Server.start({ flags: [...flags, `--node-name=${name}`] })
    ;[held.north, held.south] = await Promise.all([start(`${policy}-north`), start(`${policy}-south`)])
  })
  after(async () => {
    SdkClient.closeAll()
    await Promise.all([held.north, held.south].map((server) => server?.stop()))
  })
  return held
}

describe('one more than allowed is refused', () => {
  const held = twoNodes('reject')

  test('on the other node too, until the first is gone', async () => {
    const ada = await signUp(held.north)
    const first = await connect(ada, held.north)
    assert.equal(await refusalOf(connect(ada, held.south)), TOO_MANY)
    assert.equal((await first.rpc('room.list')).rooms.length, 0)
    assert.deepEqual(first.disconnects, [])
    first.close()
    await eventually('room for another', () => connect(ada, held.south))
  })

  test('of many at once on both nodes exactly one is let in', async () => {
    const bob = await signUp(held.south)
    const attempts = Array.from({ length: 8 }, (_, n) => connect(bob, n % 2 ? held.north : held.south))
    const outcomes = await Promise.allSettled(attempts)
    const refused = outcomes.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.code)
    assert.deepEqual(refused, Array(7).fill(TOO_MANY))
  })

  test('a connection on a node that was killed does not count for long', async () => {
    const cleo = await signUp(held.south)
    const lost = await connect(cleo, held.north)
    await held.north.kill()
    lost.close()
    await eventually('the dead node to be forgotten', () => connect(cleo, held.south))
    await held.north.start()
    assert.equal(await refusalOf(connect(cleo, held.north)), TOO_MANY)
  })
})

describe('one more than allowed takes the place of the oldest', () => {
  const held = twoNodes('replace')

  test('on whatever node that is', async () => {
    const ada = await signUp(held.north)
    let last = await connect(ada, held.north)
    for (const node of [held.south, held.north, held.north]) {
      const next = await connect(ada, node)
      assert.equal((await last.disconnected()).code, TOO_MANY)
      last = next
    }
    assert.equal((await last.rpc('room.list')).rooms.length, 0)
    assert.deepEqual(last.disconnects, [])
  })
})
