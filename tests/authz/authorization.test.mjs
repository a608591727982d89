// Every call × everybody, over HTTP and in real time, from one table.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { call, PASSWORD, signUp, signUpAll } from '../lib/people.mjs'
import { PNG } from '../lib/png.mjs'
import { withServer } from '../lib/suite.mjs'
import { Wire } from '../lib/wire.mjs'
import { CALLS, ERRORS } from './matrix.mjs'

const held = withServer()
/** Column of the table → who stands for it. */
const COLUMNS = { owner: ['owner'], admin: ['admin'], member: ['member'], outsider: ['outsider', 'removed'] }
let people, wires

held.before(async () => {
  // The first account looks after the server; the table is of those who do not.
  await signUp(held.server)
  const names = ['owner', 'admin', 'member', 'outsider', 'removed', 'revoked', 'other', 'admin2', 'stranger', 'recluse']
  const all = await signUpAll(held.server, ...names)
  people = Object.fromEntries(names.map((name, index) => [name, all[index]]))
  wires = Object.fromEntries(
    await Promise.all(['owner', 'admin', 'member', 'outsider', 'removed'].map(async (name) => [name, await Wire.connected(people[name])])),
  )
  assert.equal((await people.revoked.signOut()).status, 204)
  const picture = () => people.stranger.upload(PNG.of(8, 8), { name: 'me.png', purpose: 'avatar' })
  ;[people.stranger.face, people.stranger.picture] = [await picture(), await picture()]
  assert.equal((await people.stranger.call('PATCH', '/users/me', { avatar: people.stranger.face.id })).status, 200)
})

/** A room of that kind with everybody at their place. */
async function makeRoom(kind) {
  const { owner, admin, member, removed, revoked, other, admin2 } = people
  if (kind === 'any') return { id: 'none' }
  if (kind === 'direct') {
    // Direct rooms have no owner: the member and another, always the same room.
    const room = await member.createRoom('direct', [other])
    if (room.head_seq === 0) await sayWithFile(other, room)
    const { messages } = await other.get(`/rooms/${room.id}/messages?after_seq=0&limit=1`)
    return { ...room, file: messages[0].attachments[0].id }
  }
  const room = await owner.createRoom(kind, [admin, member, removed, revoked, other, admin2])
  for (const each of [admin, admin2]) {
    const answer = await owner.call('PATCH', `/rooms/${room.id}/members/${each.id}`, { role: 'admin' })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
  }
  assert.equal((await owner.call('DELETE', `/rooms/${room.id}/members/${removed.id}`)).status, 204)
  return { ...room, file: await sayWithFile(owner, room) }
}

/** The file that a message comes with. */
async function sayWithFile(sender, room) {
  const { id } = await sender.upload('words')
  await sender.post(`/rooms/${room.id}/messages`, { client_id: randomUUID(), text: 'hello', attachments: [id] })
  return id
}

function filled(template, values) {
  if (typeof template === 'string') return template.replaceAll(/\{(\w+)\}/g, (_, name) => values[name])
  if (Array.isArray(template)) return template.map((each) => filled(each, values))
  if (template && typeof template === 'object') return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, filled(value, values)]))
  return template
}

function valuesFor(actor, room) {
  return {
    room: room.id,
    me: people[actor]?.id ?? 'nobody',
    other: people.other.id,
    admin: people.admin2.id,
    owner: people.owner.id,
    stranger: people.stranger.id,
    recluse: people.recluse.id,
    file: room.file,
    strangerFace: people.stranger.face.id,
    strangerPicture: people.stranger.picture.id,
    strangerName: people.stranger.name,
    strangerSession: people.stranger.session.id,
    password: PASSWORD,
    fresh: randomUUID().replaceAll('-', '').slice(0, 20),
  }
}

async function overHttp(row, actor, room) {
  const [method, path] = filled(row.rest, valuesFor(actor, room)).split(' ')
  const takesNone = method === 'GET' || (method === 'DELETE' && path !== '/users/me') || (method === 'PUT' && !/\/(bans|mutes)\/|\/(subscriptions|presence)$|^\/users\/[^/]+$/.test(path))
  const body = takesNone ? undefined : filled(row.body, valuesFor(actor, room))
  delete body?.room
  delete body?.root
  // Over HTTP the path names the user whose role is set.
  if (method === 'PATCH' && body?.role) delete body.user
  const { status, body: answer } = await call(held.server, method, path, { token: people[actor]?.token, body })
  if (status >= 200 && status < 300) return 'ok'
  assert.equal(answer.status, status, 'the problem says its status')
  assert.equal(ERRORS[answer.code]?.[0], status, `${answer.code} goes with ${status}`)
  return answer.code
}

