import type { Message, Role, RoomKind, User } from '../api/wire'

/** A numbered alteration of a room: `rev` is 1, 2, 3, … without holes. */
export type Change = { rev: number; room: string } & (
  | { type: 'message.created'; message: Message }
  | { type: 'room.renamed'; name: string; by: User }
  | { type: 'member.joined'; user: User; role: Role }
  | { type: 'member.left'; user: User; by: User }
  | { type: 'member.role_changed'; user: User; role: Role }
  /** A type this page does not know. It still takes its place in the order. */
  | { type: 'other' }
)

/** What concerns the user on all devices, from the channel `user:<id>`. */
export type OwnEvent =
  | { type: 'room.joined'; room: string; kind: RoomKind }
  | { type: 'room.left'; room: string }
  | { type: 'cursor.moved'; room: string; read_seq: number; unread: number }
  | { type: 'room.head'; room: string; head_seq: number; head_rev: number }

/** The latest value is all that matters; any of them may be lost. */
export type RoomState = { type: 'typing'; room: string; user: User; expires_in_ms: number } | { type: 'presence.changed'; online: string[]; offline: string[] }

type Fields = Record<string, unknown>

const fieldsOf = (data: unknown): Fields => (typeof data === 'object' && data !== null ? (data as Fields) : {})

const CHANGES = new Set(['message.created', 'room.renamed', 'member.joined', 'member.left', 'member.role_changed'])
const OWN_EVENTS = new Set(['room.joined', 'room.left', 'cursor.moved', 'room.head'])
const ROOM_STATES = new Set(['typing', 'presence.changed'])

/** The offset counts, not the `rev` inside: it is what the connection resumes by. */
export function readChange(room: string, rev: number, data: unknown): Change {
  const fields = fieldsOf(data)
  if (!CHANGES.has(String(fields.type))) return { type: 'other', room, rev }
  return { ...fields, room, rev } as Change
}

export function readOwnEvent(data: unknown): OwnEvent | undefined {
  const fields = fieldsOf(data)
  return OWN_EVENTS.has(String(fields.type)) && typeof fields.room === 'string' ? (fields as OwnEvent) : undefined
}

export function readRoomState(data: unknown): RoomState | undefined {
  const fields = fieldsOf(data)
  return ROOM_STATES.has(String(fields.type)) ? (fields as RoomState) : undefined
}
