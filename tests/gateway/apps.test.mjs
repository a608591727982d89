// Applications written for Amazon API Gateway, with handlers exactly as they would be there: AWS's SDKs for JavaScript and
// Python, DynamoDB by moto, and @connections over TLS by the URL that each application makes for itself.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { needs, tool } from '../lib/deploy.mjs'
import { Client, CREDENTIALS_TOML, Gateway, KEY } from '../lib/gateway.mjs'
import { Moto } from '../lib/moto.mjs'
import { makeCertificate } from '../lib/own-certificate.mjs'
import { eventually } from '../lib/patience.mjs'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const BOOTSTRAP = at('../../deploy/gateway/bootstrap.mjs')
/** AWS's public sample; never part of this repository. */
const SAMPLE = 'https://raw.githubusercontent.com/aws-samples/simple-websockets-chat-app/0632033debf8044c0fa5cc0a04fdfb1983636075'
const FUNCTIONS = ['onconnect', 'ondisconnect', 'sendmessage']

let moto, directory
before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'chinwag-test-apps-'))
  makeCertificate(directory)
  moto = await Moto.start()
})
after(async () => {
  await moto?.stop()
  rmSync(directory, { recursive: true, force: true })
})

/** A table, and a gateway for an application over it. */
async function run(name, functions, api) {
  await moto.ask('dynamodb', 'create_table', {
    TableName: name, BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'connectionId', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'connectionId', AttributeType: 'S' }],
  })
  const environment = `environment = { TABLE_NAME = "${name}", AWS_ENDPOINT_URL_DYNAMODB = "${moto.url}", NODE_EXTRA_CA_CERTS = "${directory}/server.pem", AWS_CA_BUNDLE = "${directory}/server.pem" }`
  const configure = ({ port }) => `
    region = "eu-west-1"
    tls = { certificate = "${directory}/server.pem", key = "${directory}/server.key" }
    ${CREDENTIALS_TOML}
    ${functions.map((text) => `${text}\naccess_key_id = "${KEY.accessKeyId}"\ntimeout = "20s"\ninit_timeout = "30s"\n${environment}`).join('\n')}
    [[apis]]
    ${api(port)}`
  const gateway = await Gateway.start(configure, { scheme: 'https' })
  const connect = (path) => Client.connect(`wss://localhost:${gateway.port}${path}`, { rejectUnauthorized: false, headers: { 'User-Agent': 'tests' } })
  const rows = async () => (await moto.ask('dynamodb', 'scan', { TableName: name })).Items.map(({ connectionId }) => connectionId.S)
  return { gateway, connect, rows }
}

const nodeFunction = (name, where) => `
[functions.${name}]
command = ["${process.execPath}", "${BOOTSTRAP}"]
directory = "${where}/${name}"
handler = "app.handler"`

const nodeApi = (port) => `
id = "${port}"
stage = "prod"
domain_name = "localhost:${port}"
integrations.onconnect = { type = "function", function = "onconnect" }
integrations.ondisconnect = { type = "function", function = "ondisconnect" }
integrations.sendmessage = { type = "function", function = "sendmessage" }
routes = [
  { key = "$connect", integration = "onconnect" },
  { key = "$disconnect", integration = "ondisconnect" },
  { key = "sendmessage", integration = "sendmessage", response = true },
]`

describe('with the SDK for JavaScript', () => {
  let app
  before(async () => {
    app = await run('javascript', FUNCTIONS.map((name) => nodeFunction(name, at('./apps/node'))), nodeApi)
  })
  after(() => app?.gateway.stop())

  test('people talk, and those who left without a word are forgotten', async () => {
    await assert.rejects(app.connect('/prod'), { status: 400, body: 'who are you?' })
    const [ada, bob] = await Promise.all([app.connect('/prod?name=ada'), app.connect('/prod?name=bob')])
    assert.equal((await app.rows()).length, 2)
    // Somebody whose going was never told.
    await moto.ask('dynamodb', 'put_item', { TableName: 'javascript', Item: { connectionId: { S: 'L0SM9cOFvHcCIhw=' } } })
    ada.send({ action: 'sendmessage', data: 'hello' })
    assert.equal(await bob.next(), 'hello')
    const heard = [await ada.next(), await ada.next()]
    assert.deepEqual(heard.sort(), [{ sent: 2, gone: ['L0SM9cOFvHcCIhw='] }, 'hello'].sort())
    await bob.close()
    await eventually('bob’s row to be gone', async () => (await app.rows()).length === 1)
    await ada.close()
    await eventually('all rows to be gone', async () => (await app.rows()).length === 0)
  })
})

