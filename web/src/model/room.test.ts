import { describe, expect, it } from 'vitest'
import { created, message, other, room, user } from '../testing/samples'
import { applyToRoom, byActivity, may, mergeRoom, withCursor, withHead } from './room'

describe('a room summary', () => {
  it('counts messages of others once, whatever is repeated', () => {
    let held = room({ head_rev: 4, head_seq: 2, read_seq: 2 })
    for (const change of [created(5, 3), created(5, 3), created(6, 4), created(4, 2)]) held = applyToRoom(held, change, 'ann').room
    expect(held).toMatchObject({ unread: 2, head_seq: 4, head_rev: 6, last_message: { seq: 4 } })
  })

  it('does not count own messages', () => {
    expect(applyToRoom(room(), created(1, 1, { sender: user('ann') }), 'ann').room.unread).toBe(0)
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
    expect(withCursor(held, 3, 2)).toBe(held)
    expect(withCursor(held, 5, 1)).toMatchObject({ read_seq: 5, unread: 0 })
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

  it('admins do not remove admins, and nobody removes the owner', () => {
    expect(may.remove(room({ kind: 'private', role: 'admin' }), 'admin')).toBe(false)
    expect(may.remove(room({ kind: 'private', role: 'owner' }), 'owner')).toBe(false)
  })
})
