import type { Message, MessagePage } from '../api/wire'
import type { Change } from './change'

/**
 * What the page holds of one room's messages: an unbroken run of `seq` up to the newest one,
 * true as of the revision `rev`.
 */
export interface Timeline {
  readonly rev: number
  readonly messages: readonly Message[]
  /** Whether the server has older messages. */
  readonly hasOlder: boolean
}

export type Applied =
  | { outcome: 'applied'; timeline: Timeline }
  /** The change is part of the timeline already. */
  | { outcome: 'known' }
  /** Changes between `timeline.rev` and this one are missing: the store has to be read. */
  | { outcome: 'gap' }

export function apply(timeline: Timeline, change: Change): Applied {
  if (change.rev <= timeline.rev) return { outcome: 'known' }
  if (change.rev > timeline.rev + 1) return { outcome: 'gap' }
  const messages = change.type === 'message.created' ? join(timeline.messages, [change.message]) : timeline.messages
  if (!messages) return { outcome: 'gap' }
  return { outcome: 'applied', timeline: { ...timeline, rev: change.rev, messages } }
}

/**
 * Takes in the newest page, read at or after `rev`. Messages newer than `rev` may be in it; their
 * changes are still to come and find them here.
 */
export function takeNewest(timeline: Timeline | null, rev: number, page: MessagePage): Timeline {
  const fresh: Timeline = { rev, messages: page.messages, hasOlder: page.has_more }
  if (!timeline) return fresh
  const messages = join(timeline.messages, page.messages)
  // Too much was missed for the page to reach back to what is held: start over from the page.
  if (!messages) return fresh
  return { rev: Math.max(rev, timeline.rev), messages, hasOlder: timeline.hasOlder }
}

export function takeOlder(timeline: Timeline, page: MessagePage): Timeline {
  const messages = join(page.messages, timeline.messages)
  return messages ? { ...timeline, messages, hasOlder: page.has_more } : timeline
}

/** Lets go of the oldest messages; they can be read again. */
export function keepNewest(timeline: Timeline, count: number): Timeline {
  if (timeline.messages.length <= count) return timeline
  return { ...timeline, messages: timeline.messages.slice(-count), hasOlder: true }
}

export function lastSeq(timeline: Timeline | null): number {
  return timeline?.messages.at(-1)?.seq ?? 0
}

/** Both runs as one, each `seq` once, the higher `rev` winning; nothing if a hole lies between them. */
function join(older: readonly Message[], newer: readonly Message[]): readonly Message[] | undefined {
  const first = newer[0]
  const last = older.at(-1)
  if (!first) return older
  if (!last) return newer
  if (first.seq === last.seq + 1) return [...older, ...newer]
  if (first.seq > last.seq) return undefined
  const by_seq = new Map(older.map((message) => [message.seq, message]))
  for (const message of newer) {
    const held = by_seq.get(message.seq)
    if (!held || held.rev <= message.rev) by_seq.set(message.seq, message)
  }
  return [...by_seq.values()].sort((a, b) => a.seq - b.seq)
}