describe('with the SDK for Python and AWS’s own runtime client', needs('python'), () => {
  let app
  before(async () => {
    const chat = `[functions.chat]\ncommand = ["${tool('python')}", "-m", "awslambdaric", "app.handler"]\ndirectory = "${at('./apps/python')}"`
    const route = (key) => `{ key = "${key}", integration = "chat", response = ${!key.startsWith('$')} }`
    // An id by which a function that makes its URL of apiId and region would come here too.
    const api = (port) => `id = "localhost:${port}/aws"\nstage = "prod"\nintegrations.chat = { type = "function", function = "chat" }\nroutes = [${['$connect', '$disconnect', 'sendmessage', 'look', 'kick', '$default'].map(route)}]`
    app = await run('python', [chat], api)
  })
  after(() => app?.gateway.stop())

  test('people talk, are looked at, thrown out, and told when it is too much', async () => {
    const [ada, bob] = await Promise.all([app.connect('/prod'), app.connect('/prod')])
    const rows = await app.rows()
    assert.equal(rows.length, 2)
    ada.send({ action: 'sendmessage', data: 'hello é' })
    assert.equal(await bob.next(), 'hello é')
    assert.deepEqual([await ada.next(), await ada.next()].map((said) => JSON.stringify(said)).sort(), ['"hello é"', '{}'])
    ada.send({ action: 'look', id: rows[0] })
    const { agent, age_s } = await ada.next()
    assert.equal(agent, 'tests')
    assert.ok(age_s >= 0)
    ada.send('no JSON')
    assert.equal((await ada.next()).message, 'Internal server error')
    assert.match(app.gateway.log, /nobody knows what to do with it/)
    ada.send({ action: 'sendmessage', data: 'x'.repeat(1024), times: 129 })
    assert.deepEqual(await ada.next(), Object.fromEntries(rows.map((id) => [id, 'too large'])))
    ada.send({ action: 'kick', id: await idOf(bob) })
    await bob.closed
    await eventually('bob’s row to be gone', async () => (await app.rows()).length === 1)
    await ada.close()
  })

  async function idOf(client) {
    client.send('whose is this?')
    return (await client.next()).connectionId
  }
})

const sample = await fetchSample()
describe('AWS’s public sample “simple-websockets-chat-app”', () => {
  const skip = sample ? {} : { skip: 'it cannot be fetched from here; TEST_GATEWAY_SAMPLE names a directory that has it' }

  test('runs byte by byte as it was published', skip, async () => {
    const where = join(directory, 'sample')
    mkdirSync(where)
    writeFileSync(join(where, 'package.json'), '{ "type": "module" }')
    symlinkSync(at('../node_modules'), join(where, 'node_modules'))
    for (const [name, text] of Object.entries(sample)) {
      mkdirSync(join(where, name))
      writeFileSync(join(where, name, 'app.js'), text)
    }
    const app = await run('sample', FUNCTIONS.map((name) => nodeFunction(name, where)), nodeApi)
    try {
      const [ada, bob] = await Promise.all([app.connect('/prod?name=ada'), app.connect('/prod?name=bob')])
      ada.send({ action: 'sendmessage', data: 'hello world' })
      assert.equal(await bob.next(), 'hello world')
      assert.deepEqual([await ada.next(), await ada.next()].sort(), ['Data sent.', 'hello world'])
      for (const name of FUNCTIONS) assert.equal(hash(readFileSync(join(where, name, 'app.js'))), hash(sample[name]))
      await Promise.all([ada.close(), bob.close()])
      await eventually('both rows to be gone', async () => (await app.rows()).length === 0)
    } finally {
      await app.gateway.stop()
    }
  })
})

const hash = (text) => createHash('sha256').update(text).digest('hex')

/** The sample's handlers by name; nothing where they cannot be had. */
async function fetchSample() {
  const from = process.env.TEST_GATEWAY_SAMPLE
  try {
    const texts = FUNCTIONS.map(async (name) => {
      if (from) return readFileSync(join(from, name, 'app.js'))
      const response = await fetch(`${SAMPLE}/${name}/app.js`, { signal: AbortSignal.timeout(5000) })
      if (!response.ok) throw new Error(`${response.status}`)
      return Buffer.from(await response.arrayBuffer())
    })
    return Object.fromEntries((await Promise.all(texts)).map((text, n) => [FUNCTIONS[n], text]))
  } catch {
    return null
  }
}
