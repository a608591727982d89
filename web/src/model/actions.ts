import type { Message, Room } from '../api/wire'
import { may } from './room'

/** What one can do with a message. */
export type Action = 'react' | 'reply' | 'thread' | 'edit' | 'copy' | 'link' | 'pin' | 'unpin' | 'history' | 'report' | 'delete'

/** What this user may do with this message, seen in the room or in a thread: the table of docs/PROTOCOL.md §1. */
export function actionsOn(message: Message, room: Room, me: string, thread: number | null = null): ReadonlySet<Action> {
  const is_member = room.role !== null
  const is_own = message.sender.id === me
  const is_there = message.deleted_at === undefined
  const all: Record<Action, boolean> = {
    react: may.react(room) && is_there,
    reply: may.post(room) && is_there,
    // Threads have no threads, and one that is open need not be opened; what was written in one stays when its beginning is deleted.
    thread: message.thread === undefined && message.seq !== thread && (is_there ? may.post(room) || (message.replies?.count ?? 0) > 0 : (message.replies?.count ?? 0) > 0),
    edit: is_member && is_own && is_there,
    copy: is_there,
    link: true,
    pin: is_there && may.pin(room) && message.pinned_at === undefined,
    unpin: is_there && may.pin(room) && message.pinned_at !== undefined,
    history: is_there && message.edited_at !== undefined && (is_own || may.seeEdits(room)),
    report: is_there && !is_own,
    delete: is_there && is_member && (is_own || may.deleteOthers(room)),
  }
  return new Set((Object.keys(all) as Action[]).filter((action) => all[action]))
}
