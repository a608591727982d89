// Who may connect: REQUEST authorizers, signed handshakes, and what functions are told of it afterwards.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Client, CREDENTIALS_TOML, Gateway, KEY } from '../lib/gateway.mjs'
import { eventually } from '../lib/patience.mjs'
import { signed } from '../lib/sigv4.mjs'
import { Webhook } from '../lib/webhook.mjs'

let gateway, hook, authorizer
let decide

const policy = (effect, resource) => ({ Version: '2012-10-17', Statement: [{ Effect: effect, Action: 'execute-api:Invoke', Resource: resource }] })

before(async () => {
  hook = await Webhook.start(() => ({ statusCode: 200 }))
  authorizer = await Webhook.start((event) => decide(event))
  gateway = await Gateway.start(
    () => `account_id = "123456789012"
    ${CREDENTIALS_TOML}
    ${['prod', 'cached', 'signed']
      .map(
        (stage) => `
    [[apis]]
    id = "abc"
    stage = "${stage}"
    integrations.hook = { type = "http", url = "${hook.url}" }
    integrations.decide = { type = "http", url = "${authorizer.url}", timeout = "1s" }
    authorizers.prod = { integration = "decide", identity_sources = ["route.request.querystring.token", "route.request.header.X-Device"] }
    authorizers.cached = { integration = "decide", identity_sources = ["route.request.querystring.token"], result_ttl = "1h" }
    routes = [{ key = "$connect", integration = "hook", ${stage === 'signed' ? 'iam = true' : `authorizer = "${stage}"`} }, { key = "$default", integration = "hook" }, { key = "$disconnect", integration = "hook" }]`,
      )
      .join('\n')}`,
  )
})
after(() => Promise.all([gateway?.stop(), hook?.stop(), authorizer?.stop()]))

const connect = (path, headers = { 'X-Device': 'd' }) => Client.connect(`ws://127.0.0.1:${gateway.port}${path}`, { headers })

test('what an authorizer says of a client is in each of its events', async () => {
  decide = (event) => ({ principalId: 'ada', policyDocument: policy('Allow', event.methodArn), context: { team: 'red', level: 3, admin: true } })
  const client = await connect('/prod?token=t')
  const asked = authorizer.events.at(-1)
  assert.deepEqual([asked.type, asked.methodArn], ['REQUEST', 'arn:aws:execute-api:us-east-1:123456789012:abc/prod/$connect'])
  assert.deepEqual([asked.queryStringParameters, asked.headers['X-Device'], asked.requestContext.routeKey], [{ token: 't' }, 'd', '$connect'])
  client.send('hello')
  await client.close()
  await eventually('the going to be told', () => hook.of('DISCONNECT').length > 0)
  const told = { principalId: 'ada', team: 'red', level: '3', admin: 'true' }
  for (const type of ['CONNECT', 'MESSAGE', 'DISCONNECT']) assert.deepEqual(hook.of(type).at(-1).requestContext.authorizer, told, type)
})

test('whoever does not say who they are is not even asked about', async () => {
  decide = () => assert.fail('nobody should ask')
  const before = authorizer.events.length
  for (const [path, headers] of [['/prod', { 'X-Device': 'd' }], ['/prod?token=', { 'X-Device': 'd' }], ['/prod?token=t', {}]]) {
    await assert.rejects(connect(path, headers), { status: 401 })
  }
  assert.equal(authorizer.events.length, before)
})

test('a denial is 403, and an authorizer that fails lets nobody in', async () => {
  const cases = [
    [(event) => ({ principalId: 'ada', policyDocument: policy('Deny', event.methodArn) }), 403],
    [() => ({ principalId: 'ada', policyDocument: policy('Allow', 'arn:aws:execute-api:*:*:abc/dev/*') }), 403],
    [() => ({ principalId: 'ada' }), 500],
    [() => 500, 500],
    [() => 'nonsense', 500],
    [() => new Promise(() => {}), 500],
  ]
  const connects = hook.of('CONNECT').length
  for (const [answer, status] of cases) {
    decide = answer
    await assert.rejects(connect('/prod?token=t'), { status }, String(answer))
  }
  assert.equal(hook.of('CONNECT').length, connects, '$connect is not asked')
})

test('an answer counts for the same identity for as long as it may', async () => {
  let asked = 0
  decide = (event) => {
    asked += 1
    const may = event.queryStringParameters.token === 'good'
    return { principalId: 'ada', policyDocument: policy(may ? 'Allow' : 'Deny', event.methodArn), context: { asked } }
  }
  for (let i = 0; i < 2; i++) {
    await (await connect('/cached?token=good')).close()
    assert.equal(hook.of('CONNECT').at(-1).requestContext.authorizer.asked, '1')
    await assert.rejects(connect('/cached?token=bad'), { status: 403 })
  }
  assert.equal(asked, 2)
})

test('a signed handshake lets whoever signed it in', async () => {
  const at = (key) => signed({ method: 'GET', url: `http://127.0.0.1:${gateway.port}/signed?a=b`, key })
  const client = await connect('/signed?a=b', at(KEY))
  assert.equal(hook.of('CONNECT').at(-1).requestContext.authorizer.principalId, KEY.accessKeyId)
  await client.close()
  await assert.rejects(connect('/signed?a=b', at({ ...KEY, secretAccessKey: 'guessed' })), { status: 403 })
  await assert.rejects(connect('/signed?a=c', at(KEY)), { status: 403 })
  await assert.rejects(connect('/signed?a=b', {}), { status: 403 })
})
