import type { AuditEntry } from '../api/admin'
import { mediumTime } from './calendar'
import { nameOf } from './face'
import { isForGood } from './notes'

const SAID: Record<string, string> = {
  'user.disabled': 'disabled the account',
  'user.enabled': 'enabled the account again',
  'user.admin_granted': 'made an admin',
  'user.admin_revoked': 'took the admin’s rights',
  'user.erased': 'erased the account',
  'session.revoked': 'ended a session',
  'report.closed': 'closed a report',
  'room.user_banned': 'banned',
  'room.user_unbanned': 'lifted the ban of',
  'room.member_muted': 'muted',
  'room.member_unmuted': 'let write again',
  'room.member_removed': 'removed',
  'room.role_set': 'changed the role of',
  'message.deleted': 'deleted a message of',
  'room.settings_changed': 'changed the settings of the room',
  'bot.created': 'created the bot',
  'bot.key_created': 'made a key for the bot',
  'bot.key_deleted': 'withdrew a key of the bot',
  'key.created': 'made a server key',
  'key.deleted': 'withdrew a server key',
  'hook.created': 'made a webhook',
  'hook.deleted': 'deleted a webhook',
}

/** What was done, in words; what this page has no words for by its own name. */
export function deedOf({ action }: AuditEntry): string {
  return SAID[action] ?? action.replaceAll(/[._]/g, ' ')
}

/** Who or where it was done to; `titleOf` knows rooms that are told by their id alone. */
export function aboutOf({ user, room }: AuditEntry, titleOf: (room: string) => string | undefined = () => undefined): string[] {
  const about: string[] = []
  if (user !== undefined) about.push(typeof user === 'string' ? user : nameOf(user))
  if (room !== undefined) {
    const { id, name } = typeof room === 'string' ? { id: room, name: undefined } : room
    about.push(name || titleOf(id) || `room ${id}`)
  }
  return about
}

/** The rest of it, one line per detail. */
export function detailsOf({ details }: AuditEntry): { name: string; value: string }[] {
  if (typeof details !== 'object' || details === null) return details === undefined || details === null ? [] : [{ name: 'details', value: String(details) }]
  return Object.entries(details)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => ({ name: name.replaceAll('_', ' '), value: told(value) }))
}

const MOMENT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/

function told(value: unknown): string {
  if (typeof value === 'string' && MOMENT.test(value)) return isForGood(value) ? 'for good' : mediumTime(value)
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
