import type { User } from '../api/wire'
import { nameOf, inWords } from './face'
import type { Change } from './change'

/**
 * What happened to a room and is no message: a quiet line between messages. Pages of history hold messages only, so these
 * are known of what was heard, live or by resume, since the page follows the room.
 */
export type Note = Extract<Change, { type: (typeof NOTED)[number] }> & { at: string }

const NOTED = ['room.renamed', 'room.settings_changed', 'member.joined', 'member.left', 'member.role_changed', 'member.muted', 'member.unmuted'] as const

export function noteOf(change: Change): Note | undefined {
  const is_noted = (NOTED as readonly string[]).includes(change.type)
  return is_noted && change.at !== undefined ? (change as Note) : undefined
}

/** Notes in the order of the room's log, the newest `most` of them. One that is known already changes nothing. */
export function withNote(notes: readonly Note[], note: Note, most: number): readonly Note[] {
  const last = notes.at(-1)
  return last && note.rev <= last.rev ? notes : [...notes.slice(1 - most), note]
}

/** Whether two that follow each other are told in one line. */
export function goesOn(previous: Note, note: Note): boolean {
  if (kindOf(previous) !== kindOf(note)) return false
  return note.type === 'member.joined' || note.type === 'member.left' || note.type === 'room.settings_changed'
}

/** The sentence for notes that go on one another; `now` has everybody as they are called by now. */
export function tell(notes: readonly Note[], me: string, until: (at: string) => string, now: (user: User) => User): string {
  const [first] = notes
  if (!first) return ''
  const by = !first.by ? 'Somebody' : first.by.id === me ? 'You' : nameOf(now(first.by))
  const users = notes.flatMap((note) => ('user' in note ? [now(note.user)] : []))
  const who = people(users, me, isOwnDoing(first) ? 'You' : 'you')
  switch (first.type) {
    case 'member.joined':
      return isOwnDoing(first) ? `${who} joined` : `${by} added ${who}`
    case 'member.left':
      if (isOwnDoing(first)) return `${who} left`
      return first.banned ? `${by} banned ${who}` : `${by} removed ${who}`
    case 'member.role_changed':
      return `${by} made ${who} ${{ owner: 'the owner', admin: 'an admin', member: 'a member' }[first.role]}`
    case 'member.muted':
      return first.until && !isForGood(first.until) ? `${by} muted ${who} until ${until(first.until)}` : `${by} muted ${who}`
    case 'member.unmuted':
      return `${by} let ${who} write again`
    case 'room.renamed':
      return `${by} renamed the room to “${first.name}”`
    case 'room.settings_changed':
      return `${by} changed the room’s settings`
  }
}

/** The server writes "for good" as a time that nobody will see. */
export const FOR_GOOD = '9999-12-31T23:59:59.999Z'

export function isForGood(until: string): boolean {
  return until >= FOR_GOOD
}

const MOST_NAMED = 3

/** The first of them by name, and how many more. */
function people(users: readonly User[], me: string, you: string): string {
  const all = [...new Map(users.map((user) => [user.id, user.id === me ? you : nameOf(user)])).values()]
  if (all.length <= MOST_NAMED) return inWords(all)
  return inWords([all[0] ?? '', `${all.length - 1} others`])
}

function kindOf(note: Note): string {
  if (note.type === 'member.joined' || note.type === 'member.left') {
    return isOwnDoing(note) ? note.type : `${note.type} ${note.by?.id} ${'banned' in note}`
  }
  return `${note.type} ${note.by?.id}`
}

function isOwnDoing(note: Note): boolean {
  return 'user' in note && (note.by === undefined || note.by.id === note.user.id)
}
