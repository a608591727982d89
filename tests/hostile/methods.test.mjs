// Every method of the protocol is given what no client would send: each answers with a code that says what is wrong, none with
// an error of the server's own, and nothing takes the connection with it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { signUp, signUpAll } from '../lib/people.mjs'
import { NO_RATE_LIMITS } from '../lib/server.mjs'
import { withServer } from '../lib/suite.mjs'
import { Wire } from '../lib/wire.mjs'
import { andStillServes } from './still-serves.mjs'

const held = withServer({ flags: NO_RATE_LIMITS })
andStillServes(held)

/** What PROTOCOL.md names so; some are types of changes. Without the one that, given nothing, ends the session that the test has. */
const NAMES = [...new Set(readFileSync(new URL('../../docs/PROTOCOL.md', import.meta.url), 'utf8').match(/`[a-z]+\.[a-z_]+`/g))].map((name) => name.slice(1, -1)).filter((name) => name !== 'session.delete')
/** How many odd values each field of each method is given, another few for each. */
const ODD_PER_FIELD = 3
/** How many calls wait for their answers. */
const AT_ONCE = 8
const INTERNAL = 100
const UNKNOWN_METHOD = 104

const deep = (depth) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`)
const ODD = [
  null, true, 0, -1, 1.5, 2 ** 53, -(2 ** 63), 2 ** 64, 1e308, '', ' ', 'x', 'x'.repeat(20_000), '\u0000', '\ud800', '👩‍👩‍👧‍👦'.repeat(50), '\u202Eabc', '../../etc/passwd', "'; DROP TABLE users; --", '%', '*', '9999-12-31T23:59:59Z', '-1',
  '01ARZ3NDEKTSV4RRFFQ69G5FAV', [], [null], [[]], ['x', 'x'], Array(2_000).fill('x'), {}, { x: 1 }, deep(50), { '': { '': {} } },
]
const FIELDS = ['room', 'user', 'id', 'seq', 'text', 'name', 'display_name', 'kind', 'members', 'limit', 'after', 'before', 'after_seq', 'before_seq', 'query', 'cursor', 'emoji', 'reply_to', 'thread', 'attachments', 'client_id', 'role', 'until', 'reason', 'comment', 'settings', 'level', 'muted_until', 'presence', 'endpoint', 'keys', 'device', 'action', 'admin', 'disabled', 'avatar', 'about', 'type', 'data', 'users', 'from', 'root', 'password', 'state', 'note', 'session', 'file']

async function people() {
  const admin = await signUp(held.server, 'admin')
  const [ben] = await signUpAll(held.server, 'ben')
  const room = await admin.createRoom('group', [ben])
  await admin.say(room, 'hello')
  return { admin, ben, room }
}

/** What a call would be given that is right, as far as it has such fields. */
const right = ({ ben, room }) => ({ room: room.id, user: ben.id, seq: 1, text: 'text', name: 'name', kind: 'group', limit: 10, emoji: '👍', client_id: crypto.randomUUID(), role: 'member', reason: 'spam', presence: 'auto', type: 'x', data: {} })

test('every method, given anything at all', async () => {
  const found = await people()
  const bad = []
  const wire = await Wire.connected(found.admin)
  wire.closed.then(({ code, reason }) => bad.push(`the connection was closed: ${code} ${reason}`))
  let methods = 0
  for (const [n, method] of NAMES.entries()) {
    // A connection that was closed answers nothing more.
    if (bad.length > 0) break
    const one = await wire.rpc(method, {}).catch((error) => error)
    if (one?.code === UNKNOWN_METHOD) continue
    methods += 1
    const someOdd = (f) => Array.from({ length: ODD_PER_FIELD }, (_, k) => ODD[(n * 7 + f * ODD_PER_FIELD + k) % ODD.length])
    const inputs = [...ODD, ...ODD.map((odd) => ({ room: odd, user: odd, id: odd, seq: odd })), ...FIELDS.flatMap((field, f) => someOdd(f).map((odd) => ({ ...right(found), [field]: odd })))]
    for (let at = 0; at < inputs.length; at += AT_ONCE) {
      const answers = inputs.slice(at, at + AT_ONCE).map((data) => wire.rpc(method, data).then(() => undefined, (error) => [error, data]))
      for (const refused of (await Promise.all(answers)).filter(Boolean)) {
        const [error, data] = refused
        if (!error.code || error.code === INTERNAL) bad.push(`${method} ${JSON.stringify(data).slice(0, 200)}: ${error.code} ${error.message}`)
      }
    }
  }
  assert.deepEqual(bad.slice(0, 20), [])
  assert.ok(methods > 50, `${methods} methods were called`)
})
