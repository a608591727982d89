import type { Message, User } from '../api/wire'
import { dayOf } from './calendar'
import { goesOn, type Note } from './notes'
import { shown, type Attached, type Outbox } from './outbox'
import type { Timeline } from './timeline'

/** What a message carries, whether the server has it or not. */
export type ShownFile = Attached

/** A message as the timeline shows it, whether the server has it or not. */
export interface ShownMessage {
  /** Stays the same when the pending message becomes a sent one. */
  key: string
  clientId: string
  seq: number | undefined
  sender: User
  text: string
  at: string
  state: 'pending' | 'sent' | 'failed'
  reason: string | undefined
  replyTo: number | undefined
  files: readonly ShownFile[]
  /** What the server tells of it; nothing before its change has arrived. */
  sent: Message | undefined
}

export type Row =
  | { row: 'day'; key: string; at: string }
  | { row: 'unread'; key: string }
  | { row: 'notes'; key: string; notes: readonly Note[] }
  | { row: 'message'; key: string; message: ShownMessage; /** Starts a group: shows who and when. */ first: boolean }

const GROUP_MS = 5 * 60 * 1000

/** Which timeline: a room's, or that of one of its threads. */
export interface Place {
  room: string
  thread: number | null
}

export function shownMessage(message: Message): ShownMessage {
  return {
    key: `${message.sender.id} ${message.client_id}`,
    clientId: message.client_id,
    seq: message.seq,
    sender: message.sender,
    text: message.text,
    at: message.created_at,
    state: 'sent',
    reason: undefined,
    replyTo: message.reply_to,
    files: (message.attachments ?? []).map((file) => ({ ...file, key: file.id, file })),
    sent: message,
  }
}

export function shownMessages(messages: readonly Message[], outbox: Outbox, { room, thread }: Place, me: User): ShownMessage[] {
  const list = messages.map(shownMessage)
  const keys = new Set(list.map((message) => message.key))
  for (const entry of shown(outbox, room, thread)) {
    const key = `${me.id} ${entry.clientId}`
    // The change may be here before the acknowledgement is.
    if (keys.has(key)) continue
    const state = entry.state === 'accepted' ? 'sent' : entry.state
    const { clientId, seq, text, writtenAt: at, reason, replyTo, attachments: files = [] } = entry
    list.push({ key, clientId, seq, sender: me, text, at, state, reason, replyTo, files, sent: undefined })
  }
  return list
}

export interface Layout {
  readSeq: number
  me: string
  /** What happened between the messages, in order. */
  notes?: readonly Note[]
}

/** Lays messages out: a line per day, one above the first unread message, groups by sender, and what happened in between. */
export function layOut(messages: readonly ShownMessage[], { readSeq, me, notes = [] }: Layout): Row[] {
  const rows: Row[] = []
  let previous: ShownMessage | undefined
  let previous_at: string | undefined
  let unread_shown = false
  let noted = 0

  /** Whether a new day begins here. */
  function reach(at: string, key: string): boolean {
    const is_new_day = previous_at === undefined || dayOf(previous_at) !== dayOf(at)
    if (is_new_day) rows.push({ row: 'day', key: `day ${key}`, at })
    previous_at = at
    return is_new_day
  }

  /** Whether anything happened before `rev`. */
  function noteUntil(rev: number): boolean {
    const from = noted
    for (let note = notes[noted]; note && note.rev < rev; note = notes[++noted]) {
      reach(note.at, `note ${note.rev}`)
      const last = rows.at(-1)
      const before = last?.row === 'notes' ? last.notes.at(-1) : undefined
      if (last?.row === 'notes' && before && goesOn(before, note)) rows[rows.length - 1] = { ...last, notes: [...last.notes, note] }
      else rows.push({ row: 'notes', key: `note ${note.rev}`, notes: [note] })
    }
    return noted > from
  }

  for (const message of messages) {
    // What the server has not ordered yet comes after all that it has.
    const is_parted = noteUntil(message.sent?.rev ?? Infinity)
    let first = !previous || is_parted || !continues(previous, message)
    if (reach(message.at, message.key)) first = true
    if (!unread_shown && message.seq !== undefined && message.seq > readSeq && message.sender.id !== me) {
      unread_shown = true
      // Above the very first message loaded it would say nothing about where reading stopped.
      if (previous || message.seq === 1) {
        rows.push({ row: 'unread', key: 'unread' })
        first = true
      }
    }
    rows.push({ row: 'message', key: message.key, message, first })
    previous = message
  }
  noteUntil(Infinity)
  return rows
}

/** Those of the notes that stand between the messages held: what lies beyond them belongs elsewhere. */
export function notesWithin(notes: readonly Note[], timeline: Timeline | null): readonly Note[] {
  if (!timeline || timeline.thread !== null) return []
  const { messages, hasOlder, hasNewer } = timeline
  const from = hasOlder ? (messages[0]?.rev ?? 0) : 0
  const to = hasNewer ? (messages.at(-1)?.rev ?? 0) : Infinity
  return notes.filter((note) => note.rev > from && note.rev < to)
}

/** Whether a message goes on what the same person has just written. An answer begins anew with what it answers. */
function continues(previous: ShownMessage, message: ShownMessage): boolean {
  return previous.sender.id === message.sender.id && message.replyTo === undefined && Date.parse(message.at) - Date.parse(previous.at) <= GROUP_MS
}
