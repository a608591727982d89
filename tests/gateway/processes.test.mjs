// The Lambda Runtime API and the processes that it starts: one event at a time each, killed when they take too long, started
// again when they are gone.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Client, CREDENTIALS_TOML, Gateway, KEY } from '../lib/gateway.mjs'
import { eventually } from '../lib/patience.mjs'
import { call } from '../lib/sigv4.mjs'

const FUNCTIONS = fileURLToPath(new URL('./functions', import.meta.url))
const BOOTSTRAP = fileURLToPath(new URL('../../deploy/gateway/bootstrap.mjs', import.meta.url))

let gateway, client

const functionToml = (name, more) => `
[functions.${name}]
command = ["${process.execPath}", "${BOOTSTRAP}"]
directory = "${FUNCTIONS}"
handler = "behave.handler"
access_key_id = "${KEY.accessKeyId}"
${more}
`
const routeToml = (name) => `{ key = "${name}", integration = "${name}", response = true }`
const NAMES = ['one', 'three', 'broken', 'missing', 'single', 'quick']

before(async () => {
  gateway = await Gateway.start(
    () => `${CREDENTIALS_TOML}
    ${functionToml('one', 'max_processes = 1\nmin_processes = 1')}
    ${functionToml('three', 'max_processes = 3\ntimeout = "10s"\n[functions.three.environment]\nTABLE_NAME = "people"')}
    ${functionToml('broken', 'environment = { BROKEN = "1" }')}
    ${functionToml('single', 'max_processes = 1\nmax_queued = 1\ntimeout = "20s"')}
    ${functionToml('quick', 'timeout = "300ms"\nmax_processes = 1')}
    [functions.missing]
    command = ["/does/not/exist"]
    [[apis]]
    id = "abc"
    stage = "prod"
    routes = [${NAMES.map(routeToml).join(', ')}]
    [apis.integrations]
    ${NAMES.map((name) => `${name} = { type = "function", function = "${name}" }`).join('\n')}`,
  )
  client = await Client.connect(`ws://127.0.0.1:${gateway.port}/prod`)
})
after(() => gateway?.stop())

const ask = (action, what, more = {}) => client.send({ action, do: what, ...more })
const alive = (pid) => existsSync(`/proc/${pid}`)

test('a process answers one event after the other', async () => {
  ask('one', 'say', { n: 1 })
  const first = await client.next()
  ask('one', 'say', { n: 2 })
  const second = await client.next()
  assert.deepEqual([first.n, second.n, first.pid], [1, 2, second.pid])
})

