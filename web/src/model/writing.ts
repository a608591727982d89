import type { Room } from '../api/wire'
import { isForGood } from './notes'
import { least } from './permissions'
import { may } from './room'

/** Whether one may write in a room now, and if not, what stands in the way. */
export type Writing =
  | { state: 'open' }
  /** The next message has to wait until then. */
  | { state: 'slow'; until_ms: number; every_s: number }
  | { state: 'muted'; until: string | undefined }
  /** Only those of this role write here. */
  | { state: 'closed'; to: 'admins' | 'owner' }
  | { state: 'blocked'; by: 'me' | 'peer' }

export interface Situation {
  now_ms: number
  /** Until when the caller is muted. */
  muted_until?: string
  /** When the caller wrote last here. */
  wrote_at?: string
  /** The other of a direct room is blocked. */
  blocked: boolean
  /** The server said that the other of a direct room does not want to hear of the caller. */
  unwanted: boolean
}

export function writingIn(room: Room, { now_ms, muted_until, wrote_at, blocked, unwanted }: Situation): Writing {
  if (room.kind === 'direct' && blocked) return { state: 'blocked', by: 'me' }
  if (room.kind === 'direct' && unwanted) return { state: 'blocked', by: 'peer' }
  if (muted_until !== undefined && Date.parse(muted_until) > now_ms) return { state: 'muted', until: isForGood(muted_until) ? undefined : muted_until }
  if (!may.post(room)) return { state: 'closed', to: least('post', room) === 'owner' ? 'owner' : 'admins' }
  const every_s = room.settings?.slow_mode_s ?? 0
  if (every_s > 0 && wrote_at !== undefined && !may.hurry(room)) {
    const until_ms = Date.parse(wrote_at) + every_s * 1000
    if (until_ms > now_ms) return { state: 'slow', until_ms, every_s }
  }
  return { state: 'open' }
}
