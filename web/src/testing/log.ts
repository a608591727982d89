import type { Message, MessagePage } from '../api/wire'
import type { Change } from '../model/change'
import { message, user } from './samples'

/** A change before it has its place in the log. */
type Told<One = Change> = One extends Change ? Omit<One, 'room' | 'rev'> : never

interface Held {
  told: Message
  reactions: { emoji: string; user: string }[]
}

const AT = '2026-01-05T11:00:00.000Z'

/** A room as the server keeps it: a log of changes, and pages of what is true now. */
export class RoomLog {
  /** As they were told when they happened. */
  readonly changes: Change[] = []
  readonly #messages: Held[] = []
  /** Up to which message all have outlived their time. */
  #gone = 0

  get rev(): number {
    return this.changes.length
  }
  get last(): number {
    return this.#messages.length
  }

  create(thread?: number): void {
    const seq = this.last + 1
    const told = message(seq, { rev: this.rev + 1, ...(thread === undefined ? {} : { thread }) })
    this.#messages.push({ told, reactions: [] })
    this.#tell({ type: 'message.created', message: told })
  }

  edit(seq: number): void {
    this.#revise('message.edited', seq, { text: `edited at ${this.rev}`, edited_at: AT })
  }

  delete(seq: number): void {
    const held = this.#get(seq)
    if (!held) return
    const { thread } = held.told
    held.told = message(seq, { rev: held.told.rev, text: '', deleted_at: AT, ...(thread === undefined ? {} : { thread }) })
    held.reactions = []
    this.#tell({ type: 'message.deleted', message: held.told, by: user('ben') })
  }

  pin(seq: number): void {
    const pinned = this.#get(seq)?.told.pinned_at !== undefined
    this.#revise(pinned ? 'message.unpinned' : 'message.pinned', seq, { pinned_at: pinned ? undefined : AT })
  }

  react(seq: number, emoji: string, who: string): void {
    const held = this.#get(seq)
    if (!held) return
    const mine = held.reactions.findIndex((one) => one.emoji === emoji && one.user === who)
    if (mine < 0) held.reactions.push({ emoji, user: who })
    else held.reactions.splice(mine, 1)
    const count = held.reactions.filter((one) => one.emoji === emoji).length
    this.#tell({ type: mine < 0 ? 'reaction.added' : 'reaction.removed', seq, emoji, user: user(who), count })
  }

  remove(upTo: number): void {
    if (upTo <= this.#gone) return
    this.#gone = upTo
    this.#tell({ type: 'messages.removed', up_to: upTo })
  }

  /** The same change as a resume tells it: with the message as it is now. */
  replayed(change: Change): Change {
    if (!('message' in change)) return change
    const { room, rev, message } = change
    if (message.seq <= this.#gone) return { type: 'messages.removed', room, rev, up_to: message.seq }
    const now = this.#messages[message.seq - 1]
    return now ? { ...change, message: now.told } : change
  }

  one(seq: number): Message | undefined {
    const held = seq > this.#gone ? this.#messages[seq - 1] : undefined
    return held && this.#view(held)
  }

  page(thread: number | null, { before = Infinity, after, limit = Infinity }: { before?: number; after?: number; limit?: number } = {}): MessagePage {
    const all = this.#messages.filter(({ told }) => (told.thread ?? null) === thread && told.seq < before && told.seq > Math.max(this.#gone, after ?? 0))
    const some = after !== undefined ? all.slice(0, limit) : all.slice(Math.max(0, all.length - limit))
    return { messages: some.map((held) => this.#view(held)), has_more: some.length < all.length }
  }

  #view({ told, reactions }: Held): Message {
    const emoji = [...new Set(reactions.map((one) => one.emoji))]
    const replies = this.#messages.filter((other) => other.told.thread === told.seq && !other.told.deleted_at)
    const last = replies.at(-1)?.told
    return {
      ...told,
      ...(emoji.length > 0 ? { reactions: emoji.map((each) => ({ emoji: each, ...countOf(reactions, each) })) } : {}),
      ...(last ? { replies: { count: replies.length, last_seq: last.seq, last_at: last.created_at } } : {}),
    }
  }

  #revise(type: 'message.edited' | 'message.pinned' | 'message.unpinned', seq: number, to: Partial<Message>): void {
    const held = this.#get(seq)
    if (!held) return
    held.told = { ...held.told, ...to }
    this.#tell({ type, message: held.told, by: user('ben') })
  }

  #get(seq: number): Held | undefined {
    const held = seq > this.#gone ? this.#messages[seq - 1] : undefined
    return held?.told.deleted_at ? undefined : held
  }

  #tell(change: Told): void {
    this.changes.push({ ...change, room: 'r', rev: this.rev + 1 })
  }
}

function countOf(reactions: Held['reactions'], emoji: string) {
  const users = reactions.filter((one) => one.emoji === emoji).map((one) => one.user)
  return { count: users.length, users }
}
