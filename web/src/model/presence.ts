import type { PresenceEntry, PresenceKind } from '../api/wire'
import { timeAgo } from './calendar'

export const PRESENCE_NAMES: Record<PresenceKind, string> = {
  online: 'online',
  away: 'away',
  dnd: 'do not disturb',
  offline: 'offline',
}

/** A line about somebody: what they are, what they say of themselves, or when they were last there. */
export function presenceLine(entry: PresenceEntry | undefined, now_ms: number): string {
  if (!entry) return ''
  const { presence, text, last_seen_at } = entry
  const name = PRESENCE_NAMES[presence]
  const state = name.charAt(0).toUpperCase() + name.slice(1)
  if (text) return `${state} · ${text}`
  if (presence === 'offline' && last_seen_at) return `Last seen ${timeAgo(last_seen_at, now_ms)}`
  return state
}

/** What holds by now: nobody tells that the time which somebody has set is over. */
export function current(entry: PresenceEntry | undefined, now_ms: number): PresenceEntry | undefined {
  if (!entry?.until || Date.parse(entry.until) > now_ms) return entry
  const { text: _said, until: _over, ...rest } = entry
  return { ...rest, presence: entry.presence === 'offline' ? 'offline' : 'online' }
}

/** What a change tells of people, against what was known: their words stay until they take them back. */
export function presenceAfter(
  known: (user: string) => PresenceEntry | undefined,
  change: { online: readonly string[]; offline: readonly string[]; changed?: readonly PresenceEntry[] },
  at: string,
): PresenceEntry[] {
  const exact = new Set((change.changed ?? []).map(({ id }) => id))
  const become = (ids: readonly string[], to: (held: PresenceEntry) => PresenceEntry) =>
    ids.filter((id) => !exact.has(id)).map((id) => to(known(id) ?? { id, presence: 'offline' }))
  return [
    ...become(change.online, (held) => ({ ...held, presence: 'online' })),
    ...become(change.offline, (held) => ({ ...held, presence: 'offline', last_seen_at: at })),
    ...(change.changed ?? []).map((entry) => ({ ...entry, last_seen_at: entry.last_seen_at ?? known(entry.id)?.last_seen_at })),
  ]
}

export interface ClearAfter {
  label: string
  /** `undefined`: it stays. */
  until: (now: Date) => Date | undefined
}

const later = (now: Date, minutes: number) => new Date(now.getTime() + minutes * 60_000)

/** Midnight at the end of the day that is so many days from now. */
function endOfDay(now: Date, days: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days + 1)
}

export const CLEAR_AFTER: readonly ClearAfter[] = [
  { label: 'Do not clear', until: () => undefined },
  { label: '30 minutes', until: (now) => later(now, 30) },
  { label: '1 hour', until: (now) => later(now, 60) },
  { label: '4 hours', until: (now) => later(now, 240) },
  { label: 'Today', until: (now) => endOfDay(now, 0) },
  // Weeks end with Sunday.
  { label: 'This week', until: (now) => endOfDay(now, (7 - now.getDay()) % 7) },
]
