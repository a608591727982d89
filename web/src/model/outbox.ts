import type { FileInfo } from '../api/wire'

/**
 * Messages that were written here and are not yet in the room's timeline. The `client_id` stays
 * the same however often a message is sent, so that the server takes it once.
 */
export interface Entry {
  readonly clientId: string
  readonly room: string
  readonly text: string
  /** The message that it answers. */
  readonly replyTo?: number
  /** The message whose thread it belongs to. */
  readonly thread?: number
  /** What it carries. */
  readonly attachments?: readonly Attached[]
  readonly writtenAt: string
  /** `accepted`: acknowledged with `seq`, its change has not arrived yet. */
  readonly state: 'pending' | 'failed' | 'accepted'
  readonly seq?: number
  readonly reason?: string
}

/** A file on its way; `file` is what the server calls it once it has it. */
export interface Attached {
  readonly key: string
  readonly name: string
  readonly type: string
  readonly size: number
  readonly width?: number
  readonly height?: number
  readonly file?: FileInfo
}

export type Outbox = readonly Entry[]

export function add(outbox: Outbox, entry: Omit<Entry, 'state' | 'seq' | 'reason'>): Outbox {
  return [...outbox, { ...entry, state: 'pending' }]
}

/** Strictly one after the other within a room: a message overtaken by the next would change the order. */
export function nextToSend(outbox: Outbox, room: string): Entry | undefined {
  return outbox.find((entry) => entry.room === room && entry.state === 'pending')
}

export function roomsWaiting(outbox: Outbox): string[] {
  return [...new Set(outbox.filter((entry) => entry.state === 'pending').map((entry) => entry.room))]
}

export function accept(outbox: Outbox, clientId: string, seq: number): Outbox {
  return change(outbox, clientId, (entry) => ({ ...entry, state: 'accepted', seq, reason: undefined }))
}

export function fail(outbox: Outbox, clientId: string, reason: string): Outbox {
  return change(outbox, clientId, (entry) => ({ ...entry, state: 'failed', reason }))
}

/** The server has one of a message's files, or, without `file`, has it no more. */
export function uploaded(outbox: Outbox, clientId: string, key: string, file: FileInfo | undefined): Outbox {
  const to = (held: Attached) => (held.key === key ? { ...held, file } : held)
  return change(outbox, clientId, (entry) => ({ ...entry, attachments: entry.attachments?.map(to) }))
}

/** Back to the end of the queue: what was written since may have been sent meanwhile. */
export function retry(outbox: Outbox, clientId: string, as: string = clientId): Outbox {
  const entry = outbox.find((entry) => entry.clientId === clientId)
  if (entry?.state !== 'failed') return outbox
  return [...remove(outbox, clientId), { ...entry, clientId: as, state: 'pending', reason: undefined }]
}

export function remove(outbox: Outbox, clientId: string): Outbox {
  const rest = outbox.filter((entry) => entry.clientId !== clientId)
  return rest.length === outbox.length ? outbox : rest
}

/** The timeline of the room, or of one of its threads, reaches `seq`: accepted messages up to there are shown by it. */
export function settle(outbox: Outbox, room: string, thread: number | null, seq: number): Outbox {
  const rest = outbox.filter((entry) => !isIn(entry, room, thread) || entry.seq === undefined || entry.seq > seq)
  return rest.length === outbox.length ? outbox : rest
}

/** What is shown below the timeline: first what the server has ordered, then what it has not. */
export function shown(outbox: Outbox, room: string, thread: number | null): Entry[] {
  const last = Number.MAX_SAFE_INTEGER
  return outbox.filter((entry) => isIn(entry, room, thread)).sort((a, b) => (a.seq ?? last) - (b.seq ?? last))
}

function isIn(entry: Entry, room: string, thread: number | null): boolean {
  return entry.room === room && (entry.thread ?? null) === thread
}

function change(outbox: Outbox, clientId: string, to: (entry: Entry) => Entry): Outbox {
  return outbox.map((entry) => (entry.clientId === clientId ? to(entry) : entry))
}
