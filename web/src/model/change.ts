import type { Message, PresenceEntry, Role, RoomKind, RoomNotifications, RoomSettings, User } from '../api/wire'

/** A numbered alteration of a room: `rev` is 1, 2, 3, … without holes. */
export type Change = { rev: number; room: string; /** When it was accepted. */ at?: string } & (
  | { type: 'message.created'; message: Message }
  | { type: 'message.edited' | 'message.deleted' | 'message.pinned' | 'message.unpinned'; message: Message; by: User }
  /** Messages up to that one have outlived their time. */
  | { type: 'messages.removed'; up_to: number }
  | { type: 'reaction.added' | 'reaction.removed'; seq: number; emoji: string; user: User; /** Of that emoji, after it. */ count: number }
  | { type: 'room.renamed'; name: string; by: User }
  | { type: 'room.settings_changed'; settings: RoomSettings; by: User }
  | { type: 'member.joined'; user: User; role: Role; by?: User }
  | { type: 'member.left'; user: User; by: User; banned?: true }
  | { type: 'member.role_changed'; user: User; role: Role; by?: User }
  | { type: 'member.muted'; user: User; until?: string; by: User }
  | { type: 'member.unmuted'; user: User; by: User }
  /** A type this page does not know. It still takes its place in the order. */
  | { type: 'other' }
)

/** What concerns the user on all devices, from the channel `user:<id>`. */
export type OwnEvent =
  | { type: 'room.joined'; room: string; kind: RoomKind }
  | { type: 'room.left'; room: string }
  | { type: 'cursor.moved'; room: string; read_seq: number; unread: number; mentions: number }
  | { type: 'room.head'; room: string; head_seq: number; head_rev: number }
  | { type: 'block.changed'; user: string; blocked: boolean }
  | { type: 'room.notifications'; room: string; notifications: RoomNotifications }
  | { type: 'user.changed'; user: User }

/** The latest value is all that matters; any of them may be lost. */
export type RoomState =
  | { type: 'typing'; room: string; user: User; expires_in_ms: number }
  | { type: 'presence.changed'; online: string[]; offline: string[]; changed?: PresenceEntry[] }
  | { type: 'user.changed'; user: User }
  | { type: 'receipt'; room: string; user: string; read_seq: number; delivered_seq: number }

type Fields = Record<string, unknown>

const fieldsOf = (data: unknown): Fields => (typeof data === 'object' && data !== null ? (data as Fields) : {})

const CHANGES = new Set([
  'message.created',
  'message.edited',
  'message.deleted',
  'message.pinned',
  'message.unpinned',
  'messages.removed',
  'reaction.added',
  'reaction.removed',
  'room.renamed',
  'room.settings_changed',
  'member.joined',
  'member.left',
  'member.role_changed',
  'member.muted',
  'member.unmuted',
])
const OF_ROOMS = new Set(['room.joined', 'room.left', 'cursor.moved', 'room.head', 'room.notifications'])
const OF_USERS = new Set(['user.changed'])
const ROOM_STATES = new Set(['typing', 'presence.changed', 'receipt', 'user.changed'])

/** The offset counts, not the `rev` inside: it is what the connection resumes by. */
export function readChange(room: string, rev: number, data: unknown): Change {
  const fields = fieldsOf(data)
  if (!CHANGES.has(String(fields.type))) return { type: 'other', room, rev }
  return { ...fields, room, rev } as Change
}

export function readOwnEvent(data: unknown): OwnEvent | undefined {
  const fields = fieldsOf(data)
  const type = String(fields.type)
  if (type === 'block.changed') return readBlock(fields)
  const is_known = OF_ROOMS.has(type) ? typeof fields.room === 'string' : OF_USERS.has(type)
  return is_known ? (fields as OwnEvent) : undefined
}

function readBlock({ user, blocked }: Fields): OwnEvent | undefined {
  const id = typeof user === 'string' ? user : fieldsOf(user).id
  return typeof id === 'string' ? { type: 'block.changed', user: id, blocked: blocked === true } : undefined
}

export function readRoomState(data: unknown): RoomState | undefined {
  const fields = fieldsOf(data)
  return ROOM_STATES.has(String(fields.type)) ? (fields as RoomState) : undefined
}
