import type { Message, User } from '../api/wire'
import { dayOf } from './calendar'
import { shown, type Outbox } from './outbox'

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
}

export type Row =
  | { row: 'day'; key: string; at: string }
  | { row: 'unread'; key: string }
  | { row: 'message'; key: string; message: ShownMessage; /** Starts a group: shows who and when. */ first: boolean }

const GROUP_MS = 5 * 60 * 1000

export function shownMessages(messages: readonly Message[], outbox: Outbox, room: string, me: User): ShownMessage[] {
  const list: ShownMessage[] = messages.map((message) => ({
    key: `${message.sender.id} ${message.client_id}`,
    clientId: message.client_id,
    seq: message.seq,
    sender: message.sender,
    text: message.text,
    at: message.created_at,
    state: 'sent',
    reason: undefined,
  }))
  const keys = new Set(list.map((message) => message.key))
  for (const entry of shown(outbox, room)) {
    const key = `${me.id} ${entry.clientId}`
    // The change may be here before the acknowledgement is.
    if (keys.has(key)) continue
    const state = entry.state === 'accepted' ? 'sent' : entry.state
    list.push({ key, clientId: entry.clientId, seq: entry.seq, sender: me, text: entry.text, at: entry.writtenAt, state, reason: entry.reason })
  }
  return list
}

/** Lays messages out: a line per day, one above the first unread message, groups by sender. */
export function layOut(messages: readonly ShownMessage[], options: { readSeq: number; me: string }): Row[] {
  const rows: Row[] = []
  let previous: ShownMessage | undefined
  let unread_shown = false
  for (const message of messages) {
    let first = !previous || previous.sender.id !== message.sender.id || Date.parse(message.at) - Date.parse(previous.at) > GROUP_MS
    if (!previous || dayOf(previous.at) !== dayOf(message.at)) {
      rows.push({ row: 'day', key: `day ${message.key}`, at: message.at })
      first = true
    }
    if (!unread_shown && message.seq !== undefined && message.seq > options.readSeq && message.sender.id !== options.me) {
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
  return rows
}
