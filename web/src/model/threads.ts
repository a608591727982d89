import { MANY, type Thread } from '../api/wire'
import type { Change } from './change'
import { answered, revised } from './message'

export const threadKey = (room: string, root: number) => `${room} ${root}`

/** A thread that the user takes part in, after a change of its room. */
export function applyToThread(thread: Thread, change: Change, me: string): Thread {
  const { root } = thread
  if (change.room !== root.room || !('message' in change)) return thread
  const { message } = change
  if (message.seq === root.seq) return { ...thread, root: revised(root, message) }
  if (change.type !== 'message.created' || message.thread !== root.seq) return thread
  const next = { ...thread, root: answered(root, message) }
  // A reply that is counted already changes nothing.
  if (next.root === root) return thread
  if (message.sender.id === me) return { ...next, read_seq: Math.max(thread.read_seq, message.seq), unread: 0 }
  return message.seq > thread.read_seq ? { ...next, unread: Math.min(MANY, thread.unread + 1) } : next
}

/** A thread read from the server against the one held: one's place in it only moves forward. */
export function mergeThread(held: Thread | undefined, read: Thread): Thread {
  if (!held || held.read_seq <= read.read_seq) return read
  const all = (read.root.replies?.last_seq ?? 0) <= held.read_seq
  return { ...read, read_seq: held.read_seq, unread: all ? 0 : Math.min(held.unread, read.unread) }
}

export function lastReply({ root }: Thread): string {
  return root.replies?.last_at ?? root.created_at
}

export function byLastReply(a: Thread, b: Thread): number {
  return lastReply(b).localeCompare(lastReply(a)) || a.root.id.localeCompare(b.root.id)
}
