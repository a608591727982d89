// What clients and functions see of a WebSocket API: connecting, routes, events, answers, and how connections end.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Client, CREDENTIALS_TOML, Gateway, KEY } from '../lib/gateway.mjs'
import { eventually } from '../lib/patience.mjs'
import { call } from '../lib/sigv4.mjs'
import { Webhook } from '../lib/webhook.mjs'

let gateway, hook
const answers = {}

before(async () => {
  hook = await Webhook.start((event) => {
    const { routeKey } = event.requestContext
    return answers[routeKey]?.(event) ?? { statusCode: 200 }
  })
  gateway = await Gateway.start(
    () => `${CREDENTIALS_TOML}
    [[apis]]
    id = "abc123"
    stage = "prod"
    stage_variables = { table = "people" }
    integrations.hook = { type = "http", url = "${hook.url}", timeout = "2s" }
    integrations.proxy = { type = "http_proxy", url = "${hook.url}/raw", request_parameters = { "integration.request.header.connectionId" = "context.connectionId", "integration.request.querystring.n" = "route.request.body.n", "integration.request.header.fixed" = "'always'" } }
    routes = [
      { key = "$connect", integration = "hook" },
      { key = "$disconnect", integration = "hook" },
      { key = "$default", integration = "hook" },
      { key = "echo", integration = "hook", response = true },
      { key = "silent", integration = "hook" },
      { key = "7", integration = "hook", response = true },
      { key = "raw", integration = "proxy", response = true },
    ]
    [[apis]]
    id = "bare"
    stage = "bare"
    integrations.hook = { type = "mock" }
    routes = [{ key = "known", integration = "hook" }]
    [limits]
    max_in_flight_per_connection = 2`,
  )
})
after(async () => {
  await gateway?.stop()
  await hook?.stop()
})

const url = (path = '/prod') => `ws://127.0.0.1:${gateway.port}${path}`
const connections = (id) => `${gateway.endpoint}/prod/@connections/${encodeURIComponent(id)}`
/** A client and the event of its coming. */
async function connect(options) {
  const before = hook.of('CONNECT').length
  const client = await Client.connect(url(options?.path), options)
  const event = hook.of('CONNECT')[before]
  return { client, event, id: event.requestContext.connectionId }
}

test('a connect event says who connects, how, and to what', async () => {
  const began = Date.now()
  const { client, event } = await connect({ path: '/prod?room=a&room=b&x=%C3%A9', headers: { Authorization: 'Bearer t', 'x-LOWER': 'as written', 'User-Agent': 'tests' } })
  const { requestContext: context } = event
  assert.deepEqual(Object.keys(event).sort(), ['headers', 'isBase64Encoded', 'multiValueHeaders', 'multiValueQueryStringParameters', 'queryStringParameters', 'requestContext', 'stageVariables'])
  assert.deepEqual(event.queryStringParameters, { room: 'b', x: 'é' })
  assert.deepEqual(event.multiValueQueryStringParameters, { room: ['a', 'b'], x: ['é'] })
  assert.equal(event.headers.Authorization, 'Bearer t')
  assert.equal(event.headers['x-LOWER'], 'as written')
  assert.equal(event.headers['Sec-WebSocket-Version'], '13')
  assert.equal(event.headers['X-Forwarded-For'], '127.0.0.1')
  assert.deepEqual(event.stageVariables, { table: 'people' })
  assert.equal(event.isBase64Encoded, false)
  assert.match(context.connectionId, /^[\w-]{15}=$/)
  assert.match(context.requestTime, /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/)
  assert.ok(context.connectedAt >= began && context.requestTimeEpoch >= context.connectedAt && context.requestTimeEpoch <= Date.now())
  assert.deepEqual(
    { ...context, connectionId: 0, requestId: 0, extendedRequestId: 0, requestTime: 0, requestTimeEpoch: 0, connectedAt: 0 },
    {
      routeKey: '$connect', eventType: 'CONNECT', messageDirection: 'IN', stage: 'prod', apiId: 'abc123', domainName: 'abc123.execute-api.us-east-1.amazonaws.com',
      identity: { sourceIp: '127.0.0.1', userAgent: 'tests' }, connectionId: 0, requestId: 0, extendedRequestId: 0, requestTime: 0, requestTimeEpoch: 0, connectedAt: 0,
    },
  )
  await client.close()
})

