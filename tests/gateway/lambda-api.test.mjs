// Integrations by Lambda's Invoke API: the gateway signs its calls, and here it is also the one who is called.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Client, CREDENTIALS_TOML, Gateway, KEY } from '../lib/gateway.mjs'
import { eventually } from '../lib/patience.mjs'

const FUNCTIONS = fileURLToPath(new URL('./functions', import.meta.url))
const BOOTSTRAP = fileURLToPath(new URL('../../deploy/gateway/bootstrap.mjs', import.meta.url))
const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:behave:live'

let gateway, client

before(async () => {
  gateway = await Gateway.start(({ port }) => {
    const lambda = (name, { secret = KEY.secretAccessKey, at = port, more = '' } = {}) =>
      `${name} = { type = "lambda", function = "${ARN}", endpoint = "http://127.0.0.1:${at}", access_key_id = "${KEY.accessKeyId}", secret_access_key = "${secret}"${more} }`
    const routes = ['ask', 'tell', 'wrong', 'away'].map((name) => `{ key = "${name}", integration = "${name}", response = true }`)
    return `${CREDENTIALS_TOML}
    [functions.behave]
    command = ["${process.execPath}", "${BOOTSTRAP}"]
    directory = "${FUNCTIONS}"
    handler = "behave.handler"
    [[apis]]
    id = "abc"
    stage = "prod"
    routes = [{ key = "$connect", integration = "tell" }, ${routes.join(', ')}]
    [apis.integrations]
    ${lambda('ask')}
    ${lambda('tell', { more: ', asynchronous = true' })}
    ${lambda('wrong', { secret: 'guessed' })}
    ${lambda('away', { at: 1 })}`
  })
  client = await Client.connect(`ws://127.0.0.1:${gateway.port}/prod`)
})
after(() => gateway?.stop())

test('a function behind the Invoke API answers', async () => {
  client.send({ action: 'ask', do: 'say', n: 1 })
  assert.equal((await client.next()).n, 1)
})

test('nobody waits for one that is only told', async () => {
  const done = () => gateway.figure('chinwag_gateway_invocations_total', 'result="done"')
  const before = await done()
  client.send({ action: 'tell', do: 'say' })
  await eventually('it to be done', async () => (await done()) > before)
  assert.deepEqual(client.heard, [])
})

test('a function that fails, a signature that is wrong and an endpoint that is not there are errors', async () => {
  for (const [action, reason] of [['ask', /told to/], ['wrong', /Lambda answers 403.*signature/], ['away', /cannot be reached/]]) {
    client.send({ action, do: 'throw' })
    assert.equal((await client.next()).message, 'Internal server error', action)
    assert.match(gateway.log, reason)
  }
})
