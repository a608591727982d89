import { describe, expect, it } from 'vitest'
import type { Room } from '../api/wire'
import { message, room } from '../testing/samples'
import { messageNotification } from './push'
import { asksAttention, FOR_GOOD, isMuted, MUTE_FOR, mutedUntil, notificationsOf, tells } from './notifications'

const now_ms = Date.parse('2026-01-05T10:00:00.000Z')
const at = (minutes: number) => new Date(now_ms + minutes * 60_000).toISOString()
const called = message(1, { mentions: { users: ['ann'] } })
const told = (more: Partial<Room>, of = message(1), presence: 'online' | 'dnd' = 'online') => tells(room(more), of, 'ann', presence, now_ms)

it('tells of everything but in public rooms, where it tells of mentions', () => {
  expect([room(), room({ kind: 'direct' }), room({ kind: 'public' })].map((each) => notificationsOf(each).level)).toEqual(['all', 'all', 'mentions'])
})

describe('a mute', () => {
  it('ends by itself', () => {
    expect(isMuted(room({ notifications: { level: 'all', muted_until: at(1) } }), now_ms)).toBe(true)
    expect(isMuted(room({ notifications: { level: 'all', muted_until: at(-1) } }), now_ms)).toBe(false)
    expect(isMuted(room({ notifications: { level: 'all', muted_until: null } }), now_ms)).toBe(false)
  })

  it('lasts as long as was chosen, or for good', () => {
    expect(MUTE_FOR.map((choice) => mutedUntil(choice, now_ms))).toEqual([at(60), at(8 * 60), at(24 * 60), FOR_GOOD])
  })
})

describe('a message that nobody sees arrive', () => {
  it('is told by the room’s level', () => {
    expect(told({})).toBe(true)
    expect(told({ kind: 'public' })).toBe(false)
    expect(told({ kind: 'public' }, called)).toBe(true)
    expect(told({ notifications: { level: 'none' } }, called)).toBe(false)
  })

  it('is not told of one’s own, of threads unless one is called, nor to whom nothing may disturb', () => {
    expect(told({}, message(1, { sender: { id: 'ann', name: 'ann', display_name: '' } }))).toBe(false)
    expect(told({}, message(2, { thread: 1 }))).toBe(false)
    expect(told({}, message(2, { thread: 1, mentions: { room: true } }))).toBe(true)
    expect(told({}, called, 'dnd')).toBe(false)
    expect(told({ notifications: { level: 'all', muted_until: at(1) } }, called)).toBe(false)
    expect(told({ role: null })).toBe(false)
  })
})

it('counts the rooms that ask for attention', () => {
  const asks = (more: Partial<Room>) => asksAttention(room(more), now_ms)
  expect(asks({ unread: 1 })).toBe(true)
  expect(asks({ kind: 'public', unread: 9 })).toBe(false)
  expect(asks({ kind: 'public', mentions: 1 })).toBe(true)
  expect(asks({ unread: 1, notifications: { level: 'all', muted_until: at(1) } })).toBe(false)
  expect(asks({ mentions: 1, notifications: { level: 'none' } })).toBe(false)
})

describe('what is shown of a message', () => {
  it('names the room and who wrote, and leads to it', () => {
    const { title, options } = messageNotification(room({ name: 'Quay' }), message(7, { text: '**knock** knock' }))
    expect([title, options.body, options.tag, options.data.url]).toEqual(['Quay', 'BEN: knock knock', 'r', '/r/r/messages/7'])
  })

  it('needs no room between two people, and leads into the thread', () => {
    const { title, options } = messageNotification(room({ kind: 'direct' }), message(7, { thread: 3, text: '', attachments: [{ id: 'f', name: 'a.png', type: 'image/png', size: 1 }] }))
    expect([title, options.body, options.data.url]).toEqual(['BEN', 'Picture', '/r/r/threads/3'])
  })
})
