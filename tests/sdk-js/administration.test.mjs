// Looking after a server: accounts, reports, and what was done.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { operate } from '../lib/operator.mjs'
import { eventually } from '../lib/patience.mjs'
import { call, need, PASSWORD, signUp, signUpAll } from '../lib/people.mjs'
import { SdkClient } from '../lib/sdk.mjs'
import { withServer } from '../lib/suite.mjs'

const held = withServer()
let admin
held.before(async () => {
  admin = await signUp(held.server, 'first')
})
const people = (count) => signUpAll(held.server, ...Array.from({ length: count }))
const done = async (person, method, path, body) => need(await person.call(method, path, body), `${method} ${path}`)
const codeOf = async (person, method, path, body) => (await person.call(method, path, body)).body.code
const deeds = async () => (await admin.get('/admin/audit?limit=200')).entries

test('the first account looks after the server, and others do not', async () => {
  const [ada] = await people(1)
  assert.equal((await admin.get('/users/me')).admin, true)
  assert.equal('admin' in (await ada.get('/users/me')), false)
  assert.equal(await codeOf(ada, 'GET', '/admin/users'), 'permission_denied')
})

test('the operator makes admins on the command line, and ends that', async () => {
  const [ada] = await people(1)
  assert.equal(operate(held.server, 'user', 'admin', ada.name).admin, true)
  assert.ok((await ada.get('/admin/users')).users.length > 0)
  assert.equal(operate(held.server, 'user', 'admin', ada.name, '--revoke').admin, false)
  assert.equal(await codeOf(ada, 'GET', '/admin/users'), 'permission_denied')
  const [revoked, granted] = (await deeds()).filter(({ user }) => user?.id === ada.id)
  assert.deepEqual([revoked.action, revoked.by, granted.action], ['user.admin_revoked', null, 'user.admin_granted'])
})

test('who is disabled is sent away at once and does not come in until they are let in', async () => {
  const [ada] = await people(1)
  const client = await SdkClient.connected('WebSocket with JSON', ada)
  const account = await done(admin, 'PATCH', `/admin/users/${ada.id}`, { disabled: true })
  assert.deepEqual([account.id, account.disabled], [ada.id, true])
  assert.equal((await client.disconnected()).code, 3500)
  assert.equal((await ada.call('GET', '/rooms')).status, 401)
  const signIn = () => call(held.server, 'POST', '/sessions', { body: { name: ada.name, password: PASSWORD } })
  assert.deepEqual([(await signIn()).status, (await signIn()).body.code], [403, 'account_disabled'])
  await done(admin, 'PATCH', `/admin/users/${ada.id}`, { disabled: false })
  assert.equal((await signIn()).status, 201)
  assert.equal((await ada.call('GET', '/rooms')).status, 401, 'the old session stays ended')
})

test('an admin cannot lock themselves out', async () => {
  for (const change of [{ admin: false }, { disabled: true }]) {
    const refused = await admin.call('PATCH', `/admin/users/${admin.id}`, change)
    assert.deepEqual([refused.status, refused.body.errors[0].code], [422, 'oneself'])
  }
})

test('accounts are found, with their sessions, which end at once', async () => {
  const [ada] = await people(1)
  const phone = await ada.anotherDevice('phone')
  await ada.createRoom('group')
  const { users } = await admin.get(`/admin/users?query=${ada.name}`)
  assert.deepEqual(users.map(({ id, rooms, admin, disabled }) => [id, rooms, admin, disabled]), [[ada.id, 1, false, false]])
  const { sessions } = await admin.get(`/admin/users/${ada.id}/sessions`)
  assert.deepEqual(sessions.map(({ device }) => device).sort(), ['phone', 'test'])
  await done(admin, 'DELETE', `/admin/sessions/${phone.session.id}`)
  assert.equal((await phone.call('GET', '/rooms')).status, 401)
  assert.equal((await ada.call('GET', '/rooms')).status, 200)
})

test('all rooms are seen from outside, and nothing of what is said in them', async () => {
  const [ada] = await people(1)
  const room = await ada.createRoom('private', [], 'quiet harbour')
  await ada.say(room)
  const { rooms } = await admin.get('/admin/rooms?query=harbour')
  assert.deepEqual(rooms.map(({ id, kind, member_count, head_seq }) => [id, kind, member_count, head_seq]), [[room.id, 'private', 1, 1]])
  assert.equal(await codeOf(admin, 'GET', `/rooms/${room.id}/messages`), 'unknown_room')
})

test('the server tells about its nodes and what goes on', async () => {
  const { nodes } = await admin.get('/admin/nodes')
  assert.deepEqual(nodes.map(({ state }) => state), ['running'])
  const figures = await admin.get('/admin/figures')
  assert.equal(figures.node, nodes[0].name)
  for (const name of ['users', 'memory_bytes', 'cpu_s']) assert.ok(figures[name] > 0, name)
})

describe('what was reported', () => {
  /** A room of two with a message that one of them reported. */
  async function reported() {
    const [ada, bob] = await people(2)
    const room = await ada.createRoom('private', [bob])
    await bob.say(room, 'buy this')
    const path = `/rooms/${room.id}/messages/1/reports`
    for (let times = 0; times < 2; times++) await done(ada, 'POST', path, { reason: 'spam', comment: 'again' })
    const { reports } = await admin.get('/admin/reports?state=open')
    const [report] = reports.filter(({ room: { id } }) => id === room.id)
    assert.equal(reports.filter(({ room: { id } }) => id === room.id).length, 1, 'once per person')
    return { ada, bob, room, report, close: (action, note) => admin.call('POST', `/admin/reports/${report.id}`, { action, note }) }
  }

  test('comes with the message, and is closed once', async () => {
    const { ada, bob, room, report, close } = await reported()
    assert.deepEqual([report.message.text, report.message.sender, report.by, report.reason, report.comment], ['buy this', bob.user, ada.user, 'spam', 'again'])
    const answer = need(await close('dismiss', 'harmless'), 'dismissing')
    assert.deepEqual([answer.state, answer.action, answer.note, answer.closed_by], ['closed', 'dismiss', 'harmless', admin.user])
    assert.equal((await close('dismiss')).body.code, 'unknown_report')
    assert.equal((await bob.get(`/rooms/${room.id}/messages/1`)).text, 'buy this')
    const [last] = await deeds()
    assert.deepEqual([last.action, last.room, last.by], ['report.closed', room.id, admin.user])
  })

  test('is deleted where it stands', async () => {
    const { ada, room, close } = await reported()
    need(await close('delete_message'), 'deleting')
    const message = await ada.get(`/rooms/${room.id}/messages/1`)
    assert.deepEqual([message.text, Boolean(message.deleted_at)], ['', true])
  })

  test('has its sender banned from the room', async () => {
    const { ada, bob, room, close } = await reported()
    need(await close('ban_sender'), 'banning')
    assert.equal(await codeOf(bob, 'GET', `/rooms/${room.id}`), 'unknown_room')
    assert.equal(await codeOf(ada, 'POST', `/rooms/${room.id}/members`, { user: bob.id }), 'banned')
  })

  test('has its sender’s account disabled', async () => {
    const { bob, close } = await reported()
    need(await close('disable_sender'), 'disabling')
    await eventually('the session to end', async () => (await bob.call('GET', '/rooms')).status === 401)
  })
})
