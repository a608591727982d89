// HTTP that no decent client sends.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { call, PASSWORD } from '../lib/people.mjs'
import { withServer } from '../lib/suite.mjs'
import { RawSocket, Wire } from '../lib/wire.mjs'
import { andStillServes } from './still-serves.mjs'

const held = withServer({ flags: ['--http-header-read-timeout=1s'] })
andStillServes(held)

const json = { 'content-type': 'application/json' }
const rooms = (more) => held.bystander.call('POST', '/rooms', undefined, more)
const isProblem = (answer, status, code) => {
  assert.equal(answer.status, status, JSON.stringify(answer.body))
  assert.match(answer.headers.get('content-type'), /^application\/problem\+json/)
  assert.equal(answer.body.code, code)
  assert.equal(answer.body.status, status)
  assert.ok(answer.body.title && answer.body.type)
}

/**
 * What the server answers to a body that is too long. It answers before it has all of it; who goes on sending for
 * long may find the connection cut before the answer could be read, and then there is none.
 */
async function answerToBody(path, headers, part, parts) {
  const raw = await RawSocket.open(held.server)
  raw.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n`)
  for (let n = 0; n < parts && raw.received.length === 0 && !raw.socket.destroyed; n++) {
    raw.write(part)
    await new Promise(setImmediate)
  }
  await raw.status()
  raw.close()
  return raw.received.toString()
}
const KIB_64 = ' '.repeat(0x10000)
const REFUSED_OR_CUT = /^$|^HTTP\/1\.1 413 /

describe('a problem is told in its own words', () => {
  test('malformed JSON is 400', async () => isProblem(await rooms({ headers: json, raw: '{"kind":' }), 400, 'bad_request'))
  test('a body that is no JSON is 400', async () => isProblem(await rooms({ headers: json, raw: '\xff\xfe' }), 400, 'bad_request'))
  test('JSON nested a hundred thousand deep is 400', async () =>
    isProblem(await rooms({ headers: json, raw: '['.repeat(60_000) }), 400, 'bad_request'))
  test('an empty body is an object without fields', async () => isProblem(await rooms({ headers: json, raw: '' }), 422, 'invalid'))
  test('another content type is 415', async () =>
    isProblem(await rooms({ headers: { 'content-type': 'text/plain' }, raw: '{"kind":"public","name":"x"}' }), 415, 'unsupported_media_type'))
  test('no content type is 415', async () => {
    const { token } = held.bystander
    const response = await fetch(`${held.server.url}/api/v1/rooms`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: new Uint8Array([0x7b, 0x7d]),
    })
    assert.equal(response.status, 415)
  })
  test('a form is 415', async () =>
    isProblem(await rooms({ headers: { 'content-type': 'application/x-www-form-urlencoded' }, raw: 'kind=public' }), 415, 'unsupported_media_type'))
  test('a body over the limit is 413', async () =>
    isProblem(await rooms({ headers: json, raw: `{"kind":"public","name":"${'x'.repeat(70_000)}"}` }), 413, 'too_large'))
  test('a body far over the limit is refused before it is read, with its length told or not', async () => {
    const token = `Authorization: Bearer ${held.bystander.token}\r\n`
    assert.match(await answerToBody('/api/v1/rooms', `${token}Content-Length: ${64 << 20}\r\n`, KIB_64, 1_024), REFUSED_OR_CUT)
    assert.match(await answerToBody('/api/v1/rooms', `${token}Transfer-Encoding: chunked\r\n`, `10000\r\n${KIB_64}\r\n`, 1_024), REFUSED_OR_CUT)
  })
  test('a message over 64 KiB is 413', async () => {
    const room = await held.bystander.createRoom('private')
    const send = (text) => held.bystander.call('POST', `/rooms/${room.id}/messages`, { client_id: 'large', text })
    isProblem(await send('x'.repeat(64 * 1024 + 1)), 413, 'too_large')
    assert.equal((await send('x'.repeat(64 * 1024))).status, 201)
  })
  test('a method that a path does not know is 405', async () => isProblem(await held.bystander.call('PUT', '/rooms', {}), 405, 'method_not_allowed'))
  test('a path that there is not is 404', async () => isProblem(await held.bystander.call('GET', '/nothing/here'), 404, 'not_found'))
  test('no token is 401', async () => isProblem(await call(held.server, 'GET', '/rooms'), 401, 'unauthorized'))
  test('a token of nonsense is 401', async () => isProblem(await call(held.server, 'GET', '/rooms', { token: 'cws_nonsense' }), 401, 'unauthorized'))
  test('another scheme than Bearer is 401', async () =>
    isProblem(await call(held.server, 'GET', '/rooms', { headers: { authorization: 'Basic YTpi' } }), 401, 'unauthorized'))
  test('a wrong password is 401', async () =>
    isProblem(await call(held.server, 'POST', '/sessions', { body: { name: held.bystander.name, password: 'wrong password' } }), 401, 'wrong_credentials'))
  test('a name that nobody has is 401 just the same', async () =>
    isProblem(await call(held.server, 'POST', '/sessions', { body: { name: 'nobody_of_that_name', password: PASSWORD } }), 401, 'wrong_credentials'))
  test('a name that is taken is 409', async () =>
    isProblem(await call(held.server, 'POST', '/users', { body: { name: held.bystander.name, password: PASSWORD } }), 409, 'name_taken'))
  test('a name that is taken in other letters is 409', async () =>
    isProblem(await call(held.server, 'POST', '/users', { body: { name: held.bystander.name.toUpperCase(), password: PASSWORD } }), 409, 'name_taken'))
  test('fields that do not fit are 422 and named', async () => {
    const answer = await call(held.server, 'POST', '/users', { body: { name: 'a b', password: 'short' } })
    isProblem(answer, 422, 'invalid')
    assert.deepEqual(answer.body.errors.map(({ field }) => field).sort(), ['name', 'password'])
  })
  test('a client id that was used for another text is 409', async () => {
    const room = await held.bystander.createRoom('private')
    const send = (text) => held.bystander.call('POST', `/rooms/${room.id}/messages`, { client_id: 'same', text })
    const [first, again] = [await send('one'), await send('one')]
    assert.deepEqual([first.status, again.status], [201, 200])
    assert.deepEqual(first.body, again.body)
    isProblem(await send('two'), 409, 'client_id_conflict')
  })
  test('ids that cannot be are unknown, not a fault', async () => {
    for (const id of ['..%2F..%2Fetc', '%00', '*', "'; drop table rooms; --", 'x'.repeat(5_000)]) {
      isProblem(await held.bystander.call('GET', `/rooms/${encodeURIComponent(id)}`), 404, 'unknown_room')
    }
  })
  test('numbers that cannot be are refused', async () => {
    const room = await held.bystander.createRoom('private')
    for (const seq of [-1, 1.5, 2 ** 53, 1e300, '1', null]) {
      const { status } = await held.bystander.call('POST', `/rooms/${room.id}/read`, { seq })
      assert.ok([400, 422].includes(status), `${seq}: ${status}`)
    }
    for (const query of ['before_seq=-1', 'after_seq=x', `before_seq=${'9'.repeat(40)}`, 'limit=x', 'limit=-1']) {
      const { status } = await held.bystander.call('GET', `/rooms/${room.id}/messages?${query}`)
      assert.ok([400, 422].includes(status), `${query}: ${status}`)
    }
  })
})

describe('another page may not act for a user', () => {
  const foreign = ['https://evil.example', 'null', () => `http://127.0.0.1.evil.example:${held.server.port}`, () => `http://evil.example/${held.server.host}`, () => `http://${held.server.host}@evil.example`, 'http://127.0.0.1:1']
  for (const each of foreign) {
    const origin = () => (typeof each === 'function' ? each() : each)
    test(`not ${typeof each === 'function' ? 'a look-alike' : each}, by cookie over HTTP`, async () => {
      const { cookie } = held.bystander
      assert.ok(cookie?.startsWith('chinwag_session='), cookie)
      const answer = await call(held.server, 'POST', '/rooms', { cookie, body: { kind: 'public', name: 'x' }, headers: { origin: origin() } })
      isProblem(answer, 403, 'origin_not_allowed')
    })
    test(`not ${typeof each === 'function' ? 'a look-alike' : each}, by WebSocket`, async () => {
      const headers = { origin: origin(), cookie: held.bystander.cookie }
      await assert.rejects(Wire.open(held.server, { headers }), { status: 403 })
    })
  }
  test('nor may it sign up or in', async () => {
    const headers = { origin: 'https://evil.example' }
    isProblem(await call(held.server, 'POST', '/sessions', { body: { name: held.bystander.name, password: PASSWORD }, headers }), 403, 'origin_not_allowed')
    isProblem(await call(held.server, 'POST', '/users', { body: { name: 'somebody', password: PASSWORD }, headers }), 403, 'origin_not_allowed')
  })
  test('nor through the fallback transports', async () => {
    for (const path of ['/connection/http_stream', '/connection/sse']) {
      const response = await fetch(`${held.server.url}${path}`, { method: 'POST', body: '{"id":1,"connect":{}}', headers: { origin: 'https://evil.example', cookie: held.bystander.cookie } })
      assert.equal(response.status, 403, path)
    }
  })
  test('the own page may', async () => {
    const wire = await Wire.open(held.server, { headers: { origin: held.server.url, cookie: held.bystander.cookie } })
    await wire.connect()
    wire.close()
  })
  test('a cookie without an origin does not connect', async () => {
    const wire = await Wire.open(held.server, { headers: { cookie: held.bystander.cookie } })
    await assert.rejects(wire.connect())
    wire.close()
  })
})

