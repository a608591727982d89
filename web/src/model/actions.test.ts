import { expect, it } from 'vitest'
import { message, room, user } from '../testing/samples'
import { actionsOn } from './actions'

const own = message(1, { sender: user('ann') })
const may = (...args: Parameters<typeof actionsOn>) => [...actionsOn(...args)]

it('everybody answers and reacts, the sender edits and deletes', () => {
  const there = room({ kind: 'public' })
  expect(may(own, there, 'ann')).toEqual(['react', 'reply', 'thread', 'edit', 'copy', 'link', 'delete'])
  expect(may(own, there, 'ben')).toEqual(['react', 'reply', 'thread', 'copy', 'link', 'report'])
})

it('admins pin, delete and see what was said before', () => {
  const edited = message(1, { edited_at: 'then', pinned_at: 'then' })
  expect(may(edited, room({ kind: 'private', role: 'admin' }), 'ann')).toEqual(['react', 'reply', 'thread', 'copy', 'link', 'unpin', 'history', 'report', 'delete'])
  expect(may(edited, room({ kind: 'direct' }), 'ann')).toEqual(['react', 'reply', 'thread', 'copy', 'link', 'unpin', 'report'])
})

it('who only looks at a room copies, and reports what others write', () => {
  expect(may(own, room({ kind: 'public', role: null }), 'ann')).toEqual(['copy', 'link'])
  expect(may(own, room({ kind: 'public', role: null }), 'ben')).toEqual(['copy', 'link', 'report'])
})

it('a deleted message has nothing but its place and its thread', () => {
  expect(may(message(1, { deleted_at: 'then' }), room(), 'ben')).toEqual(['link'])
  expect(may(message(1, { deleted_at: 'then', replies: { count: 1, last_seq: 2, last_at: '' } }), room(), 'ben')).toEqual(['thread', 'link'])
})

it('threads have no threads', () => expect(may(message(2, { thread: 1 }), room(), 'ann')).not.toContain('thread'))

it('a thread that is open is not opened from its beginning', () => {
  expect(may(own, room(), 'ann', 1)).not.toContain('thread')
  expect(may(own, room(), 'ann', 2)).toContain('thread')
})
