import type { Message, NotificationLevel, PresenceKind, Room, RoomNotifications } from '../api/wire'
import { mentionsUser } from './message'

/** Mutes that end when one says so carry a time that never comes. */
export const FOR_GOOD = '9999-12-31T23:59:59Z'

export function notificationsOf(room: Room): RoomNotifications {
  return room.notifications ?? { level: room.kind === 'public' ? 'mentions' : 'all' }
}

export function isMuted(room: Room, now_ms: number): boolean {
  const until = room.notifications?.muted_until
  return until != null && Date.parse(until) > now_ms
}

export interface MuteChoice {
  label: string
  hours: number | null
}

export const MUTE_FOR: readonly MuteChoice[] = [
  { label: '1 hour', hours: 1 },
  { label: '8 hours', hours: 8 },
  { label: '24 hours', hours: 24 },
  { label: 'Until I turn it on', hours: null },
]

export function mutedUntil({ hours }: MuteChoice, now_ms: number): string {
  return hours === null ? FOR_GOOD : new Date(now_ms + hours * 3_600_000).toISOString()
}

/** Whether the room asks for attention by what is unread in it. */
export function asksAttention(room: Room, now_ms: number): boolean {
  if (room.role === null || isMuted(room, now_ms)) return false
  const { level } = notificationsOf(room)
  return level === 'all' ? room.unread > 0 || room.mentions > 0 : level === 'mentions' && room.mentions > 0
}

/** Whether somebody who is not looking is told of a message that arrives. */
export function tells(room: Room, message: Message, me: string, presence: PresenceKind | undefined, now_ms: number): boolean {
  if (room.role === null || message.sender.id === me || presence === 'dnd' || isMuted(room, now_ms)) return false
  const { level } = notificationsOf(room)
  return levelTells(level, mentionsUser(message, me), message.thread !== undefined)
}

function levelTells(level: NotificationLevel, mentioned: boolean, in_thread: boolean): boolean {
  if (level === 'none') return false
  return mentioned || (level === 'all' && !in_thread)
}
