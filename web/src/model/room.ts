import { MANY, type Message, type ReadCursor, type Role, type Room } from '../api/wire'
import type { Change } from './change'
import { mentionsUser } from './message'
import { allows } from './permissions'

/** A change that did not follow the last known one leaves the summary in doubt. */
export interface Updated {
  room: Room
  stale: boolean
}

/** The room as the list shows it, after one more change. */
export function applyToRoom(room: Room, change: Change, me: string): Updated {
  if (change.rev <= room.head_rev) return { room, stale: false }
  const next: Room = { ...room, head_rev: change.rev }
  let in_doubt = change.rev > room.head_rev + 1
  switch (change.type) {
    case 'message.created':
      receive(next, change.message, me)
      break
    case 'message.edited':
    case 'message.deleted': {
      const { message } = change
      const is_last = room.last_message?.seq === message.seq
      if (is_last) next.last_message = message
      // What is left to read is counted by the server; so is what comes before a last message that is gone.
      in_doubt ||= message.seq > room.read_seq && (change.type === 'message.deleted' || room.mentions > 0 || mentionsUser(message, me))
      in_doubt ||= is_last && change.type === 'message.deleted'
      break
    }
    case 'messages.removed':
      if (room.last_message && room.last_message.seq <= change.up_to) delete next.last_message
      in_doubt ||= change.up_to > room.read_seq
      break
    case 'room.renamed':
      next.name = change.name
      break
    case 'room.settings_changed':
      next.settings = change.settings
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
  }
  return { room: next, stale: in_doubt }
}

function receive(room: Room, message: Message, me: string): void {
  room.head_seq = Math.max(room.head_seq, message.seq)
  const is_own = message.sender.id === me
  if (!is_own && message.seq > room.read_seq && mentionsUser(message, me)) room.mentions = Math.min(MANY, room.mentions + 1)
  // Threads are read by themselves.
  if (message.thread !== undefined) return
  if (!message.deleted_at) room.last_message = message
  if (is_own) Object.assign(room, { read_seq: Math.max(room.read_seq, message.seq), unread: 0, mentions: 0 })
  else if (message.seq > room.read_seq && !message.deleted_at) room.unread = Math.min(MANY, room.unread + 1)
}

/** A summary read from the server against the one held: the newer stays, and cursors only move forward. */
export function mergeRoom(held: Room | undefined, read: Room): Room {
  if (!held) return read
  const newer = read.head_rev >= held.head_rev ? read : held
  return held.read_seq > newer.read_seq ? withCursor(newer, held) : newer
}

/** `unread` was counted at the server's head, which may be behind or ahead of the one known here. */
export function withCursor(room: Room, { read_seq, unread, mentions }: ReadCursor): Room {
  if (read_seq < room.read_seq) return room
  const all = read_seq >= room.head_seq
  return { ...room, read_seq, unread: all ? 0 : unread, mentions: all ? 0 : mentions }
}

export function withHead(room: Room, head_seq: number, head_rev: number): Room {
  if (head_rev <= room.head_rev) return room
  return { ...room, head_seq, head_rev, unread: Math.min(MANY, room.unread + Math.max(0, head_seq - room.head_seq)) }
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

/** Who may do what: the table of docs/PROTOCOL.md §1 and what the room has set, from the caller's side. */
export const may = {
  post: (room: Room) => allows('post', room),
  react: (room: Room) => allows('react', room),
  join: (room: Room) => room.role === null && room.kind === 'public',
  leave: (room: Room) => room.role !== null && room.kind !== 'direct',
  rename: (room: Room) => (room.kind === 'group' ? room.role !== null : room.kind !== 'direct' && isAdmin(room.role)),
  invite: (room: Room) => room.kind !== 'direct' && allows('invite', room),
  setRoles: (room: Room) => room.kind !== 'direct' && room.role === 'owner',
  remove: (room: Room, member: Role) => {
    if (room.kind === 'direct' || member === 'owner') return false
    if (room.role === 'owner') return true
    return room.kind !== 'group' && room.role === 'admin' && member === 'member'
  },
  deleteOthers: (room: Room) => room.kind !== 'direct' && isAdmin(room.role),
  pin: (room: Room) => allows('pin', room),
  /** By `@room`. */
  callEverybody: (room: Room) => allows('mention_room', room),
  configure: (room: Room) => room.kind !== 'direct' && isAdmin(room.role),
  export: (room: Room) => (room.kind === 'direct' ? room.role !== null : isAdmin(room.role)),
  /** Writes however fast they like. */
  hurry: (room: Room) => room.kind !== 'direct' && isAdmin(room.role),
  seeEdits: (room: Room) => isAdmin(room.role),
}

/** A number on a badge: beyond what the server counts it only says "many". */
export function badge(count: number): string {
  return count >= MANY ? `${MANY - 1}+` : String(count)
}

function isAdmin(role: Role | null): boolean {
  return role === 'owner' || role === 'admin'
}
