import type { Member } from '../api/wire'

/** How far each of the others in a room has got and read its messages, by user id. */
export type Receipts = ReadonlyMap<string, { readonly read: number; readonly delivered: number }>

export interface Receipt {
  readonly user: string
  readonly read_seq: number
  readonly delivered_seq: number
}

export function receiptsOf(members: readonly Member[], me: string): Receipts {
  const others = members.filter((member) => member.user.id !== me)
  return new Map(others.map((member) => [member.user.id, { read: member.read_seq, delivered: member.delivered_seq }]))
}

/** Positions only move forward; what was read was delivered. Of whom is not known nothing is learned. */
export function withReceipts(receipts: Receipts, heard: Iterable<Receipt>): Receipts {
  const next = new Map(receipts)
  for (const { user, read_seq, delivered_seq } of heard) {
    const held = next.get(user)
    if (held) next.set(user, { read: Math.max(held.read, read_seq), delivered: Math.max(held.delivered, delivered_seq, read_seq) })
  }
  return next
}

export interface Reach {
  /** Whoever has read it. */
  readers: string[]
  state: 'sent' | 'delivered' | 'read'
}

/** How far a message has come: `read` by everybody, on a device of everybody, or on its way to somebody. */
export function reachOf(receipts: Receipts, seq: number): Reach {
  const all = [...receipts]
  const readers = all.filter(([, { read }]) => read >= seq).map(([user]) => user)
  if (all.length === 0) return { readers, state: 'sent' }
  if (readers.length === all.length) return { readers, state: 'read' }
  return { readers, state: all.every(([, { delivered }]) => delivered >= seq) ? 'delivered' : 'sent' }
}
