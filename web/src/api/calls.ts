import { request } from './http'
import type {
  Edit,
  Member,
  Message,
  MessagePage,
  PageQuery,
  PresenceChoice,
  PresenceEntry,
  Profile,
  Role,
  Room,
  RoomKind,
  RoomNotifications,
  SearchPage,
  SearchQuery,
  ServerConfig,
  Session,
  SettingsPatch,
  Thread,
  User,
} from './wire'

const id = encodeURIComponent
const pathOf = (room: string, seq: number) => `rooms/${id(room)}/messages/${seq}`

/** The largest page that the server hands out. */
export const MOST = 200

export const config = () => request<ServerConfig>('GET', 'config')

export const signUp = (account: { name: string; password: string; display_name?: string }) => request<User>('POST', 'users', { body: account })
export const me = () => request<Profile>('GET', 'users/me')
export const changeMe = (change: { display_name?: string; about?: string | null; avatar?: string | null }) => request<User>('PATCH', 'users/me', { body: change })
export const profile = (user: string) => request<Profile>('GET', `users/${id(user)}`)
export const findUsers = (query: string) => request<{ users: User[] }>('GET', 'users', { query: { query, limit: 20 } }).then((found) => found.users)

export const signIn = (credentials: { name: string; password: string; device: string }) =>
  request<{ user: User; session: Session }>('POST', 'sessions', { body: credentials })
export const sessions = () => request<{ sessions: Session[] }>('GET', 'sessions').then((list) => list.sessions)
export const signOut = () => request<void>('DELETE', 'sessions/current')
export const revoke = (session: string) => request<void>('DELETE', `sessions/${id(session)}`)

export const rooms = (after?: string) => request<{ rooms: Room[] }>('GET', 'rooms', { query: { after, limit: MOST } }).then((list) => list.rooms)
export const publicRooms = (query: string) =>
  request<{ rooms: Room[] }>('GET', 'rooms/public', { query: { query: query || undefined, limit: 50 } }).then((list) => list.rooms)
export const room = (room: string) => request<Room>('GET', `rooms/${id(room)}`)
export const createRoom = (room: { kind: RoomKind; name?: string; members?: string[] }) => request<Room>('POST', 'rooms', { body: room })
export const configureRoom = (room: string, settings: SettingsPatch) => request<Room>('PATCH', `rooms/${id(room)}`, { body: { settings } })
export const renameRoom = (room: string, name: string) => request<Room>('PATCH', `rooms/${id(room)}`, { body: { name } })

export const members = (room: string, after?: string) =>
  request<{ members: Member[]; has_more: boolean }>('GET', `rooms/${id(room)}/members`, { query: { after, limit: MOST } })
export const addMember = (room: string, user: string) => request<Member>('POST', `rooms/${id(room)}/members`, { body: { user } })
export const setRole = (room: string, user: string, role: Role) => request<Member>('PATCH', `rooms/${id(room)}/members/${id(user)}`, { body: { role } })
export const removeMember = (room: string, user: string) => request<void>('DELETE', `rooms/${id(room)}/members/${id(user)}`)

export const messages = (room: string, page: PageQuery) => request<MessagePage>('GET', `rooms/${id(room)}/messages`, { query: { ...page } })
export const message = (room: string, seq: number) => request<Message>('GET', pathOf(room, seq))
export const editMessage = (room: string, seq: number, text: string) => request<Message>('PATCH', pathOf(room, seq), { body: { text } })
export const deleteMessage = (room: string, seq: number) => request<Message>('DELETE', pathOf(room, seq))
export const edits = (room: string, seq: number) => request<{ edits: Edit[] }>('GET', `${pathOf(room, seq)}/edits`).then((list) => list.edits)

export const react = (room: string, seq: number, emoji: string) => request<void>('PUT', `${pathOf(room, seq)}/reactions/${id(emoji)}`)
export const unreact = (room: string, seq: number, emoji: string) => request<void>('DELETE', `${pathOf(room, seq)}/reactions/${id(emoji)}`)

export const pins = (room: string) => request<{ messages: Message[] }>('GET', `rooms/${id(room)}/pins`).then((list) => list.messages)
export const pin = (room: string, seq: number) => request<void>('PUT', `rooms/${id(room)}/pins/${seq}`)
export const unpin = (room: string, seq: number) => request<void>('DELETE', `rooms/${id(room)}/pins/${seq}`)

export const threads = () => request<{ threads: Thread[] }>('GET', 'threads', { query: { limit: 100 } }).then((list) => list.threads)
export const readThread = (room: string, root: number, seq: number) =>
  request<Thread>('POST', `rooms/${id(room)}/threads/${root}/read`, { body: { seq } })

export const presence = (users: string[]) => request<{ online: string[]; users?: PresenceEntry[] }>('GET', 'presence', { query: { users: users.join(',') } })
export const setPresence = (to: { presence: PresenceChoice; text?: string; until?: string }) => request<PresenceEntry>('PUT', 'users/me/presence', { body: to })

export const setNotifications = (room: string, to: { level?: RoomNotifications['level']; muted_until?: string | null }) =>
  request<RoomNotifications>('PATCH', `rooms/${id(room)}/notifications`, { body: to })
export const subscribePush = (subscription: { endpoint: string; keys: { p256dh: string; auth: string }; device?: string }) =>
  request<{ id: string }>('PUT', 'push/subscriptions', { body: subscription })
export const unsubscribePush = (subscription: string) => request<void>('DELETE', `push/subscriptions/${id(subscription)}`)

export const search = (query: SearchQuery, cursor?: string) => request<SearchPage>('GET', 'search', { query: { ...query, cursor, limit: 30 } })
