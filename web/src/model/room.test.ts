import { describe, expect, it } from 'vitest'
import { created, message, other, room, user } from '../testing/samples'
import type { Change } from './change'
import { applyToRoom, badge, byActivity, may, mergeRoom, withCursor, withHead } from './room'

describe('a room summary', () => {
  it('counts messages of others once, whatever is repeated', () => {
    let held = room({ head_rev: 4, head_seq: 2, read_seq: 2 })
    for (const change of [created(5, 3), created(5, 3), created(6, 4), created(4, 2)]) held = applyToRoom(held, change, 'ann').room
    expect(held).toMatchObject({ unread: 2, head_seq: 4, head_rev: 6, last_message: { seq: 4 } })
  })

  it('does not count own messages', () => {
    expect(applyToRoom(room(), created(1, 1, { sender: user('ann') }), 'ann').room.unread).toBe(0)
  })

  it('counts mentions, and threads only for those', () => {
    let held = room()
    const changes = [created(1, 1, { mentions: { room: true } }), created(2, 2, { thread: 1 }), created(3, 3, { thread: 1, mentions: { users: ['ann'] } })]
    for (const change of changes) held = applyToRoom(held, change, 'ann').room
    expect(held).toMatchObject({ unread: 1, mentions: 2, head_seq: 3, last_message: { seq: 1 } })
    expect(applyToRoom(held, created(4, 4, { sender: user('ann') }), 'ann').room).toMatchObject({ read_seq: 4, unread: 0, mentions: 0 })
  })

  it('counts no further than the server does', () => {
    expect(applyToRoom(room({ unread: 100 }), created(1), 'ann').room.unread).toBe(100)
    expect([badge(99), badge(100)]).toEqual(['99', '99+'])
  })

  it('is in doubt when the last message or an unread one is deleted', () => {
    const held = room({ head_rev: 5, head_seq: 5, read_seq: 4, last_message: message(5) })
    const deleted = (seq: number): Change => ({ type: 'message.deleted', room: 'r', rev: 6, by: user('ben'), message: message(seq, { text: '', deleted_at: '2026-01-05T11:00:00.000Z' }) })
    expect(applyToRoom(held, deleted(5), 'ann')).toMatchObject({ stale: true, room: { last_message: { text: '' } } })
    expect(applyToRoom(held, deleted(3), 'ann')).toMatchObject({ stale: false, room: { last_message: { seq: 5 } } })
  })

  it('says nothing of messages that have outlived their time, and is in doubt where one of them was unread', () => {
    const held = room({ head_rev: 5, head_seq: 5, read_seq: 4, last_message: message(5) })
    const removed = (up_to: number): Change => ({ type: 'messages.removed', room: 'r', rev: 6, up_to })
    expect(applyToRoom(held, removed(4), 'ann')).toMatchObject({ stale: false, room: { head_rev: 6, last_message: { seq: 5 } } })
    const after = applyToRoom(held, removed(5), 'ann')
    expect(after.stale).toBe(true)
    expect(after.room.last_message).toBeUndefined()
  })

  it('is in doubt after a gap', () => {
    expect(applyToRoom(room({ head_rev: 3 }), created(5), 'ann').stale).toBe(true)
    expect(applyToRoom(room({ head_rev: 3 }), other(4), 'ann').stale).toBe(false)
  })

  it('follows names, members and roles', () => {
    const by = user('ben')
    let held = room()
    held = applyToRoom(held, { type: 'room.renamed', room: 'r', rev: 1, name: 'New', by }, 'ann').room
    held = applyToRoom(held, { type: 'member.joined', room: 'r', rev: 2, user: user('cleo'), role: 'member' }, 'ann').room
    held = applyToRoom(held, { type: 'member.role_changed', room: 'r', rev: 3, user: user('ann'), role: 'admin' }, 'ann').room
    expect(held).toMatchObject({ name: 'New', member_count: 3, role: 'admin' })
    held = applyToRoom(held, { type: 'member.left', room: 'r', rev: 4, user: user('ann'), by }, 'ann').room
    expect(held).toMatchObject({ member_count: 2, role: null })
  })

  it('keeps the newer of two readings and the further cursor', () => {
    const held = room({ head_rev: 9, head_seq: 5, read_seq: 5 })
    expect(mergeRoom(held, room({ head_rev: 8, head_seq: 4, read_seq: 2, unread: 2 }))).toBe(held)
    expect(mergeRoom(held, room({ head_rev: 9, head_seq: 5, read_seq: 2, unread: 3 }))).toMatchObject({ read_seq: 5, unread: 0 })
    expect(mergeRoom(held, room({ head_rev: 12, head_seq: 8, read_seq: 5, unread: 3 }))).toMatchObject({ head_rev: 12, unread: 3 })
  })

  it('moves cursors only forward', () => {
    const held = room({ head_seq: 5, read_seq: 4, unread: 1 })
    expect(withCursor(held, { read_seq: 3, unread: 2, mentions: 0 })).toBe(held)
    expect(withCursor(held, { read_seq: 5, unread: 1, mentions: 1 })).toMatchObject({ read_seq: 5, unread: 0, mentions: 0 })
  })

  it('takes the head of a room that is not followed', () => {
    const held = room({ head_seq: 5, head_rev: 7 })
    expect(withHead(held, 8, 10)).toMatchObject({ head_seq: 8, head_rev: 10, unread: 3 })
    expect(withHead(held, 5, 7)).toBe(held)
  })

  it('sorts by last activity', () => {
    const quiet = room({ id: 'q', created_at: '2026-01-02T00:00:00.000Z' })
    const busy = room({ id: 'b', last_message: message(1) })
    expect([quiet, busy].sort(byActivity)[0]).toBe(busy)
  })
})

describe('permissions', () => {
  it.each([
    ['public', 'member', { rename: false, invite: true, remove: false }],
    ['public', 'admin', { rename: true, invite: true, remove: true }],
    ['private', 'member', { rename: false, invite: false, remove: false }],
    ['private', 'admin', { rename: true, invite: true, remove: true }],
    ['group', 'member', { rename: true, invite: true, remove: false }],
    ['group', 'admin', { rename: true, invite: true, remove: false }],
    ['group', 'owner', { rename: true, invite: true, remove: true }],
    ['direct', 'owner', { rename: false, invite: false, remove: false }],
  ] as const)('%s room, %s', (kind, role, expected) => {
    const held = room({ kind, role })
    expect({ rename: may.rename(held), invite: may.invite(held), remove: may.remove(held, 'member') }).toEqual(expected)
  })

  it.each([
    ['public', 'member', { pin: false, deleteOthers: false }],
    ['private', 'admin', { pin: true, deleteOthers: true }],
    ['group', 'member', { pin: true, deleteOthers: false }],
    ['group', 'owner', { pin: true, deleteOthers: true }],
    ['direct', 'owner', { pin: true, deleteOthers: false }],
    ['public', null, { pin: false, deleteOthers: false }],
  ] as const)('with messages, %s room, %s', (kind, role, expected) => {
    const held = room({ kind, role })
    expect({ pin: may.pin(held), deleteOthers: may.deleteOthers(held) }).toEqual(expected)
  })

  it('admins do not remove admins, and nobody removes the owner', () => {
    expect(may.remove(room({ kind: 'private', role: 'admin' }), 'admin')).toBe(false)
    expect(may.remove(room({ kind: 'private', role: 'owner' }), 'owner')).toBe(false)
  })
})
