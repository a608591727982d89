// What clients may take: silence, age, rates, and a client that reads nothing.
import assert from 'node:assert/strict'
import { connect as connectTcp } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { Client, CREDENTIALS_TOML, Gateway, KEY } from '../lib/gateway.mjs'
import { eventually } from '../lib/patience.mjs'
import { call } from '../lib/sigv4.mjs'

const API = `
[[apis]]
id = "abc"
stage = "prod"
integrations.nothing = { type = "mock" }
routes = [{ key = "known", integration = "nothing" }]`

/** A gateway with these limits for the tests of a block. */
function withLimits(limits) {
  const held = {}
  before(async () => {
    held.gateway = await Gateway.start(() => `${CREDENTIALS_TOML}\n${API}\n[limits]\n${limits}`)
    held.url = `ws://127.0.0.1:${held.gateway.port}/prod`
    held.connections = (id) => `${held.gateway.endpoint}/prod/@connections/${encodeURIComponent(id)}`
  })
  after(() => held.gateway?.stop())
  return held
}

async function idOf(client) {
  client.send('who am I?')
  return (await client.next()).connectionId
}

describe('time', () => {
  const held = withLimits('idle_timeout = "400ms"\nmax_connection_age = "1500ms"')

  test('a silent client is asked to leave, one that is spoken to is not, until it is too old', async () => {
    const silent = await Client.connect(held.url)
    const busy = await Client.connect(held.url)
    const id = await idOf(busy)
    const posting = setInterval(() => call(held.connections(id), { body: 'tick', key: KEY }).catch(() => {}), 100)
    try {
      assert.deepEqual(await silent.closed, { code: 1001, reason: 'Going away' })
      assert.equal(busy.socket.readyState, 1, 'the other is still there')
      assert.deepEqual(await busy.closed, { code: 1001, reason: 'Going away' })
    } finally {
      clearInterval(posting)
    }
  })
})

describe('rates', () => {
  const held = withLimits('connects_per_s = 3\nrequests_per_s = 5\nrequest_burst = 5')

  test('more connects, messages and posts than there may be are refused, and told so', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => Client.connect(held.url)))
    const clients = outcomes.flatMap(({ value }) => (value ? [value] : []))
    const statuses = outcomes.flatMap(({ reason }) => (reason ? [reason.status] : []))
    assert.ok(clients.length >= 3 && statuses.length >= 1 && statuses.every((status) => status === 429), `${clients.length} of 6, ${statuses}`)
    const [client] = clients
    for (let i = 0; i < 12; i++) client.send('who am I?')
    const said = []
    for (let i = 0; i < 12; i++) said.push(await client.next())
    assert.ok(said.some(({ message }) => message === 'Too Many Requests') && said.some(({ message }) => message === 'Forbidden'))
    const id = said[0].connectionId
    const answers = await Promise.all(Array.from({ length: 12 }, () => call(held.connections(id), { body: 'x', key: KEY })))
    const refused = answers.find(({ status }) => status === 429)
    assert.equal(refused.headers.get('x-amzn-errortype'), 'LimitExceededException')
  })
})

describe('a client that reads nothing', () => {
  const held = withLimits('max_queued_bytes = 262144\nwrite_timeout = "700ms"')

  test('its queue fills up to its bound, posts are refused, and it is cut off', async () => {
    const client = await Client.connect(held.url)
    const id = await idOf(client)
    client.socket.pause()
    const body = 'x'.repeat(100_000)
    // The kernel takes some of it first.
    const refused = await eventually('a post to be refused', async () => {
      const response = await call(held.connections(id), { body, key: KEY })
      return response.status !== 200 && response
    })
    assert.deepEqual([refused.status, refused.headers.get('x-amzn-errortype')], [429, 'LimitExceededException'])
    await eventually('it to be cut off', async () => (await call(held.connections(id), { body: 'x', key: KEY })).status === 410)
    client.socket.terminate()
  })
})

describe('bytes that are no WebSocket', () => {
  const held = withLimits('header_read_timeout = "500ms"\nmax_connections = 2')

  /** All that the gateway says to these bytes until it closes. */
  const told = (bytes) =>
    new Promise((done, reject) => {
      const socket = connectTcp(held.gateway.port, '127.0.0.1')
      const parts = []
      socket.on('data', (part) => parts.push(part))
      socket.on('error', (error) => (error.code === 'ECONNRESET' ? done(Buffer.concat(parts)) : reject(error)))
      socket.on('close', () => done(Buffer.concat(parts)))
      for (const part of [bytes].flat()) socket.write(part)
    })
  const HANDSHAKE = 'GET /prod HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
  /** The close code of the frames after the handshake. */
  const closeCode = (heard) => {
    const frames = heard.subarray(heard.indexOf('\r\n\r\n') + 4)
    assert.equal(frames[0], 0x88, 'a close frame')
    return frames.readUInt16BE(2)
  }
  const masked = (first, length, payload = Buffer.alloc(length)) => Buffer.concat([Buffer.from([first, 0x80 | length, 0, 0, 0, 0]), payload])

  test('half a request is waited for only so long', async () => {
    assert.doesNotMatch(String(await told('GET /prod HT')), /^HTTP\/1.1 [12]/)
    assert.match(String(await told('nonsense\r\n\r\n')), /^HTTP\/1.1 400/)
    assert.match(String(await told(`GET /prod HTTP/1.1\r\nHost: x\r\nLong: ${'x'.repeat(100_000)}\r\n\r\n`)), /^(HTTP\/1.1 431|$)/)
  })

  test('a handshake that is none is refused', async () => {
    const status = async (...changes) => String(await told(changes.reduce((text, [from, to]) => text.replace(from, to), HANDSHAKE.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')))).match(/^HTTP\/1.1 (\d+)/)[1]
    assert.equal(await status(['/prod', '/other']), '403')
    assert.equal(await status(['Version: 13', 'Version: 8']), '426')
    assert.equal(await status(['dGhlIHNhbXBsZSBub25jZQ==', 'short']), '400')
    assert.equal(await status(['Upgrade: websocket', 'Upgrade: else']), '426')
    assert.equal(await status(['/prod', `/prod?${'x'.repeat(5000)}`]), '414')
  })

  test('frames that break the protocol end their connection with its code', async () => {
    const cases = [
      [Buffer.from([0x81, 0x01, 0x61]), 1002, 'not masked'],
      [masked(0xc1, 1), 1002, 'a reserved bit'],
      [masked(0x83, 1), 1002, 'a reserved opcode'],
      [masked(0x09, 1), 1002, 'a ping in fragments'],
      [masked(0x80, 1), 1002, 'a continuation of nothing'],
      [masked(0x81, 1, Buffer.from([0xff])), 1007, 'no UTF-8'],
      [Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]), 1009, 'a promise of very much'],
      [masked(0x88, 1), 1002, 'half a close code'],
    ]
    for (const [frame, code, what] of cases) assert.equal(closeCode(await told([HANDSHAKE, frame])), code, what)
  })

  test('there are only so many connections, and it still serves after all this', async () => {
    const two = await Promise.all([Client.connect(held.url), Client.connect(held.url)])
    await assert.rejects(Client.connect(held.url), { status: 503 })
    await two[0].close()
    const again = await eventually('room for another', () => Client.connect(held.url))
    assert.ok(await idOf(again))
    await Promise.all([two[1].close(), again.close()])
  })
})
