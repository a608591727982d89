/** The shapes of docs/PROTOCOL.md §1. Fields that the page does not use are left out. */

export interface User {
  id: string
  name: string
  display_name: string
  /** The file of the picture; everybody who is signed in may see its preview. */
  avatar?: string
  /** A program that writes, not a person. */
  bot?: true
}

/** A user as their own card tells of them. */
export interface Profile extends User {
  about?: string
  /** Of the whole server; only told of oneself. */
  admin?: true
}

export type PresenceKind = 'online' | 'away' | 'dnd' | 'offline'

export interface PresenceEntry {
  id: string
  presence: PresenceKind
  /** What they say of themselves. */
  text?: string
  /** When what they have said of themselves is over. */
  until?: string
  last_seen_at?: string
}

/** What one asks to be shown as: by what one does, or as one says. */
export type PresenceChoice = 'auto' | 'away' | 'dnd'

export type NotificationLevel = 'all' | 'mentions' | 'none'

export interface RoomNotifications {
  level: NotificationLevel
  muted_until?: string | null
}

export interface Session {
  id: string
  device: string | null
  created_at: string
  last_seen_at: string | null
  expires_at: string | null
  current: boolean
  connections: number
}

export type RoomKind = 'public' | 'private' | 'group' | 'direct'
export type Role = 'owner' | 'admin' | 'member'

export interface Room {
  id: string
  kind: RoomKind
  name: string | null
  peer?: User | null
  /** `null` in a public room that the caller has not joined. */
  role: Role | null
  created_at: string
  member_count: number
  head_seq: number
  head_rev: number
  read_seq: number
  unread: number
  mentions: number
  last_message?: Message | null
  /** What its admins have chosen; what is left out is as the table of the protocol has it. */
  settings?: RoomSettings
  notifications?: RoomNotifications
}

/** What a room's admins may open to others, or keep to themselves. */
export type Permission = 'post' | 'react' | 'pin' | 'invite' | 'mention_room'

export interface RoomSettings {
  /** Seconds between two messages of the same member. */
  slow_mode_s?: number
  /** How long messages are kept. */
  retention_days?: number
  /** The least role that may. */
  permissions?: Partial<Record<Permission, Role>>
}

/** What is to be otherwise; `null` is the default again. */
export interface SettingsPatch {
  slow_mode_s?: number | null
  retention_days?: number | null
  permissions?: Partial<Record<Permission, Role | null>>
}

/** What `unread` and `mentions` are counted up to: it stands for "many". */
export const MANY = 100

export interface Member {
  user: User
  role: Role
  joined_at: string
  read_seq: number
  delivered_seq: number
  /** They write nothing until then. */
  muted_until?: string
}

export interface Message {
  id: string
  room: string
  seq: number
  rev: number
  sender: User
  client_id: string
  text: string
  created_at: string
  /** The message that it answers. */
  reply_to?: number
  /** The message whose thread it belongs to. */
  thread?: number
  mentions?: { users?: string[]; room?: boolean }
  edited_at?: string
  deleted_at?: string
  pinned_at?: string
  attachments?: FileInfo[]
  /** These two are only in the answers of calls, not in changes. */
  reactions?: Reaction[]
  replies?: Replies
}

/** A file as it is kept by the server, which has looked at what it is. */
export interface FileInfo {
  id: string
  name: string
  type: string
  size: number
  /** Of pictures. */
  width?: number
  height?: number
  /** A smaller picture of it, where there is one. */
  preview?: { width: number; height: number }
}

export interface SearchQuery {
  query: string
  room?: string
  from?: string
  after?: string
  before?: string
}

export interface SearchResult {
  message: Message
  /** Where in the text, in UTF-16 code units. */
  highlights: [start: number, end: number][]
}

export interface SearchPage {
  results: SearchResult[]
  next?: string
}

export interface Reaction {
  emoji: string
  count: number
  /** The earliest of them, and the caller in any case. */
  users: string[]
}

export interface Replies {
  count: number
  last_seq: number
  last_at: string
}

/** What a message said before. */
export interface Edit {
  rev: number
  text: string
  replaced_at: string
}

export interface Thread {
  root: Message
  read_seq: number
  unread: number
}

/** Which messages; neither bound means the newest. */
export interface PageQuery {
  before_seq?: number
  after_seq?: number
  thread?: number
  limit: number
}

export interface MessagePage {
  messages: Message[]
  has_more: boolean
}

export interface ServerConfig {
  sign_up: boolean
  version: string
  max_message_bytes: number
  max_file_bytes?: number
  /** With what the browser asks its push service for a subscription; absent where nothing is pushed. */
  push_public_key?: string
}

/** The answer to a message that was accepted. */
export interface Accepted {
  id: string
  seq: number
  rev: number
  created_at: string
}

export interface ReadCursor {
  read_seq: number
  unread: number
  mentions: number
}
