import { expect, it } from 'vitest'
import { created, message, user } from '../testing/samples'
import { applyToThread, byLastReply, mergeThread } from './threads'

const start = { root: message(2), read_seq: 2, unread: 0 }
const after = (...changes: Parameters<typeof applyToThread>[1][]) => changes.reduce((thread, change) => applyToThread(thread, change, 'ann'), start)

it('counts the replies of others once', () => {
  expect(after(created(5, 5, { thread: 2 }), created(6, 6, { thread: 2 }), created(5, 5, { thread: 2 }))).toMatchObject({ unread: 2, root: { replies: { count: 2, last_seq: 6 } } })
  expect(after(created(5, 5, { thread: 3 }), created(6, 6))).toEqual(start)
})

it('is read by who writes in it', () => {
  expect(after(created(5, 5, { thread: 2 }), created(6, 6, { thread: 2, sender: user('ann') }))).toMatchObject({ unread: 0, read_seq: 6 })
})

it('follows what becomes of its beginning', () => {
  expect(after({ type: 'message.edited', room: 'r', rev: 9, by: user('ben'), message: message(2, { text: 'new' }) }).root.text).toBe('new')
})

it('is read as far as either page says', () => {
  const replies = { count: 3, last_seq: 9, last_at: '2026-02-01T00:00:00.000Z' }
  const read = { root: message(2, { replies }), read_seq: 4, unread: 3 }
  expect(mergeThread(undefined, read)).toBe(read)
  expect(mergeThread({ ...read, read_seq: 3 }, read)).toBe(read)
  expect(mergeThread({ ...read, read_seq: 7, unread: 1 }, read)).toMatchObject({ read_seq: 7, unread: 1 })
  expect(mergeThread({ ...read, read_seq: 9, unread: 0 }, read)).toMatchObject({ read_seq: 9, unread: 0 })
})

it('comes first with the newest reply', () => {
  const busy = { ...start, root: message(1, { replies: { count: 1, last_seq: 9, last_at: '2026-02-01T00:00:00.000Z' } }) }
  expect([start, busy].sort(byLastReply)[0]).toBe(busy)
})
