import type { Message, Reaction } from '../api/wire'
import type { Change } from './change'

/** How many of those who reacted are kept by name, as in the server's answers. */
const MOST_NAMED = 50

/**
 * The message as a change tells it, with what changes do not tell kept from the one held. What
 * was deleted keeps only its place, and its thread.
 */
export function revised(held: Message | undefined, told: Message): Message {
  return { ...told, reactions: told.deleted_at ? undefined : (told.reactions ?? held?.reactions), replies: told.replies ?? held?.replies }
}

/** The message after somebody put an emoji under it or took it away. The same again changes nothing. */
export function reacted(message: Message, { type, emoji, user, count }: Extract<Change, { emoji: string }>, me: string): Message {
  // It went with the message; a log that is replayed tells of it nevertheless.
  if (message.deleted_at) return message
  const held = message.reactions ?? []
  if (count === 0) return { ...message, reactions: held.filter((reaction) => reaction.emoji !== emoji) }
  const known = held.find((reaction) => reaction.emoji === emoji)
  const next: Reaction = { emoji, count, users: usersAfter(known?.users ?? [], user.id, type === 'reaction.added', me) }
  return { ...message, reactions: known ? held.map((reaction) => (reaction === known ? next : reaction)) : [...held, next] }
}

function usersAfter(users: readonly string[], user: string, added: boolean, me: string): string[] {
  const others = users.filter((id) => id !== user)
  if (!added) return others
  if (users.includes(user)) return [...users]
  return others.length < MOST_NAMED || user === me ? [...others, user] : others
}

/** A reply to the message was written. One that is counted already is not counted again. */
export function answered(message: Message, reply: Message): Message {
  const { count = 0, last_seq = 0 } = message.replies ?? {}
  if (reply.seq <= last_seq) return message
  return { ...message, replies: { count: reply.deleted_at ? count : count + 1, last_seq: reply.seq, last_at: reply.created_at } }
}

/** The message after a change of its room, whatever that is about. To apply it twice makes no difference. */
export function changed(message: Message, change: Change, me: string): Message {
  switch (change.type) {
    case 'message.created':
      if (change.message.thread === message.seq) return answered(message, change.message)
      return change.message.seq === message.seq ? revised(message, change.message) : message
    case 'message.edited':
    case 'message.deleted':
    case 'message.pinned':
    case 'message.unpinned':
      return change.message.seq === message.seq ? revised(message, change.message) : message
    case 'reaction.added':
    case 'reaction.removed':
      return change.seq === message.seq ? reacted(message, change, me) : message
    default:
      return message
  }
}

export function mentionsUser(message: Message, user: string): boolean {
  return message.sender.id !== user && (message.mentions?.room === true || (message.mentions?.users?.includes(user) ?? false))
}
