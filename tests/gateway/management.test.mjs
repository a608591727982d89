// Who may call @connections, and what they are told when they may not.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Client, CREDENTIALS_TOML, Gateway, KEY } from '../lib/gateway.mjs'
import { call, signed } from '../lib/sigv4.mjs'

let gateway, client, id
const OTHER = { accessKeyId: 'AKIDOTHER', secretAccessKey: 'of another API alone' }

before(async () => {
  gateway = await Gateway.start(
    () => `${CREDENTIALS_TOML}
    [[credentials]]
    access_key_id = "${OTHER.accessKeyId}"
    secret_access_key = "${OTHER.secretAccessKey}"
    apis = ["other"]
    [[apis]]
    id = "abc"
    stage = "prod"
    domains = [{ name = "chat.example", base_path = "live" }]
    integrations.id = { type = "mock" }
    routes = [{ key = "$connect", integration = "id" }]
    [[apis]]
    id = "other"
    stage = "other"`,
  )
  client = await Client.connect(`ws://127.0.0.1:${gateway.port}/prod`)
  client.send('what is my id?')
  // There is no route for it, and the error says who asked.
  id = (await client.next()).connectionId
})
after(() => gateway?.stop())

const at = (path) => `${gateway.endpoint}${path}`
const own = (prefix = '/prod') => at(`${prefix}/@connections/${encodeURIComponent(id)}`)
const refused = async (response, status, kind) => {
  assert.deepEqual([response.status, response.headers.get('x-amzn-errortype')], [status, kind])
  assert.equal(typeof (await response.json()).message, 'string')
}

test('what is not signed, or wrongly, is refused', async () => {
  await refused(await fetch(own(), { method: 'POST', body: 'x' }), 403, 'MissingAuthenticationTokenException')
  await refused(await call(own(), { body: 'x', key: { ...KEY, secretAccessKey: 'guessed' } }), 403, 'InvalidSignatureException')
  await refused(await call(own(), { body: 'x', key: { ...KEY, accessKeyId: 'AKIDNOBODY' } }), 403, 'UnrecognizedClientException')
  await refused(await call(own(), { body: 'x', key: KEY, region: 'eu-west-1' }), 403, 'InvalidSignatureException')
  await refused(await call(own(), { body: 'x', key: KEY, service: 'lambda' }), 403, 'InvalidSignatureException')
  const headers = signed({ url: own(), body: 'x', key: KEY })
  await refused(await fetch(own(), { method: 'POST', headers, body: 'y' }), 403, 'InvalidSignatureException')
  await refused(await fetch(own(), { method: 'DELETE', headers }), 403, 'InvalidSignatureException')
  await refused(await fetch(own(), { method: 'POST', headers: { ...headers, authorization: 'AWS4-HMAC-SHA256 nonsense' }, body: 'x' }), 403, 'IncompleteSignatureException')
  assert.deepEqual(client.heard, [])
})

test('a clock may be off by five minutes', async () => {
  for (const [minutes, status] of [[-6, 403], [-4, 200], [4, 200], [6, 403]]) {
    const response = await call(own(), { body: `${minutes}`, key: KEY, at: new Date(Date.now() + minutes * 60_000) })
    assert.equal(response.status, status, `${minutes} minutes`)
  }
  assert.deepEqual([await client.next(), await client.next()], [-4, 4])
})

test('a key of another API reaches nobody of this one', async () => {
  await refused(await call(own(), { body: 'x', key: OTHER }), 403, 'ForbiddenException')
  // Its own API is open to it, but the connection is not of that.
  await refused(await call(own('/other'), { body: 'x', key: OTHER }), 410, 'GoneException')
  await refused(await call(own('/other'), { body: 'x', key: KEY }), 410, 'GoneException')
})

test('the path may have anything before it that ends with the stage, or none at a domain of its own', async () => {
  for (const path of ['/prod', '/aws.execute-api.us-east-1.amazonaws.com/prod']) {
    assert.equal((await call(own(path), { body: path, key: KEY })).status, 200)
    assert.equal(await client.next(), path)
  }
  const raw = at(`/prod/@connections/${id}`)
  assert.equal((await call(raw, { body: 'raw', key: KEY })).status, 200)
  assert.equal(await client.next(), 'raw')
  await refused(await call(own('/dev'), { body: 'x', key: KEY }), 403, 'ForbiddenException')
  await refused(await call(own(''), { body: 'x', key: KEY }), 403, 'ForbiddenException')
})

test('ids that nobody has are gone, and what is no id is a bad request', async () => {
  await refused(await call(at('/prod/@connections/L0SM9cOFvHcCIhw%3D'), { body: 'x', key: KEY }), 410, 'GoneException')
  for (const bad of ['x', '..%2F..', 'L0SM9cOFvHcCIhw', '%00', 'a'.repeat(1000)]) {
    await refused(await call(at(`/prod/@connections/${bad}`), { body: 'x', key: KEY }), 400, 'BadRequestException')
  }
})

test('128 KiB may be posted and not a byte more', async () => {
  assert.equal((await call(own(), { body: 'x'.repeat(128 * 1024), key: KEY })).status, 200)
  assert.equal((await client.next()).length, 128 * 1024)
  await refused(await call(own(), { body: 'x'.repeat(128 * 1024 + 1), key: KEY }), 413, 'PayloadTooLargeException')
})
