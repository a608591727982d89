import type { Role, Room } from '../api/wire'
import type { Change } from './change'

/** A change that did not follow the last known one leaves the summary in doubt. */
export interface Updated {
  room: Room
  stale: boolean
}

/** The room as the list shows it, after one more change. */
export function applyToRoom(room: Room, change: Change, me: string): Updated {
  if (change.rev <= room.head_rev) return { room, stale: false }
  const next: Room = { ...room, head_rev: change.rev }
  switch (change.type) {
    case 'message.created': {
      const { message } = change
      next.head_seq = Math.max(room.head_seq, message.seq)
      next.last_message = message
      if (message.sender.id !== me && message.seq > room.read_seq) next.unread = room.unread + 1
      break
    }
    case 'room.renamed':
      next.name = change.name
      break
    case 'member.joined':
      next.member_count = room.member_count + 1
      if (change.user.id === me) next.role = change.role
      break
    case 'member.left':
      next.member_count = Math.max(0, room.member_count - 1)
      if (change.user.id === me) next.role = null
      break
    case 'member.role_changed':
      if (change.user.id === me) next.role = change.role
      break
    case 'other':
      break
  }
  return { room: next, stale: change.rev > room.head_rev + 1 }
}

/** A summary read from the server against the one held: the newer stays, and cursors only move forward. */
export function mergeRoom(held: Room | undefined, read: Room): Room {
  if (!held) return read
  const newer = read.head_rev >= held.head_rev ? read : held
  return held.read_seq > newer.read_seq ? withCursor(newer, held.read_seq, held.unread) : newer
}

/** `unread` was counted at the server's head, which may be behind or ahead of the one known here. */
export function withCursor(room: Room, read_seq: number, unread: number): Room {
  if (read_seq < room.read_seq) return room
  return { ...room, read_seq, unread: read_seq >= room.head_seq ? 0 : unread }
}

export function withHead(room: Room, head_seq: number, head_rev: number): Room {
  if (head_rev <= room.head_rev) return room
  return { ...room, head_seq, head_rev, unread: room.unread + Math.max(0, head_seq - room.head_seq) }
}

export function titleOf(room: Room): string {
  if (room.kind === 'direct') return room.peer ? room.peer.display_name || room.peer.name : 'Direct message'
  return room.name || 'Unnamed room'
}

export function lastActivity(room: Room): string {
  return room.last_message?.created_at ?? room.created_at
}

export function byActivity(a: Room, b: Room): number {
  return lastActivity(b).localeCompare(lastActivity(a)) || a.id.localeCompare(b.id)
}

/** Who may do what: the table of docs/PROTOCOL.md §1, from the caller's side. */
export const may = {
  post: (room: Room) => room.role !== null,
  join: (room: Room) => room.role === null && room.kind === 'public',
  leave: (room: Room) => room.role !== null && room.kind !== 'direct',
  rename: (room: Room) => (room.kind === 'group' ? room.role !== null : room.kind !== 'direct' && isAdmin(room.role)),
  invite: (room: Room) => (room.kind === 'private' ? isAdmin(room.role) : room.kind !== 'direct' && room.role !== null),
  setRoles: (room: Room) => room.kind !== 'direct' && room.role === 'owner',
  remove: (room: Room, member: Role) => {
    if (room.kind === 'direct' || member === 'owner') return false
    if (room.role === 'owner') return true
    return room.kind !== 'group' && room.role === 'admin' && member === 'member'
  },
}

function isAdmin(role: Role | null): boolean {
  return role === 'owner' || role === 'admin'
}