async function inRealTime(row, actor, room) {
  const values = valuesFor(actor, room)
  const command = row.command ? filled(row.command, values) : { rpc: { method: row.rpc, data: filled(row.body ?? {}, values) } }
  const refusal = await wires[actor].command(command).then(
    () => undefined,
    (error) => error.reply ?? Promise.reject(error),
  )
  if (command.subscribe && !refusal) await wires[actor].command({ unsubscribe: { channel: command.subscribe.channel } })
  if (!refusal) return 'ok'
  const codes = Object.keys(ERRORS).filter((code) => ERRORS[code][1] === refusal.code)
  const code = codes.find((code) => refusal.message.startsWith(`${code}:`)) ?? codes[0]
  assert.ok(code, `a documented code, not ${JSON.stringify(refusal)}`)
  if (row.rpc) assert.ok(refusal.message.startsWith(`${code}:`), `“${refusal.message}” begins with ${code}`)
  return code
}

const headOf = async (room) => {
  if (room.id === 'none') return undefined
  const witness = room.kind === 'direct' ? people.other : people.owner
  const { head_rev, member_count, name } = await witness.get(`/rooms/${room.id}`)
  return { head_rev, member_count, name }
}

for (const row of CALLS) {
  describe(row.what, () => {
    // What is a stream of bytes is asked for over HTTP only.
    const ways = [...(row.rest ? [['over HTTP', overHttp]] : []), ...(row.rpc || row.command ? [['in real time', inRealTime]] : [])]
    for (const [kind, expected] of Object.entries(row.who)) {
      const where = kind === 'any' ? '' : ` in a ${kind} room`
      for (const [way, attempt] of ways) {
        test(`everybody may do what the table says${where}, ${way}`, async () => {
          let room = await makeRoom(kind)
          for (const [index, wanted] of expected.split(' ').entries()) {
            if (wanted === '-') continue
            for (const actor of Object.values(COLUMNS)[index]) {
              if (row.changes) room = await makeRoom(kind)
              const before = await headOf(room)
              const answer = await attempt(row, actor, room)
              assert.ok(wanted.split('|').includes(answer), `${actor}: ${answer} instead of ${wanted}`)
              if (answer !== 'ok') assert.deepEqual(await headOf(room), before, `${actor} was refused but had an effect`)
            }
          }
        })
      }

      if (row.rest) {
        test(`who has no session, or a revoked one, ${row.open ? 'may' : 'may not'}${where}`, async () => {
          const room = await makeRoom(kind)
          const before = await headOf(room)
          for (const actor of ['anonymous', 'revoked']) {
            assert.equal(await overHttp(row, actor, room), row.open ? 'ok' : 'unauthorized', actor)
          }
          assert.deepEqual(await headOf(room), before)
        })
      }
    }
  })
}

describe('without a session there is no connection', () => {
  const rpcs = [...new Set(CALLS.map(({ rpc }) => rpc).filter(Boolean))]

  test('a revoked token cannot connect', async () => {
    const wire = await Wire.open(held.server)
    wire.connect(people.revoked.token).catch(() => {})
    assert.equal(await wire.ends(), 3500)
  })

  test('nobody can connect', async () => {
    const wire = await Wire.open(held.server)
    const refused = await wire.connect().then(
      () => assert.fail('connected without a token'),
      (error) => error.code ?? error.closed,
    )
    assert.ok([101, 3500].includes(refused), String(refused))
  })

  for (const rpc of rpcs) {
    test(`${rpc} before a connect breaks the protocol`, async () => {
      const wire = await Wire.open(held.server)
      wire.rpc(rpc).catch(() => {})
      assert.equal(await wire.ends(), 3501)
    })
  }

  test('a command that follows a connect with a revoked token in the same frame has no effect', async () => {
    const victim = await signUp(held.server)
    const room = await victim.createRoom('private')
    const gone = await victim.anotherDevice()
    await gone.signOut()
    const wire = await Wire.open(held.server)
    wire.send(
      [
        { id: 1, connect: { token: gone.token } },
        { id: 2, rpc: { method: 'message.send', data: { room: room.id, client_id: 'late', text: 'too late' } } },
      ]
        .map((command) => JSON.stringify(command))
        .join('\n'),
    )
    assert.equal(await wire.ends(), 3500)
    assert.equal((await victim.get(`/rooms/${room.id}`)).head_seq, 0)
  })
})
