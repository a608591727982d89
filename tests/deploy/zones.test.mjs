// The walk-through of docs/ON-PREMISES.md on one machine: HAProxy with TLS, PostgreSQL and Redis in a core, and a node in each
// of two zones, with networks of their own between them. One zone is cut off while people talk.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { attempt, run } from '../lib/command.mjs'
import { asRoot, DEPLOY } from '../lib/deploy.mjs'
import { eventually, PATIENCE_MS } from '../lib/patience.mjs'
import { need, signUp } from '../lib/people.mjs'
import { SdkClient } from '../lib/sdk.mjs'
import { binary } from '../lib/server.mjs'
import * as zones from '../lib/zones.mjs'

const inside = process.env.TEST_INSIDE_ZONES
if (inside) tests(inside)
else {
  test('two zones, one cut: clients carry on', asRoot, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'chinwag-test-world-'))
    try {
      const at = (name) => join(directory, name)
      // An authority that the clients trust from their start, as they do the world's.
      await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=chat', '-addext', `subjectAltName=IP:${zones.BALANCER}`, '-keyout', at('key.pem'), '-out', at('certificate.pem')])
      await run('sh', ['-c', 'cat "$1/certificate.pem" "$1/key.pem" > "$1/haproxy.pem"', 'sh', directory])
      const env = { ...process.env, TEST_INSIDE_ZONES: directory, NODE_EXTRA_CA_CERTS: at('certificate.pem') }
      // What tells a test file that it has a runner above it.
      delete env.NODE_TEST_CONTEXT
      const args = ['--net', '--mount', '--propagation', 'private', process.execPath, '--test', '--test-force-exit', '--test-reporter=spec', fileURLToPath(import.meta.url)]
      const { code, out } = await attempt('env', ['-i', ...Object.entries(env).map(([name, value]) => `${name}=${value}`), 'unshare', ...args])
      assert.equal(code, 0, out.slice(-12000))
      assert.match(out, /ℹ pass 4/)
      console.log(out.match(/^all clients were .*$/gm)?.join('\n') ?? '')
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })
}

