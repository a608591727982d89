// Several gateways as one: a client of any of them is reached through every other.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Client, CREDENTIALS_TOML, Gateway, KEY } from '../lib/gateway.mjs'
import { eventually } from '../lib/patience.mjs'
import { freePort } from '../lib/server.mjs'
import { call, signed } from '../lib/sigv4.mjs'

const SECRET = 'a secret that only the nodes know'
const nodes = {}

before(async () => {
  const names = ['a', 'b', 'c']
  const ports = {}
  for (const name of names) ports[name] = { port: await freePort(), operator: await freePort() }
  const peers = (own) => names.filter((name) => name !== own).map((name) => `[[peers]]\nname = "${name}"\nurl = "http://127.0.0.1:${ports[name].operator}"`)
  await Promise.all(
    names.map(async (name) => {
      nodes[name] = await Gateway.start(
        ({ operator }) => `${CREDENTIALS_TOML}
        [node]
        name = "${name}"
        listen = "127.0.0.1:${operator}"
        # One of them does not know what the others do.
        secret = "${name === 'c' ? 'another secret altogether' : SECRET}"
        ${peers(name).join('\n')}
        [[apis]]
        id = "abc"
        stage = "prod"
        [[apis]]
        id = "abc"
        stage = "dev"`,
        { ports: ports[name] },
      )
    }),
  )
})
after(() => Promise.all(Object.values(nodes).map((node) => node.stop())))

async function client(node, stage = 'prod') {
  const client = await Client.connect(`ws://127.0.0.1:${node.port}/${stage}`)
  client.send('who am I?')
  client.id = (await client.next()).connectionId
  return client
}
const at = (node, { id }, stage = 'prod') => `${node.endpoint}/${stage}/@connections/${encodeURIComponent(id)}`

test('a client is reached, seen and ended through another node', async () => {
  const { a, b } = nodes
  const ada = await client(a)
  assert.equal((await call(at(b, ada), { body: 'through b', key: KEY })).status, 200)
  assert.equal(await ada.next(), 'through b')
  const told = await (await call(at(b, ada), { method: 'GET', key: KEY })).json()
  assert.equal(told.identity.sourceIp, '127.0.0.1')
  assert.equal((await call(at(b, ada), { method: 'DELETE', key: KEY })).status, 204)
  assert.equal((await ada.closed).code, 1000)
  const gone = await eventually('it to be gone', async () => {
    const response = await call(at(b, ada), { body: 'x', key: KEY })
    return response.status === 410 && response
  })
  assert.equal(gone.headers.get('x-amzn-errortype'), 'GoneException')
})

test('a stage that is not the client’s does not reach it through another node either', async () => {
  const ada = await client(nodes.a)
  assert.equal((await call(at(nodes.b, ada, 'dev'), { body: 'x', key: KEY })).status, 410)
  assert.deepEqual(ada.heard, [])
  await ada.close()
})

test('a node with another secret is not believed', async () => {
  const ada = await client(nodes.a)
  const response = await call(at(nodes.c, ada), { body: 'x', key: KEY })
  assert.deepEqual([response.status, response.headers.get('x-amzn-errortype')], [500, 'InternalServerErrorException'])
  const url = `http://127.0.0.1:${nodes.a.operator}/connections/${encodeURIComponent(ada.id)}?abc=prod`
  assert.equal((await fetch(url, { method: 'POST', body: 'x' })).status, 401)
  const key = { accessKeyId: 'node', secretAccessKey: SECRET }
  // Neither by a caller of @connections, nor long after it was signed.
  assert.equal((await call(url, { body: 'x', key: KEY, service: 'chinwag-gateway' })).status, 401)
  assert.equal((await call(url, { body: 'x', key, service: 'chinwag-gateway', at: new Date(Date.now() - 120_000) })).status, 401)
  const headers = signed({ url, body: 'x', key, service: 'chinwag-gateway' })
  assert.equal((await fetch(url, { method: 'POST', headers, body: 'y' })).status, 401)
  assert.equal((await fetch(url, { method: 'POST', headers, body: 'x' })).status, 200)
  assert.equal(await ada.next(), 'x')
  await ada.close()
})

test('the clients of a node that is dead are gone, and so are those of one that came back', async () => {
  const { a, b } = nodes
  const bob = await client(b)
  await b.terminate('SIGKILL')
  assert.equal((await call(at(a, bob), { body: 'x', key: KEY })).status, 410)
  await b.begin()
  assert.equal((await call(at(a, bob), { body: 'x', key: KEY })).status, 410)
  const back = await client(b)
  assert.equal((await call(at(a, back), { body: 'again', key: KEY })).status, 200)
  assert.equal(await back.next(), 'again')
  await back.close()
})