test('messages go where their action says, and everything else to $default', async () => {
  const { client, id } = await connect()
  const messages = [
    ['{"action":"silent","n":1}', 'silent'],
    ['{"action":"unknown"}', '$default'],
    ['{"action":"$connect"}', '$default'],
    ['{"action":["silent"]}', '$default'],
    ['no JSON', '$default'],
    ['', '$default'],
  ]
  for (const [message, route] of messages) {
    const before = hook.of('MESSAGE').length
    client.send(message)
    await eventually('the message to arrive', () => hook.of('MESSAGE').length > before)
    const event = hook.of('MESSAGE')[before]
    assert.equal(event.requestContext.routeKey, route, message)
    assert.equal(event.body, message)
    assert.equal(event.requestContext.connectionId, id)
    assert.match(event.requestContext.messageId, /=$/)
    assert.equal(event.headers, undefined)
  }
  assert.deepEqual(client.heard, [], 'routes without a response say nothing')
  await client.close()
})

test('a route with a response answers its client', async () => {
  answers.echo = (event) => ({ statusCode: 200, body: `you said ${event.body}` })
  answers['7'] = () => ({ statusCode: 200, body: Buffer.from('encoded').toString('base64'), isBase64Encoded: true })
  const { client } = await connect()
  client.send({ action: 'echo' })
  assert.equal(await client.next(), 'you said {"action":"echo"}')
  client.send({ action: 7 })
  assert.equal(await client.next(), 'encoded')
  await client.close()
})

test('an HTTP proxy gets the message itself and what is mapped', async () => {
  const { client, id } = await connect()
  const before = hook.requests.length
  hook.answer = ((usual) => (event, request) => (request.url.startsWith('/events/raw') ? 'raw answer' : usual(event, request)))(hook.answer)
  client.send({ action: 'raw', n: 5 })
  assert.equal(await client.next(), 'raw answer')
  const request = hook.requests[before]
  assert.equal(request.url, '/events/raw?n=5')
  assert.deepEqual([request.headers.connectionid, request.headers.fixed, request.body], [id, 'always', '{"action":"raw","n":5}'])
  await client.close()
})

test('a refusal of $connect is the answer to the handshake, and nobody is told of a going', async () => {
  answers.$connect = () => ({ statusCode: 403, headers: { 'Content-Type': 'text/plain' }, body: 'not you' })
  const before = hook.of('CONNECT').length
  try {
    await assert.rejects(Client.connect(url()), (error) => error.status === 403 && error.body === 'not you')
    answers.$connect = () => 500
    await assert.rejects(Client.connect(url()), { status: 502 })
    answers.$connect = () => 'no answer of a function'
    await assert.rejects(Client.connect(url()), { status: 502 })
    answers.$connect = () => new Promise(() => {})
    await assert.rejects(Client.connect(url()), { status: 504 })
  } finally {
    delete answers.$connect
  }
  // Of those that other tests closed, the going may be told only now.
  const idsOf = (type) => hook.of(type).map(({ requestContext }) => requestContext.connectionId)
  const refused = idsOf('CONNECT').slice(before)
  assert.equal(refused.length, 4)
  assert.deepEqual(idsOf('DISCONNECT').filter((id) => refused.includes(id)), [])
})

test('a subprotocol is the one that $connect chose, if the client offered it', async () => {
  answers.$connect = (event) => ({ statusCode: 200, headers: { 'Sec-WebSocket-Protocol': event.queryStringParameters?.choose } })
  try {
    const { client } = await connect({ path: '/prod?choose=b', protocols: ['a', 'b'] })
    assert.equal(client.socket.protocol, 'b')
    await client.close()
  } finally {
    delete answers.$connect
  }
})

test('a failing integration is told to the client with the request it belongs to', async () => {
  answers.echo = () => 500
  const { client, id } = await connect()
  client.send({ action: 'echo' })
  const { requestId, ...error } = await client.next()
  assert.deepEqual(error, { message: 'Internal server error', connectionId: id })
  assert.equal(requestId, hook.of('MESSAGE').at(-1).requestContext.requestId)
  delete answers.echo
  await client.close()
})

