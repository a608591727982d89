/**
 * Messages that were written here and are not yet in the room's timeline. The `client_id` stays
 * the same however often a message is sent, so that the server takes it once.
 */
export interface Entry {
  readonly clientId: string
  readonly room: string
  readonly text: string
  readonly writtenAt: string
  /** `accepted`: acknowledged with `seq`, its change has not arrived yet. */
  readonly state: 'pending' | 'failed' | 'accepted'
  readonly seq?: number
  readonly reason?: string
}

export type Outbox = readonly Entry[]

export function add(outbox: Outbox, entry: Pick<Entry, 'clientId' | 'room' | 'text' | 'writtenAt'>): Outbox {
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

/** The room's timeline reaches `seq`: accepted messages up to there are shown by it. */
export function settle(outbox: Outbox, room: string, seq: number): Outbox {
  const rest = outbox.filter((entry) => entry.room !== room || entry.seq === undefined || entry.seq > seq)
  return rest.length === outbox.length ? outbox : rest
}

/** What is shown below the timeline: first what the server has ordered, then what it has not. */
export function shown(outbox: Outbox, room: string): Entry[] {
  const last = Number.MAX_SAFE_INTEGER
  return outbox.filter((entry) => entry.room === room).sort((a, b) => (a.seq ?? last) - (b.seq ?? last))
}

function change(outbox: Outbox, clientId: string, to: (entry: Entry) => Entry): Outbox {
  return outbox.map((entry) => (entry.clientId === clientId ? to(entry) : entry))
}
