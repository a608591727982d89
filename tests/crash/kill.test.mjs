// kill -9 in the middle of a burst, again and again: what was acknowledged stays, once and in order.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { eventually } from '../lib/patience.mjs'
import { signUpAll } from '../lib/people.mjs'
import { PythonListener } from '../lib/python.mjs'
import { SdkClient } from '../lib/sdk.mjs'
import { withServer } from '../lib/suite.mjs'
import { Burst, RestLine, SdkLine } from './senders.mjs'

const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 25)
const SENDS = 2_000
/** The same seed kills at the same moments, as far as a moment is a number of acknowledgements. */
const SEED = Number(process.env.CRASH_SEED ?? 20260801)

const held = withServer()
held.mayEnd = true
const random = mulberry32(SEED)
let ada, bob, room, burst, js, python
/** How far the room has been checked: the last seq and the client ids seen. */
let checked = 0
const seen = new Set()

held.before(async () => {
  ;[ada, bob] = await signUpAll(held.server, 'ada', 'bob')
  room = await ada.createRoom('group', [bob])
  burst = new Burst(room, [ada, bob])
  js = {
    served: await SdkClient.connected('WebSocket with Protobuf', bob),
    client: await SdkClient.connected('WebSocket with JSON', bob, { data: { rooms: 0 } }),
  }
  js.own = js.client.subscription(`room:${room.id}`)
  await js.own.subscribe()
  python = {
    json: await PythonListener.follow(bob, room, 'json'),
    protobuf: await PythonListener.follow(bob, room, 'protobuf'),
  }
})

after(() => {
  for (const listener of Object.values(python ?? {})) listener.close()
})

for (let round = 1; round <= ROUNDS; round++) {
  test(`round ${round} of ${ROUNDS}: nothing that was acknowledged is lost, doubled or moved`, async () => {
    burst.write(SENDS, `round ${round}`)
    const killAt = 50 + Math.floor(random() * (SENDS - 200))
    const delay_us = Math.floor(random() * 3_000)
    await withLines(async (lines) => {
      let killed
      await burst.send(lines, (count) => {
        if (count < killAt || killed) return
        busyWait(delay_us)
        killed = held.server.kill()
      })
      assert.ok(killed, 'the server was killed before the burst was over')
      await killed
    })
    assert.ok(burst.unacknowledged > 0, 'the kill came in the middle')
    await held.server.start()
    await check({ everything: false })
    // The resend: the same client ids, and each message is there once, whether or not its first send was.
    await eventually('everything to be acknowledged', async () => {
      await withLines((lines) => burst.send(lines))
      return burst.unacknowledged === 0
    })
    await check({ everything: true })
  })
}

test('every listener has every change once and in order, whatever happened', async () => {
  const { head_rev } = await ada.get(`/rooms/${room.id}`)
  const first = room.head_rev + 1
  const wanted = Array.from({ length: head_rev - room.head_rev }, (_, n) => first + n)
  const channel = `room:${room.id}`
  const streams = {
    'JavaScript, subscribed by the server, Protobuf': () => js.served.changes(channel),
    'JavaScript, subscribed by itself, JSON': () => js.own.changes,
    'Python, JSON': () => python.json.changes,
    'Python, Protobuf': () => python.protobuf.changes,
  }
  for (const [who, changes] of Object.entries(streams)) {
    await eventually(`${who} to reach the head ${head_rev}`, () => changes().at(-1)?.offset >= head_rev)
    const offsets = changes().map(({ offset }) => offset)
    assert.equal(firstFault(offsets, first), undefined, `${who}: a hole or a repeat`)
    assert.equal(offsets.length, wanted.length, who)
  }
  for (const [encoding, listener] of Object.entries(python)) {
    assert.deepEqual(listener.faults, [], `Python, ${encoding}`)
    assert.ok(listener.subscribed.slice(1).every(({ recovered }) => recovered), `Python, ${encoding}: every resume recovered`)
    assert.equal(new Set(listener.changes.map(({ client_id }) => client_id)).size, wanted.length)
  }
  assert.ok(js.own.subscribed.slice(1).every(({ recovered }) => recovered), 'every resume recovered')
  assert.deepEqual([js.served.disconnects, js.client.disconnects], [[], []])
})

/** Reads what is new in the room and holds it against the acknowledgements. */
async function check({ everything }) {
  const messages = await ada.messages(room, checked)
  for (const message of messages) {
    assert.equal(message.seq, ++checked, 'seq is dense')
    assert.equal(message.rev, room.head_rev + message.seq, 'rev is dense')
    assert.ok(!seen.has(message.client_id), `${message.client_id} is there twice`)
    seen.add(message.client_id)
    const acknowledged = burst.acknowledged.get(message.client_id)
    if (acknowledged) assert.deepEqual(acknowledged, { text: message.text, seq: message.seq, rev: message.rev })
  }
  const missing = [...burst.acknowledged.keys()].filter((client_id) => !seen.has(client_id))
  assert.deepEqual(missing, [], 'every acknowledged message is there')
  if (everything) assert.equal(seen.size, burst.acknowledged.size, 'and nothing that nobody sent')
}

async function withLines(work) {
  const lines = [
    new RestLine(ada),
    new RestLine(bob),
    await SdkLine.open(ada),
    await SdkLine.open(bob, 'WebSocket with Protobuf'),
  ]
  try {
    return await work(lines)
  } finally {
    for (const line of lines) line.close()
  }
}

/** The first place where the numbers are not one after the other. */
function firstFault(numbers, first) {
  const at = numbers.findIndex((number, index) => number !== first + index)
  return at < 0 ? undefined : { at, wanted: first + at, found: numbers.slice(Math.max(0, at - 2), at + 3) }
}

/** Shorter than any timer can. */
function busyWait(us) {
  const until = performance.now() + us / 1000
  while (performance.now() < until);
}

function mulberry32(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