test('where no route fits and there is no $default, the client is told', async () => {
  const client = await Client.connect(url('/bare'))
  client.send({ action: 'other' })
  const { connectionId, requestId, ...error } = await client.next()
  assert.deepEqual(error, { message: 'Forbidden' })
  assert.ok(connectionId && requestId)
  await client.close()
})

test('a disconnect event says how it ended', async () => {
  for (const [end, code, reason] of [
    [(client) => client.close(4001, 'bye'), 4001, 'bye'],
    [(client) => client.close(1000), 1000, ''],
    [(client) => client.socket.close(), 1005, 'Client-side close frame status not set'],
    [(client) => client.socket.terminate(), 1006, 'Connection closed abnormally'],
  ]) {
    const { client, id } = await connect()
    await end(client)
    const event = await eventually('the event of its going', () => hook.of('DISCONNECT').find(({ requestContext }) => requestContext.connectionId === id))
    assert.deepEqual([event.requestContext.disconnectStatusCode, event.requestContext.disconnectReason], [code, reason])
    assert.deepEqual([event.headers['x-restapi'], event.requestContext.routeKey], ['', '$disconnect'])
  }
})

test('binary is refused with 1003, and what is too large with 1009', async () => {
  const cases = [
    [(client) => client.send(Buffer.from([1, 2])), 1003],
    [(client) => client.send('x'.repeat(32 * 1024 + 1)), 1009],
    [
      (client) => {
        // Frames that are allowed, of a message that is not.
        for (let i = 0; i < 5; i++) client.socket.send('x'.repeat(32 * 1024), { fin: i === 4 })
      },
      1009,
    ],
  ]
  for (const [send, code] of cases) {
    const { client } = await connect()
    send(client)
    assert.equal((await client.closed).code, code)
  }
  const { client } = await connect()
  const before = hook.of('MESSAGE').length
  for (let i = 0; i < 4; i++) client.socket.send('x'.repeat(32 * 1024), { fin: i === 3 })
  await eventually('128 KiB in four frames to arrive', () => hook.of('MESSAGE')[before]?.body.length === 128 * 1024)
  await client.close()
})

test('@connections reaches a client, tells of it, and ends it', async () => {
  const { client, id } = await connect({ headers: { 'User-Agent': 'tests' } })
  assert.equal((await call(connections(id), { body: 'hello é', key: KEY })).status, 200)
  assert.equal(await client.next(), 'hello é')
  const told = await (await call(connections(id), { method: 'GET', key: KEY })).json()
  assert.deepEqual(told.identity, { sourceIp: '127.0.0.1', userAgent: 'tests' })
  assert.ok(Date.parse(told.lastActiveAt) >= Date.parse(told.connectedAt))
  assert.equal((await call(connections(id), { method: 'DELETE', key: KEY })).status, 204)
  assert.equal((await client.closed).code, 1000)
  const gone = await eventually('it to be gone', async () => {
    const response = await call(connections(id), { body: 'x', key: KEY })
    return response.status === 410 && response
  })
  assert.equal(gone.headers.get('x-amzn-errortype'), 'GoneException')
})

test('a client cannot be reached before $connect has let it in', async () => {
  let status
  answers.$connect = async (event) => {
    status = (await call(connections(event.requestContext.connectionId), { body: 'early', key: KEY })).status
    return { statusCode: 200 }
  }
  try {
    const { client } = await connect()
    assert.equal(status, 410)
    await client.close()
  } finally {
    delete answers.$connect
  }
})

test('a client that sends faster than it is answered is worked on only so much at once', async () => {
  let atOnce = 0
  let most = 0
  const waiting = []
  answers.silent = async () => {
    most = Math.max(most, ++atOnce)
    await new Promise((done) => waiting.push(done))
    atOnce -= 1
    return { statusCode: 200 }
  }
  const { client } = await connect()
  for (let i = 0; i < 20; i++) client.send({ action: 'silent', i })
  let done = 0
  while (done < 20) {
    const next = await eventually('the next one to be worked on', () => waiting.shift())
    next()
    done += 1
  }
  assert.equal(most, 2)
  delete answers.silent
  await client.close()
})
