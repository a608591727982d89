// Too much of everything.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { call, PASSWORD, signUp } from '../lib/people.mjs'
import { withServer } from '../lib/suite.mjs'
import { frame, RawSocket, Wire } from '../lib/wire.mjs'
import { andStillServes } from './still-serves.mjs'

const held = withServer({
  rateLimits: true,
  flags: ['--rate-limits-messages=100/10s', '--rate-limits-wrong-passwords=10/1m', '--rate-limits-commands=200/1s'],
})
andStillServes(held)

test('a flood of commands is refused with 111 and at last closed with 3509', async () => {
  const person = await signUp(held.server)
  const wire = await Wire.connected(person)
  let refused = 0
  wire.socket.on('message', (data) => (refused += String(data).split('"code":111').length - 1))
  let over = false
  wire.closed.then(() => (over = true))
  for (let id = 1_000; !over && id < 200_000; id++) {
    wire.send({ id, rpc: { method: 'config.get' } })
    if (id % 100 === 0) await new Promise(setImmediate)
  }
  assert.equal(await wire.ends(), 3509)
  assert.ok(refused > 0, 'some were refused before')
})

test('a flood of messages is refused, with the time to wait', async () => {
  const person = await signUp(held.server)
  const room = await person.createRoom('private')
  const answers = await Promise.all(
    Array.from({ length: 400 }, (_, n) => person.call('POST', `/rooms/${room.id}/messages`, { client_id: `f${n}`, text: 'flood' })),
  )
  const refused = answers.filter(({ status }) => status === 429)
  assert.ok(refused.length > 0, 'some were refused')
  assert.ok(refused.length < 400, 'some were not')
  for (const { body, headers } of refused) {
    assert.equal(body.code, 'too_many_requests')
    assert.ok(body.retry_after >= 1)
    assert.equal(headers.get('retry-after'), String(body.retry_after))
  }
  const accepted = answers.filter(({ status }) => status === 201).length
  assert.equal((await person.get(`/rooms/${room.id}`)).head_seq, accepted)
})

test('guessing a password is slowed down', async () => {
  const person = await signUp(held.server)
  const guess = () => call(held.server, 'POST', '/sessions', { body: { name: person.name, password: 'not the password' } })
  const statuses = []
  for (let n = 0; n < 12; n++) statuses.push((await guess()).status)
  assert.equal(statuses[0], 401)
  assert.equal(statuses.at(-1), 429)
  const right = await call(held.server, 'POST', '/sessions', { body: { name: person.name, password: PASSWORD } })
  assert.ok([201, 429].includes(right.status))
})

test('a hundred thousand commands in one frame cost the sender, not the others', async () => {
  const wire = await Wire.connected(await signUp(held.server))
  const commands = []
  for (let id = 10, bytes = 0; bytes < 240_000; id++) bytes += commands[commands.push(`{"id":${id},"ping":{}}`) - 1].length + 1
  wire.send(commands.join('\n'))
  const answered = new Promise((done) => wire.socket.once('message', done))
  await Promise.race([answered, wire.closed])
  wire.close()
})

test('a flood of WebSocket pings does no harm', async () => {
  const raw = await RawSocket.upgraded(held.server)
  raw.write(Buffer.concat(Array.from({ length: 50_000 }, () => frame({ opcode: 9, payload: 'flood' }))))
  raw.write(frame({ opcode: 8, payload: Buffer.from([0x03, 0xe8]) }))
  const code = await raw.closeCode()
  assert.ok([1000, 3501, 3502, 3509, 3008, null].includes(code), String(code))
  raw.close()
})

test('five hundred connections that say nothing do no harm', async () => {
  const idle = await Promise.all(Array.from({ length: 500 }, () => RawSocket.open(held.server)))
  assert.equal((await fetch(`${held.server.url}/healthz`)).status, 200)
  for (const raw of idle) raw.close()
})