test('a function knows what it knows on AWS', async () => {
  ask('three', 'context')
  const { env, ...context } = await client.next()
  assert.match(context.awsRequestId, /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  assert.equal(context.invokedFunctionArn, 'arn:aws:lambda:us-east-1:000000000000:function:three')
  assert.ok(context.left_ms > 8000 && context.left_ms <= 10_000, `${context.left_ms} ms left`)
  assert.match(context.trace, /^Root=1-[\da-f]{8}-[\da-f]{24};Parent=[\da-f]{16};Sampled=0$/)
  const { TABLE_NAME, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_LAMBDA_FUNCTION_NAME, _HANDLER, LAMBDA_TASK_ROOT } = env
  assert.deepEqual({ TABLE_NAME, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_LAMBDA_FUNCTION_NAME, _HANDLER, LAMBDA_TASK_ROOT }, {
    TABLE_NAME: 'people', AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: KEY.accessKeyId, AWS_SECRET_ACCESS_KEY: KEY.secretAccessKey,
    AWS_LAMBDA_FUNCTION_NAME: 'three', _HANDLER: 'behave.handler', LAMBDA_TASK_ROOT: FUNCTIONS,
  })
  assert.equal(env.TEST_SERVER_BINARY ?? env.npm_config_user_agent, undefined, 'the gateway’s own environment is not the function’s')
})

test('events that come at once are worked on at once, by as many processes as there may be', async () => {
  for (let i = 0; i < 6; i++) ask('three', 'wait', { ms: 300 })
  const pids = []
  for (let i = 0; i < 6; i++) pids.push((await client.next()).pid)
  assert.equal(new Set(pids).size, 3)
  assert.equal(await gateway.figure('chinwag_gateway_function_processes', 'function="three"'), 3)
})

test('a function that fails is told of, and goes on', async () => {
  ask('one', 'say')
  const { pid } = await client.next()
  for (const what of ['throw', 'nonsense']) {
    ask('one', what)
    assert.equal((await client.next()).message, 'Internal server error')
  }
  assert.match(gateway.log, /told to/)
  ask('one', 'say')
  assert.equal((await client.next()).pid, pid, 'the process is the same')
})

test('a process that ends is another one the next time, and what it printed is in the log', async () => {
  ask('one', 'say')
  const { pid } = await client.next()
  ask('one', 'exit')
  assert.equal((await client.next()).message, 'Internal server error')
  ask('one', 'say')
  assert.notEqual((await client.next()).pid, pid)
  await eventually('its output to be logged', () => /about to exit/.test(gateway.log))
})

test('what takes too long is killed', async () => {
  const note = join(gateway.directory, 'hung')
  ask('quick', 'hang', { note })
  assert.equal((await client.next()).message, 'Internal server error')
  const pid = readFileSync(note, 'utf8').trim()
  await eventually('the process to be gone', () => !alive(pid))
  assert.equal(await gateway.figure('chinwag_gateway_invocations_total', 'timed_out'), 1)
  ask('quick', 'say', { n: 3 })
  assert.equal((await client.next()).n, 3)
})

test('a function that cannot start fails at once instead of keeping its clients waiting', async () => {
  for (const name of ['broken', 'missing']) {
    ask(name, 'say')
    assert.equal((await client.next()).message, 'Internal server error')
  }
  assert.match(gateway.log, /it cannot even be loaded/)
  assert.match(gateway.log, /cannot be started/)
})

test('what finds the queue full is refused, and what waits is done', async () => {
  const answers = []
  for (let i = 0; i < 4; i++) {
    ask('single', 'wait', { ms: 1000 })
    // In this order: the first is worked on before the second comes to wait.
    if (i === 0) await eventually('the first to be worked on', async () => (await gateway.figure('chinwag_gateway_function_processes', 'function="single"')) === 1 && (await processIsUp('single')))
  }
  for (let i = 0; i < 4; i++) answers.push(await client.next())
  const refused = answers.filter(({ message }) => message === 'Too Many Requests')
  const done = answers.filter(({ pid }) => pid)
  assert.deepEqual([done.length, refused.length], [2, 2], JSON.stringify(answers))
})

/** Whether the function has taken what waited. */
async function processIsUp(name) {
  const response = await invoke(name, { requestContext: {} }, { 'x-amz-invocation-type': 'DryRun' })
  return response.status === 204 && (await gateway.figure('chinwag_gateway_function_queue_depth', `function="${name}"`)) === 0
}

function invoke(name, event, headers = {}) {
  const url = `${gateway.endpoint}/2015-03-31/functions/${name}/invocations`
  return call(url, { key: KEY, service: 'lambda', body: JSON.stringify(event), headers })
}

test('functions are invoked by Lambda’s own API too', async () => {
  const event = { requestContext: { eventType: 'MESSAGE' }, body: '{"do":"say","n":9}' }
  const answer = await (await invoke('one', event)).json()
  assert.equal(JSON.parse(answer.body).n, 9)
  const failed = await invoke('one', { ...event, body: '{"do":"throw"}' })
  assert.deepEqual([failed.status, failed.headers.get('x-amz-function-error'), (await failed.json()).errorMessage], [200, 'Unhandled', 'told to'])
  const unknown = await invoke('nobody', event)
  assert.deepEqual([unknown.status, unknown.headers.get('x-amzn-errortype')], [404, 'ResourceNotFoundException'])
  const unsigned = await fetch(`${gateway.endpoint}/2015-03-31/functions/one/invocations`, { method: 'POST', body: '{}' })
  assert.equal(unsigned.status, 403)
})

test('no process outlives the gateway', async () => {
  ask('one', 'say')
  const { pid } = await client.next()
  assert.ok(alive(pid))
  assert.deepEqual(await gateway.terminate(), { code: 0, signal: null })
  assert.equal((await client.closed).code, 1001)
  assert.ok(!alive(pid))
})