describe('the session cookie is kept from scripts and other sites', () => {
  test('it is HttpOnly, SameSite=Lax and for the whole site', async () => {
    const answer = await call(held.server, 'POST', '/sessions', { body: { name: held.bystander.name, password: PASSWORD } })
    const [cookie] = answer.headers.getSetCookie()
    for (const part of [/^chinwag_session=cws_/, /; *HttpOnly/i, /; *SameSite=Lax/i, /; *Path=\//i]) assert.match(cookie, part)
  })
})

describe('requests below HTTP', () => {
  const status = async (text) => {
    const raw = await RawSocket.open(held.server)
    raw.write(text)
    const answer = await raw.status()
    raw.close()
    return answer
  }
  const head = (path = '/healthz') => `GET ${path} HTTP/1.1\r\nHost: x\r\n`

  test('nonsense is refused', async () => assert.ok([400, null].includes(await status('\x00\x01\x02 nonsense\r\n\r\n'))))
  test('a TLS hello on the plain port is refused', async () =>
    assert.ok([400, null].includes(await status(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03])))))
  test('a header of a megabyte is refused', async () => assert.ok([431, 400, null].includes(await status(`${head()}X: ${'x'.repeat(1 << 20)}\r\n\r\n`))))
  test('ten thousand headers are refused', async () =>
    assert.ok([431, 400, null].includes(await status(`${head()}${Array.from({ length: 10_000 }, (_, n) => `X-${n}: y\r\n`).join('')}\r\n`))))
  test('a path of a megabyte is refused', async () => assert.ok([414, 431, 400, null].includes(await status(`${head(`/${'x'.repeat(1 << 20)}`)}\r\n`))))
  test('a length and chunks at once are refused', async () => {
    const smuggled = `POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n`
    const raw = await RawSocket.open(held.server)
    raw.write(smuggled)
    await raw.status()
    await Promise.race([raw.ended, new Promise((done) => setTimeout(done, 300))])
    const answers = raw.received.toString('latin1').split('HTTP/1.1 ').length - 1
    const first = /^HTTP\/1\.1 (\d+)/.exec(raw.received.toString('latin1'))?.[1]
    assert.ok(first !== '200' && (answers === 1 || first !== '400'), raw.received.toString('latin1'))
    raw.close()
  })
  test('two different lengths are refused', async () =>
    assert.ok([400, null].includes(await status('POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello'))))
  test('h2c is not spoken', async () =>
    assert.notEqual(await status(`${head()}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`), 101))
  test('who sends a header a letter at a time is cut off', async () => {
    const raw = await RawSocket.open(held.server)
    raw.write('GET /healthz HTTP/1.1\r\nHost: x\r\n')
    const drip = setInterval(() => raw.write('X'), 100)
    const answer = await raw.status()
    clearInterval(drip)
    assert.ok([408, 400, null].includes(answer), String(answer))
    raw.close()
  })
  test('who sends nothing is cut off', async () => {
    const raw = await RawSocket.open(held.server)
    const answer = await raw.status()
    assert.ok([408, 400, null].includes(answer), String(answer))
    raw.close()
  })
  test('who never finishes a body does not hold up others', async () => {
    const stuck = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const raw = await RawSocket.open(held.server)
        raw.write('POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{')
        return raw
      }),
    )
    assert.equal((await fetch(`${held.server.url}/healthz`)).status, 200)
    for (const raw of stuck) raw.close()
  })
  for (const path of ['/api/v1/sessions', '/emulation', '/connection/http_stream']) {
    test(`who never finishes a body to ${path} is cut off`, async () => {
      const raw = await RawSocket.open(held.server)
      raw.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`)
      const answer = await raw.status()
      assert.ok([408, 400, null].includes(answer), String(answer))
      raw.close()
    })
  }

  /** what → headers of the handshake */
  const handshakes = {
    'a version of WebSocket that there is not': ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 7', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
    'no key': ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'],
    'a key that is none': ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: short'],
    'no upgrade': ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
  }
  for (const [what, headers] of Object.entries(handshakes)) {
    test(`a handshake with ${what} is refused`, async () => {
      const answer = await status(`GET /connection/websocket HTTP/1.1\r\nHost: x\r\n${headers.join('\r\n')}\r\n\r\n`)
      assert.ok(answer >= 400 && answer < 500, String(answer))
    })
  }
  test('an empty list of subprotocols is accepted, for the Python SDK sends one', async () => {
    const raw = await RawSocket.open(held.server)
    raw.write('GET /connection/websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: \r\n\r\n')
    assert.equal(await raw.status(), 101)
    raw.close()
  })
})

describe('the fallback transports', () => {
  const emulation = (body, headers = json) => fetch(`${held.server.url}/emulation`, { method: 'POST', body, headers })
  test('an emulation of no known node is 404', async () => {
    const { status } = await emulation('{"session":"nobody","node":"nowhere","data":"{}"}')
    assert.equal(status, 404)
  })
  test('an emulation that is no JSON is 400', async () => assert.equal((await emulation('{{{')).status, 400))
  test('an emulation over the limit is 413', async () =>
    assert.equal((await emulation(JSON.stringify({ session: 'x', node: 'y', data: 'x'.repeat(600_000) }))).status, 413))
  test('an emulation far over the limit is refused before it is read', async () =>
    assert.match(await answerToBody('/emulation', `Content-Length: ${64 << 20}\r\n`, KIB_64, 1_024), REFUSED_OR_CUT))
  test('a stream that begins with nonsense is told so and ends', async () => {
    const response = await fetch(`${held.server.url}/connection/http_stream`, { method: 'POST', body: 'nonsense', headers: json })
    const text = await response.text()
    assert.ok(response.status === 400 || text.includes('3501'), `${response.status} ${text}`)
  })
})

describe('what every page is sent with', () => {
  test('a strict content security policy and its companions', async () => {
    const { headers } = await fetch(`${held.server.url}/`)
    const policy = headers.get('content-security-policy')
    assert.match(policy, /default-src '(none|self)'/)
    assert.doesNotMatch(policy, /unsafe-eval|script-src[^;]*unsafe-inline|\*|https?:/)
    assert.match(policy, /frame-ancestors 'none'/)
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.match(headers.get('referrer-policy') ?? '', /no-referrer|same-origin/)
  })
  test('a file that is not there is no page, and no way out of the directory', async () => {
    for (const path of ['/assets/nothing.js', '/assets/..%2f..%2fetc%2fpasswd', '/%2e%2e/%2e%2e/etc/passwd']) {
      const response = await fetch(`${held.server.url}${path}`)
      assert.doesNotMatch(await response.text(), /root:/, path)
    }
  })
})
