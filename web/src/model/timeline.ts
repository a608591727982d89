import type { Message, MessagePage } from '../api/wire'
import type { Change } from './change'
import { answered, reacted, revised } from './message'

/**
 * What the page holds of one room's messages, or of those of one thread: an unbroken run of
 * them, true as of the revision `rev`.
 */
export interface Timeline {
  readonly rev: number
  /** The message whose thread this is; `null` for the room's messages of no thread. */
  readonly thread: number | null
  readonly messages: readonly Message[]
  /** Whether the server has older messages. */
  readonly hasOlder: boolean
  /** Whether the server has newer ones: the run does not reach to the end. */
  readonly hasNewer: boolean
  /** Messages whose replies have to be counted anew by the server: one of them was deleted. */
  readonly recount: readonly number[]
}

export type Applied =
  | { outcome: 'applied'; timeline: Timeline }
  /** The change is part of the timeline already. */
  | { outcome: 'known' }
  /** Changes between `timeline.rev` and this one are missing: the store has to be read. */
  | { outcome: 'gap' }

/** For whom the timeline is held. */
export interface Viewer {
  me: string
}

export function apply(timeline: Timeline, change: Change, viewer: Viewer): Applied {
  if (change.rev <= timeline.rev) return { outcome: 'known' }
  if (change.rev > timeline.rev + 1) return { outcome: 'gap' }
  return { outcome: 'applied', timeline: { ...effect(timeline, change, viewer), rev: change.rev } }
}

/**
 * A page that was read when the head was at `rev`, or later. Changes after `rev` may be in it;
 * they are still to come, and make no difference to what knows them already.
 */
export function taken(rev: number, thread: number | null, page: MessagePage, hasNewer = false): Timeline {
  return { rev, thread, messages: page.messages, hasOlder: page.has_more, hasNewer, recount: [] }
}

/**
 * Older messages, put in front. `meanwhile` are the changes that were applied while the page was
 * on its way: it may be from before them.
 */
export function takeOlder(timeline: Timeline, page: MessagePage, meanwhile: readonly Change[], viewer: Viewer): Timeline {
  const before = timeline.messages[0]?.seq ?? Number.MAX_SAFE_INTEGER
  const older = page.messages.filter((message) => message.seq < before)
  return again({ ...timeline, messages: [...older, ...timeline.messages], hasOlder: page.has_more }, meanwhile, viewer)
}

/** Newer messages of a timeline that does not reach to the end; as for older ones. */
export function takeNewer(timeline: Timeline, page: MessagePage, meanwhile: readonly Change[], viewer: Viewer): Timeline {
  const after = lastSeq(timeline)
  const newer = page.messages.filter((message) => message.seq > after)
  return again({ ...timeline, messages: [...timeline.messages, ...newer], hasNewer: page.has_more }, meanwhile, viewer)
}

/** One message as the server tells it, where it is held; as for older ones. */
export function takeOne(timeline: Timeline, message: Message, meanwhile: readonly Change[], viewer: Viewer): Timeline {
  const recount = timeline.recount.filter((seq) => seq !== message.seq)
  const messages = timeline.messages.map((held) => (held.seq === message.seq ? message : held))
  return again({ ...timeline, messages, recount }, meanwhile, viewer)
}

/** Lets go of the oldest messages; they can be read again. */
export function keepNewest(timeline: Timeline, count: number): Timeline {
  if (timeline.messages.length <= count) return timeline
  return { ...timeline, messages: timeline.messages.slice(-count), hasOlder: true }
}

export function lastSeq(timeline: Timeline | null): number {
  return timeline?.messages.at(-1)?.seq ?? 0
}

export function find(timeline: Timeline | null, seq: number): Message | undefined {
  return timeline?.messages.find((message) => message.seq === seq)
}

function again(timeline: Timeline, changes: readonly Change[], viewer: Viewer): Timeline {
  return changes.reduce((now, change) => effect(now, change, viewer), timeline)
}

/** What a change does to the messages that are held. To do it twice makes no difference. */
function effect(timeline: Timeline, change: Change, { me }: Viewer): Timeline {
  switch (change.type) {
    case 'message.created': {
      const { message } = change
      const root = message.thread
      const counted = root === undefined ? timeline : update(timeline, root, (held) => answered(held, message))
      return (root ?? null) === timeline.thread ? append(counted, message) : counted
    }
    case 'message.deleted': {
      const { message } = change
      const after = update(timeline, message.seq, (held) => revised(held, message))
      return message.thread === undefined ? after : doubt(after, message.thread)
    }
    case 'message.edited':
    case 'message.pinned':
    case 'message.unpinned':
      return update(timeline, change.message.seq, (held) => revised(held, change.message))
    case 'messages.removed':
      return without(timeline, change.up_to)
    case 'reaction.added':
    case 'reaction.removed':
      return update(timeline, change.seq, (held) => reacted(held, change, me))
    default:
      return timeline
  }
}

function update(timeline: Timeline, seq: number, to: (message: Message) => Message): Timeline {
  const held = find(timeline, seq)
  if (!held) return timeline
  return { ...timeline, messages: timeline.messages.map((message) => (message === held ? to(message) : message)) }
}

function append(timeline: Timeline, message: Message): Timeline {
  if (message.seq <= lastSeq(timeline)) return update(timeline, message.seq, (held) => revised(held, message))
  return timeline.hasNewer ? timeline : { ...timeline, messages: [...timeline.messages, message] }
}

/** What is older than what is held may be gone as a whole; then there is nothing to ask for. */
function without(timeline: Timeline, upTo: number): Timeline {
  const [first] = timeline.messages
  if (!first || upTo < first.seq - 1) return timeline
  const messages = timeline.messages.filter((message) => message.seq > upTo)
  return { ...timeline, messages, hasOlder: false, recount: timeline.recount.filter((seq) => seq > upTo) }
}

function doubt(timeline: Timeline, root: number): Timeline {
  if (!find(timeline, root) || timeline.recount.includes(root)) return timeline
  return { ...timeline, recount: [...timeline.recount, root] }
}
