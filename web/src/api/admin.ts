import { request } from './http'
import type { Message, Room, RoomKind, Session, User } from './wire'

/** What those may see and do who look after the server: shapes and calls. */

export interface Figures {
  at: string
  /** The one that answers: rates, memory and processor time are its own. */
  node?: string
  connections: number
  users: number
  rooms: number
  messages: number
  sends_per_s: number
  deliveries_per_s: number
  memory_bytes: number
  cpu_s: number
}

export interface Node {
  name: string
  version: string
  connections: number
  state: 'running' | 'draining' | 'dead'
  heard_at?: string
  /** Only of the node that answers. */
  rooms?: number
  started_at?: string
}

export interface Account extends User {
  created_at: string
  admin: boolean
  disabled: boolean
  last_seen_at?: string | null
  rooms: number
}

export interface RoomFacts {
  id: string
  kind: RoomKind
  name: string | null
  member_count: number
  head_seq: number
  created_at: string
  last_message_at?: string | null
}

export type ReportState = 'open' | 'closed'
export type ReportAction = 'dismiss' | 'delete_message' | 'ban_sender' | 'disable_sender'

export interface Report {
  id: string
  message: Message
  room: Pick<Room, 'id' | 'name' | 'kind'>
  by: User
  reason: 'spam' | 'abuse' | 'other'
  comment?: string
  created_at: string
  state: ReportState
  closed_by?: User
  closed_at?: string
  action?: ReportAction
  note?: string
}

export interface AuditEntry {
  id: string | number
  at: string
  /** `null`: the operator, by the command line. */
  by: User | null
  action: string
  room?: string | { id: string; name?: string | null }
  user?: string | User
  details?: unknown
}

export interface BotKey {
  id: string
  created_at?: string
  last_used_at?: string | null
}

export interface ServerKey extends BotKey {
  name: string
}

/** A page of a list, and whether there is another. */
export interface Page<One> {
  list: One[]
  has_more: boolean
}

export interface PageOf {
  query?: string
  after?: string
}

const id = encodeURIComponent
const LIMIT = 50

const page = async <One>(path: string, key: string, query: Record<string, string | undefined>): Promise<Page<One>> => {
  const answer = await request<Record<string, One[]> & { has_more?: boolean }>('GET', path, { query: { ...query, limit: LIMIT } })
  return { list: answer[key] ?? [], has_more: answer.has_more === true }
}

export const figures = () => request<Figures>('GET', 'admin/figures')
export const nodes = () => request<{ nodes: Node[] }>('GET', 'admin/nodes').then((list) => list.nodes)

export const users = ({ query, after }: PageOf) => page<Account>('admin/users', 'users', { query: query || undefined, after })
export const changeUser = (user: string, to: { admin?: boolean; disabled?: boolean }) => request<unknown>('PATCH', `admin/users/${id(user)}`, { body: to })
export const userSessions = (user: string) => request<{ sessions: Session[] }>('GET', `admin/users/${id(user)}/sessions`).then((list) => list.sessions)
export const revokeSession = (session: string) => request<void>('DELETE', `admin/sessions/${id(session)}`)
export const eraseUser = (user: string) => request<void>('DELETE', `admin/users/${id(user)}`)

export const rooms = ({ query, after }: PageOf) => page<RoomFacts>('admin/rooms', 'rooms', { query: query || undefined, after })

export const reports = (state: ReportState, { after }: PageOf) => page<Report>('admin/reports', 'reports', { state, after })
export const closeReport = (report: string, action: ReportAction, note?: string) => request<unknown>('POST', `admin/reports/${id(report)}`, { body: { action, note } })

export const audit = ({ after }: PageOf) => page<AuditEntry>('admin/audit', 'entries', { after })

export const bots = ({ after }: PageOf) => page<User>('bots', 'bots', { after })
export const createBot = (bot: { name: string; display_name: string }) => request<{ user: User; key: string }>('POST', 'bots', { body: bot })
export const botKeys = (bot: string) => request<{ keys: BotKey[] }>('GET', `bots/${id(bot)}/keys`).then((list) => list.keys)
export const createBotKey = (bot: string) => request<{ id: string; key: string }>('POST', `bots/${id(bot)}/keys`)
export const deleteBotKey = (bot: string, key: string) => request<void>('DELETE', `bots/${id(bot)}/keys/${id(key)}`)

export const keys = () => request<{ keys: ServerKey[] }>('GET', 'admin/keys').then((list) => list.keys)
export const createKey = (name: string) => request<{ id: string; key: string }>('POST', 'admin/keys', { body: { name } })
export const deleteKey = (key: string) => request<void>('DELETE', `admin/keys/${id(key)}`)