function tests(directory) {
  const CLIENTS = 20
  const server = { url: `https://${zones.BALANCER}:8443` }
  const logs = {}
  let ada, room, clients, sent, haproxy

  /** What HAProxy says of a zone's node: its state, and how many streams it has to it. A node itself may not know yet who is gone. */
  const seen = async (zone) => {
    const stats = await new Promise((done, reject) => {
      let text = ''
      const socket = connect(join(directory, 'haproxy.sock'), () => socket.end('show stat\n'))
      socket.on('data', (more) => (text += more)).on('end', () => done(text)).on('error', reject)
    })
    const lines = stats.trim().split('\n').map((line) => line.split(','))
    const server = lines.find(([proxy, name]) => proxy === 'nodes' && name === (zone === 'zone-a' ? 'node-1' : 'node-2'))
    const field = (name) => server[lines[0].indexOf(name)]
    return { state: field('status'), streams: Number(field('scur')) }
  }
  const admin = (zone, ...words) => run(binary(), [...words, '--admin-socket', join(directory, `${zone}.sock`)])

  /** Says something until it is acknowledged; the same client_id each time, so that it is said once. */
  const say = async (text) => {
    const client_id = randomUUID()
    for (let refusal, turn = 0; ; turn++) {
      if (turn > 200) throw new Error(`nobody takes it: ${refusal}`)
      try {
        return need(await ada.call('POST', `/rooms/${room.id}/messages`, { client_id, text }, { headers: { connection: 'close' } }))
      } catch (error) {
        refusal = error
        await pause(50)
      }
    }
  }
  /** Ten messages a second until `until` is done, and some after it. */
  const talkUntil = async (until) => {
    let done = false
    const ended = until().finally(() => (done = true))
    while (!done) {
      sent.push(`message ${sent.length + 1}`)
      await say(sent.at(-1))
      await pause(100)
    }
    await ended
  }
  const heard = (client) => client.changes(`room:${room.id}`).flatMap(({ data }) => (data.type === 'message.created' ? [data.message.text] : []))
  const everybodyHasTheLast = () => eventually('everybody to have the last message', () => clients.every((client) => heard(client).at(-1) === sent.at(-1)))
  const everybodyHasHeardEverything = async () => {
    await everybodyHasTheLast()
    for (const client of clients) {
      assert.deepEqual(heard(client), sent)
      assert.deepEqual(client.disconnects, [], 'nobody was disconnected for good')
    }
    assert.deepEqual((await ada.messages(room)).map(({ text }) => text), sent)
  }
  const allAreIn = (zone) =>
    eventually(`all clients to be in ${zone}`, async () => {
      const [here, there] = await Promise.all([zone, ...Object.keys(zones.NODES).filter((other) => other !== zone)].map(seen))
      return here.streams >= CLIENTS && there.streams === 0 && clients.every(({ sdk }) => sdk.state === 'connected')
    })
  const spread = async () => {
    const both = () => Promise.all(Object.keys(zones.NODES).map(seen))
    await eventually('both nodes to be in the rotation', async () => (await both()).every(({ state }) => state === 'UP'))
    await eventually('each node to have clients, and no more of them to move', async () => {
      // Works with what nodes last said of themselves: the one that was away may not know yet that its clients are, too.
      await admin('zone-a', 'node', 'rebalance')
      await pause(3_000)
      return (await both()).every(({ streams }) => streams >= CLIENTS / 4)
    }, PATIENCE_MS * 3)
  }

  before(async () => {
    await zones.build()
    const store = await zones.postgres('notasecret')
    zones.start('core', ['redis-server', '--bind', zones.BUS, '--port', '6379', '--save', '', '--appendonly', 'no', '--protected-mode', 'no'])
    await eventually('Redis to be ready', async () => (await run('redis-cli', ['-h', zones.BUS, 'ping'])).startsWith('PONG'))
    for (const [zone, address] of Object.entries(zones.NODES)) {
      const configuration = join(directory, `${zone}.toml`)
      writeFileSync(configuration, `
listen = "${address}:8000"
data_dir = "${zones.directory()}"
store = "${store}"
bus = "redis://${zones.BUS}:6379"
node_name = "${zone}"
trusted_proxies = ["10.89.2.1", "10.89.3.1"]
[drain]
spread = "1s"
[admin]
socket = "${join(directory, `${zone}.sock`)}"
`)
      logs[zone] = zones.start(zone, [binary(), 'serve', '--config', configuration])
    }
    for (const zone of Object.keys(zones.NODES)) {
      await eventually(`the node of ${zone} to be ready`, async () => (await fetch(`http://${zones.NODES[zone]}:8000/readyz`, { signal: AbortSignal.timeout(1000) })).ok).catch((error) => {
        throw new Error(`${error.message}\n${logs[zone].log}`)
      })
    }
    // After the nodes: it would take them for down, and close what it has begun with them.
    haproxy = zones.start('core', ['/usr/sbin/haproxy', '-db', '-f', join(DEPLOY, 'haproxy/haproxy.cfg')], {
      CHINWAG_TLS_BIND: `${zones.BALANCER}:8443`,
      CHINWAG_HTTP_BIND: `${zones.BALANCER}:8080`,
      CHINWAG_CERTIFICATE: join(directory, 'haproxy.pem'),
      CHINWAG_NODE_1: `${zones.NODES['zone-a']}:8000`,
      CHINWAG_NODE_2: `${zones.NODES['zone-b']}:8000`,
      // There is no third zone.
      CHINWAG_NODE_3: '10.89.1.2:9',
      HAPROXY_STATS: join(directory, 'haproxy.sock'),
    })
    await eventually('HAProxy to be ready', async () => (await fetch(`${server.url}/readyz`)).ok).catch((error) => {
      throw new Error(`${error.message}\n${haproxy.log}`)
    })
    ada = await signUp(server, 'ada')
    room = await ada.createRoom('group')
    sent = []
    clients = await Promise.all(Array.from({ length: CLIENTS }, () => SdkClient.connected('WebSocket with JSON', ada)))
    await spread()
  })
  after(() => {
    SdkClient.closeAll()
    zones.end()
  })

  test('the world reaches the chat by HTTPS alone, and neither its figures nor what nodes say to each other', async () => {
    const plain = await fetch(`http://${zones.BALANCER}:8080/`, { redirect: 'manual' })
    assert.deepEqual([plain.status, plain.headers.get('location')], [308, `https://${zones.BALANCER}:8080/`])
    for (const path of ['/metrics', '/cluster/']) assert.equal((await fetch(server.url + path)).status, 404)
    assert.match(await admin('zone-a', 'node', 'list'), /zone-a[\s\S]*zone-b/)
  })

  test('a zone is cut off: its clients are in the other within seconds, and nobody misses or doubles a word', async () => {
    await talkUntil(async () => {
      await pause(500)
      await zones.cut('zone-b')
      const began = performance.now()
      await allAreIn('zone-a')
      console.log(`all clients were in the other zone ${((performance.now() - began) / 1000).toFixed(1)} s after the cut`)
      await pause(500)
    })
    await everybodyHasHeardEverything()
  })

  test('a zone that loses the bus alone keeps its clients, and they hear everything', async () => {
    await zones.mend('zone-b')
    await talkUntil(spread)
    await zones.hide('zone-b', zones.BUS)
    let moved = 0
    for (const { sdk } of clients) sdk.on('connecting', () => moved++)
    for (let n = 0; n < 5; n++) await talkUntil(everybodyHasTheLast)
    assert.equal(moved, 0)
    await zones.show('zone-b', zones.BUS)
    await everybodyHasHeardEverything()
  })

  test('a zone that loses the store alone sends its clients away, and takes them again when it has it back', async () => {
    await talkUntil(async () => {
      await zones.hide('zone-b', zones.STORE)
      const began = performance.now()
      await allAreIn('zone-a')
      console.log(`all clients were in the other zone ${((performance.now() - began) / 1000).toFixed(1)} s after theirs had lost the store`)
    })
    await zones.show('zone-b', zones.STORE)
    await talkUntil(spread)
    await everybodyHasHeardEverything()
  })
}
