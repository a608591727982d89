import { request } from './http'
import type { Member, MessagePage, Role, Room, RoomKind, ServerConfig, Session, User } from './wire'

const id = encodeURIComponent

/** The largest page that the server hands out. */
const MOST = 200

export const config = () => request<ServerConfig>('GET', 'config')

export const signUp = (account: { name: string; password: string; display_name?: string }) => request<User>('POST', 'users', { body: account })
export const me = () => request<User>('GET', 'users/me')
export const findUsers = (query: string) => request<{ users: User[] }>('GET', 'users', { query: { query, limit: 20 } }).then((found) => found.users)

export const signIn = (credentials: { name: string; password: string; device: string }) =>
  request<{ user: User; session: Session }>('POST', 'sessions', { body: credentials })
export const sessions = () => request<{ sessions: Session[] }>('GET', 'sessions').then((list) => list.sessions)
export const signOut = () => request<void>('DELETE', 'sessions/current')
export const revoke = (session: string) => request<void>('DELETE', `sessions/${id(session)}`)

export const rooms = () => request<{ rooms: Room[] }>('GET', 'rooms', { query: { limit: MOST } }).then((list) => list.rooms)
export const publicRooms = (query: string) =>
  request<{ rooms: Room[] }>('GET', 'rooms/public', { query: { query: query || undefined, limit: 50 } }).then((list) => list.rooms)
export const room = (room: string) => request<Room>('GET', `rooms/${id(room)}`)
export const createRoom = (room: { kind: RoomKind; name?: string; members?: string[] }) => request<Room>('POST', 'rooms', { body: room })
export const renameRoom = (room: string, name: string) => request<Room>('PATCH', `rooms/${id(room)}`, { body: { name } })

export const members = (room: string, after?: string) =>
  request<{ members: Member[]; has_more: boolean }>('GET', `rooms/${id(room)}/members`, { query: { after, limit: MOST } })
export const addMember = (room: string, user: string) => request<Member>('POST', `rooms/${id(room)}/members`, { body: { user } })
export const setRole = (room: string, user: string, role: Role) => request<Member>('PATCH', `rooms/${id(room)}/members/${id(user)}`, { body: { role } })
export const removeMember = (room: string, user: string) => request<void>('DELETE', `rooms/${id(room)}/members/${id(user)}`)

export const messages = (room: string, page: { before_seq?: number; limit: number }) =>
  request<MessagePage>('GET', `rooms/${id(room)}/messages`, { query: page })

export const presence = (users: string[]) =>
  request<{ online: string[] }>('GET', 'presence', { query: { users: users.join(',') } }).then((answer) => answer.online)
