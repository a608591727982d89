import type { Message, Room, User } from '../api/wire'
import type { Change } from '../model/change'

/** Values for tests, with what a test does not care about filled in. */

export const user = (id: string): User => ({ id, name: id, display_name: id.toUpperCase() })

export function message(seq: number, more: Partial<Message> = {}): Message {
  return {
    id: `m${seq}`,
    room: 'r',
    seq,
    rev: seq,
    sender: user('ben'),
    client_id: `c${seq}`,
    text: `text ${seq}`,
    created_at: '2026-01-05T10:00:00.000Z',
    ...more,
  }
}

export function created(rev: number, seq: number = rev, more: Partial<Message> = {}): Change {
  return { type: 'message.created', room: 'r', rev, message: message(seq, { rev, ...more }) }
}

export function other(rev: number): Change {
  return { type: 'other', room: 'r', rev }
}

export function room(more: Partial<Room> = {}): Room {
  return {
    id: 'r',
    kind: 'group',
    name: 'Room',
    role: 'member',
    created_at: '2026-01-01T00:00:00.000Z',
    member_count: 2,
    head_seq: 0,
    head_rev: 0,
    read_seq: 0,
    unread: 0,
    mentions: 0,
    ...more,
  }
}

/** As much of `Storage` as is used, in memory. */
export class MemoryStorage implements Storage {
  [name: string]: unknown
  get length(): number {
    return Object.keys(this).length
  }
  clear(): void {
    for (const key of Object.keys(this)) delete this[key]
  }
  getItem(key: string): string | null {
    const value = Object.hasOwn(this, key) ? this[key] : null
    return typeof value === 'string' ? value : null
  }
  key(index: number): string | null {
    return Object.keys(this)[index] ?? null
  }
  removeItem(key: string): void {
    delete this[key]
  }
  setItem(key: string, value: string): void {
    this[key] = value
  }
}
