// Sockets, calls and background work by different nodes over one PostgreSQL, behind a balancer that looks at paths.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ByPath } from '../lib/by-path.mjs'
import { eventually } from '../lib/patience.mjs'
import { signUp } from '../lib/people.mjs'
import { Postgres } from '../lib/postgres.mjs'
import { Receiver } from '../lib/receiver.mjs'
import { SdkClient } from '../lib/sdk.mjs'
import { NO_RATE_LIMITS, Server } from '../lib/server.mjs'

let postgres, receiver, gateway, api, worker, other, balancer
before(async () => {
  ;[postgres, receiver] = await Promise.all([Postgres.start(), Receiver.start()])
  const node = (name, role) =>
    Server.start({ flags: [...NO_RATE_LIMITS, ...receiver.flags, '--webhooks-events=message.created', `--store=${postgres.url}`, '--bus=postgres', `--role=${role}`, `--node-name=${name}`] })
  ;[gateway, api, worker, other] = await Promise.all([node('gateway1', 'gateway'), node('api1', 'api'), node('worker1', 'worker'), node('worker2', 'worker')])
  balancer = await ByPath.before({ gateways: [gateway], apis: [api] })
})
after(async () => {
  SdkClient.closeAll()
  await balancer?.stop()
  await Promise.all([gateway, api, worker, other].map((server) => server?.stop()))
  await receiver?.down()
  await postgres?.stop()
})

const texts = (room) => receiver.heard(room).map(({ data }) => data.message.text)

test('each node says what it does, and who answers the rest', async () => {
  // The log may be read a moment after the server answers.
  await eventually('the gateway to say what it is', () => gateway.log.includes('Chinwag is ready as gateway, listening'))
  await eventually('the node of the API to say what it is', () => api.log.includes('Chinwag is ready as api: open'))
  for (const [server, path, roles] of [
    [gateway, '/api/v1/rooms', 'gateway'],
    [gateway, '/', 'gateway'],
    [api, '/connection/websocket', 'api'],
    [worker, '/api/v1/rooms', 'worker'],
    [worker, '/emulation', 'worker'],
  ]) {
    const response = await fetch(server.url + path)
    assert.equal(response.headers.get('content-type'), 'application/problem+json', path)
    const problem = await response.json()
    assert.deepEqual([response.status, problem.code], [404, 'other_role'], path)
    assert.ok(problem.detail.includes(`its role is ${roles},`), problem.detail)
  }
  for (const server of [gateway, api, worker]) for (const path of ['/healthz', '/readyz', '/metrics']) assert.equal((await fetch(server.url + path)).status, 200, path)
})

test('calls, sockets and webhooks work together, each on its own node', async () => {
  const ada = await signUp(balancer, 'ada')
  const room = await ada.createRoom('group', [])
  const client = await SdkClient.connected('WebSocket with JSON', ada, { data: { rooms: 0 } })
  const following = client.subscription(`room:${room.id}`)
  await following.subscribe()
  for (let n = 0; n < 10; n++) {
    if (n % 2 === 0) await client.rpc('message.send', { room: room.id, client_id: `c${n}`, text: `message ${n}` })
    else await ada.say(room, `message ${n}`)
  }
  const expected = Array.from({ length: 10 }, (_, n) => `message ${n}`)
  assert.deepEqual((await ada.messages(room)).map(({ text }) => text), expected)
  await eventually('everything to be told', () => texts(room).length === 10)
  assert.deepEqual(texts(room), expected)
})

test('when a worker is killed half-way, the other one goes on where it was', async () => {
  const bob = await signUp(balancer, 'bob')
  const rooms = await Promise.all([1, 2, 3, 4].map(() => bob.createRoom('group', [])))
  const say = (from, to) => Promise.all(rooms.map(async (room) => {
    for (let n = from; n < to; n++) await bob.say(room, `message ${n}`)
  }))
  await say(0, 10)
  // Some requests are under way when the worker dies.
  receiver.answer = () => new Promise((done) => setTimeout(done, 30, 200))
  const saying = say(10, 40)
  await eventually('the work to have begun', () => rooms.every((room) => texts(room).length > 5))
  await worker.kill()
  await saying
  await eventually('everything to be told', () => rooms.every((room) => texts(room).length === 40))
  for (const room of rooms) assert.deepEqual(texts(room), Array.from({ length: 40 }, (_, n) => `message ${n}`))
})
