// Commands that break the client protocol, and clients that do not keep its time.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { signUp } from '../lib/people.mjs'
import { withServer } from '../lib/suite.mjs'
import { frame, RawSocket, Wire } from '../lib/wire.mjs'
import { andStillServes } from './still-serves.mjs'

const held = withServer({
  flags: ['--realtime-connect-timeout=1s', '--realtime-ping-interval=1s', '--realtime-pong-timeout=500ms'],
})
andStillServes(held)

describe('what breaks the protocol closes with 3501', () => {
  const cases = {
    'text that is no JSON': '{{{{',
    'JSON that is no object': '[1,2,3]',
    'half an object': '{"id":1,"connect":{',
    'an id that is no number': '{"id":"one","connect":{}}',
    'a negative id': '{"id":-1,"connect":{}}',
    'an id over 32 bits': '{"id":4294967296,"connect":{}}',
    'a token that is no text': '{"id":1,"connect":{"token":7}}',
    'JSON nested ten thousand deep': `{"id":1,"connect":{"data":${'['.repeat(10_000)}${']'.repeat(10_000)}}}`,
    'a command without an id': '{"connect":{}}',
    'a command before connect': '{"id":1,"rpc":{"method":"user.me"}}',
    'a subscribe before connect': '{"id":1,"subscribe":{"channel":"room:x"}}',
    'a pong before connect': '{}',
    'NUL bytes': '\0\0\0\0',
  }
  for (const [what, text] of Object.entries(cases)) {
    test(what, async () => {
      const wire = await Wire.open(held.server)
      wire.send(text)
      assert.equal(await wire.ends(), 3501)
    })
  }

  test('two connects in one frame', async () => {
    const wire = await Wire.open(held.server)
    const connect = { connect: { token: held.bystander.token } }
    wire.send([1, 2].map((id) => JSON.stringify({ id, ...connect })).join('\n'))
    assert.equal(await wire.ends(), 3501)
  })

  test('a second connect', async () => {
    const wire = await Wire.connected(held.bystander)
    wire.connect(held.bystander.token).catch(() => {})
    assert.equal(await wire.ends(), 3501)
  })

  test('a pong that nobody asked for', async () => {
    const wire = await Wire.connected(held.bystander)
    wire.send({})
    assert.equal(await wire.ends(), 3501)
  })

  test('text after connect that is no JSON', async () => {
    const wire = await Wire.connected(held.bystander)
    wire.send('not a command')
    assert.equal(await wire.ends(), 3501)
  })

  const protobuf = {
    'bytes that are no Protobuf': [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    'a length that lies': [0x7f, 0x08, 0x01],
    'a varint without an end': [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    'a field of a wrong type': [0x03, 0x22, 0x01, 0xff],
    'text where bytes are due': [...Buffer.from('{"id":1,"connect":{}}')],
  }
  for (const [what, bytes] of Object.entries(protobuf)) {
    test(`${what}, in Protobuf`, async () => {
      const wire = await Wire.open(held.server, { path: '/connection/websocket?cf_protocol=protobuf' })
      wire.send(Buffer.from(bytes))
      assert.equal(await wire.ends(), 3501)
    })
  }
})

describe('what is merely wrong is answered with its code, and the connection goes on', () => {
  /** command → code */
  const cases = [
    ['an unknown method', { rpc: { method: 'no.such.method', data: {} } }, 104],
    ['an RPC without a method', { rpc: { data: {} } }, 104],
    ['an unknown command', { teleport: { to: 'anywhere' } }, 104],
    ['an RPC with data that does not fit', { rpc: { method: 'message.send', data: { room: [] } } }, 107],
    ['an RPC with no data', { rpc: { method: 'message.send' } }, 107],
    ['an RPC with text for an object', { rpc: { method: 'message.send', data: 'hello' } }, 107],
    ['a subscription token', { sub_refresh: { channel: 'room:x', token: 'x' } }, 108],
    ['a map subscription', { subscribe: { channel: 'room:01KAJQ8ZQK7N5V3T2R9X4M6B1C', type: 1 } }, 108],
    ['a channel of another name', { subscribe: { channel: 'news' } }, 102],
    ['a channel without a name', { subscribe: {} }, 102],
    ['a channel in lower case', { subscribe: { channel: 'room:01kajq8zqk7n5v3t2r9x4m6b1c' } }, 102],
    ['a channel that climbs', { subscribe: { channel: 'room:../../etc/passwd' } }, 102],
    ['a channel with a NUL', { subscribe: { channel: 'room:01KAJQ8ZQK7N5V3T2R9X4M6B1C\0' } }, 102],
    ['a channel with a glob', { subscribe: { channel: 'room:*' } }, 102],
    ['a channel of a subject', { subscribe: { channel: 'room:>' } }, 102],
    ['a channel with a percent sign', { subscribe: { channel: 'room%3A01KAJQ8ZQK7N5V3T2R9X4M6B1C' } }, 102],
    ['a user limited channel', { subscribe: { channel: 'room#1' } }, 102],
    ['a private channel', { subscribe: { channel: '$room:1' } }, 102],
    ['a channel of a hundred thousand letters', { subscribe: { channel: `room:${'A'.repeat(100_000)}` } }, 102],
  ]
  for (const [what, command, code] of cases) {
    test(`${what} is error ${code}`, async () => {
      const wire = await Wire.connected(held.bystander)
      const refused = await wire.command(command).then(
        (reply) => assert.fail(JSON.stringify(reply)),
        (error) => error.reply ?? Promise.reject(error),
      )
      assert.equal(refused.code, code)
      assert.equal((await wire.rpc('user.me')).id, held.bystander.id)
      wire.close()
    })
  }

  test('subscribing twice is error 105', async () => {
    const person = await signUp(held.server)
    const room = await person.createRoom('private')
    const wire = await Wire.connected(person)
    const subscribe = { subscribe: { channel: `room:${room.id}` } }
    await wire.command(subscribe)
    await assert.rejects(wire.command(subscribe), { code: 105 })
    wire.close()
  })

  test('unsubscribing from what one does not follow is no error, for SDKs drop the connection on one', async () => {
    const wire = await Wire.connected(held.bystander)
    await wire.command({ unsubscribe: { channel: 'room:01KAJQ8ZQK7N5V3T2R9X4M6B1C' } })
    wire.close()
  })

  test('a message of more than 64 KiB is error 106', async () => {
    const room = await held.bystander.createRoom('private')
    const wire = await Wire.connected(held.bystander)
    const send = (text) => wire.rpc('message.send', { room: room.id, client_id: 'large', text })
    await assert.rejects(send('x'.repeat(64 * 1024 + 1)), { code: 106 })
    assert.equal((await send('x'.repeat(64 * 1024))).seq, 1)
    wire.close()
  })

  test('commands with the same id are all answered', async () => {
    const wire = await Wire.connected(held.bystander)
    const replies = []
    wire.socket.on('message', (data) => replies.push(...String(data).split('\n').map((line) => JSON.parse(line)).filter(({ id }) => id === 77)))
    for (let n = 0; n < 10; n++) wire.send({ id: 77, rpc: { method: 'user.me' } })
    await eventually('ten replies', () => replies.length === 10)
    wire.close()
  })

  test('odd text goes through unchanged', async () => {
    const room = await held.bystander.createRoom('private')
    const wire = await Wire.connected(held.bystander)
    const texts = ['\u202e reversed', '👩‍👩‍👧‍👦', 'e\u0301 and é', '\ud83d\ude00', '</script><script>alert(1)</script>', '\u001b[31mlog: injected\r\nand more', '\u2028\u2029 x', "'; drop table messages; --"]
    for (const [n, text] of texts.entries()) await wire.rpc('message.send', { room: room.id, client_id: `odd${n}`, text })
    assert.deepEqual((await held.bystander.messages(room)).map(({ text }) => text), texts)
    for (const control of ['\u0000', 'a NUL \u0000 within']) {
      const refusal = await wire.rpc('message.send', { room: room.id, client_id: `nul${control.length}`, text: control }).catch(({ code }) => code)
      assert.ok(refusal === 107 || refusal.seq, JSON.stringify(refusal))
    }
    wire.close()
  })
})

describe('who does not keep the time is disconnected', () => {
  test('no connect in time closes with 3502', async () => {
    const wire = await Wire.open(held.server)
    assert.equal(await wire.ends(), 3502)
  })

  test('no connect in time closes with 3502, however many pings one sends', async () => {
    const wire = await Wire.open(held.server)
    const pinging = setInterval(() => wire.socket.readyState === 1 && wire.socket.ping(), 50)
    assert.equal(await wire.ends(), 3502)
    clearInterval(pinging)
  })

  test('half a frame and no more closes with 3502', async () => {
    const raw = await RawSocket.upgraded(held.server)
    raw.write(frame({ payload: '{"id":1,"connect":{}}' }).subarray(0, 9))
    assert.equal(await raw.closeCode(), 3502)
    raw.close()
  })

  test('fragments that never end close with 3502', async () => {
    const raw = await RawSocket.upgraded(held.server)
    raw.write(frame({ fin: false, payload: '{' }))
    const dripping = setInterval(() => raw.write(frame({ fin: false, opcode: 0, payload: ' ' })), 50)
    assert.equal(await raw.closeCode(), 3502)
    clearInterval(dripping)
    raw.close()
  })

  test('no pong closes with 3012', async () => {
    const wire = await Wire.connected(held.bystander)
    wire.answersPings = false
    assert.equal(await wire.ends(), 3012)
  })
})

test('a connection on which the server subscribed nothing may subscribe up to the limit, and no further', async () => {
  const wire = await Wire.connected(held.bystander)
  let refused
  for (let n = 0; n < 1_100 && !refused; n++) {
    const id = `01KAJQ8ZQK7N5V3T2R9X4M${String(n).padStart(4, '0')}`
    refused = await wire.command({ subscribe: { channel: `room:${id}` } }).then(
      () => undefined,
      (error) => (error.code === 102 ? undefined : error.code ?? error.closed),
    )
  }
  assert.equal(refused, undefined, 'unknown rooms take no place')
  wire.close()
})
