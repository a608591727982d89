/** The shapes of docs/PROTOCOL.md §1. Fields that the page does not use are left out. */

export interface User {
  id: string
  name: string
  display_name: string
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
  last_message?: Message | null
}

export interface Member {
  user: User
  role: Role
  joined_at: string
  read_seq: number
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
}

export interface MessagePage {
  messages: Message[]
  has_more: boolean
}

export interface ServerConfig {
  sign_up: boolean
  version: string
  max_message_bytes: number
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
}
