import { SvelteMap } from 'svelte/reactivity'
import * as calls from '../api/calls'
import { Problem } from '../api/problem'
import type { ReadCursor, Room, RoomNotifications, User } from '../api/wire'
import type { Change } from '../model/change'
import { spreadMs } from '../model/backoff'
import { applyToRoom, byActivity, mergeRoom, withCursor, withHead } from '../model/room'
import { Soon } from './soon'

const REFRESH_MS = 400

/** The rooms this user is in, and those looked at without having joined. */
export class Rooms {
  status = $state<'loading' | 'ready' | 'failed'>('loading')

  readonly #me: string
  readonly #onread: (room: Room) => void
  readonly #rooms = new SvelteMap<string, Room>()
  /** The furthest `rev` heard of per room; a summary that is behind it is read again. */
  readonly #heard = new Map<string, number>()
  /** How far the server knows that each was read; what is held may be further. */
  readonly #acknowledged = new Map<string, number>()
  readonly #refreshes = new Map<string, Soon>()

  readonly list = $derived([...this.#rooms.values()].filter((room) => room.role !== null).sort(byActivity))

  /** Is told of every summary that was read. */
  constructor(me: string, onread: (room: Room) => void) {
    this.#me = me
    this.#onread = onread
  }

  get(id: string): Room | undefined {
    return this.#rooms.get(id)
  }

  async load(): Promise<void> {
    const held = new Map(this.list.map((room) => [room.id, room.head_rev]))
    try {
      const rooms: Room[] = []
      let page: Room[]
      do {
        page = await calls.rooms(rooms.at(-1)?.id)
        rooms.push(...page)
      } while (page.length === calls.MOST)
      const present = new Set(rooms.map((room) => room.id))
      // One that moves to the front meanwhile may be on no page.
      for (const room of this.list) if (!present.has(room.id) && held.get(room.id) === room.head_rev) this.remove(room.id)
      for (const room of rooms) this.take(room)
      this.status = 'ready'
    } catch {
      if (this.status === 'loading') this.status = 'failed'
    }
  }

  /** A summary read from the server. */
  take(room: Room): void {
    const merged = this.#merge(room)
    if (merged.head_rev < (this.#heard.get(room.id) ?? 0)) this.refresh(room.id)
  }

  apply(change: Change): void {
    this.heard(change.room, change.rev)
    const room = this.#rooms.get(change.room)
    if (!room) return
    const updated = applyToRoom(room, change, this.#me)
    this.#rooms.set(room.id, updated.room)
    // Whoever has missed nothing is in doubt together with everybody else.
    const shared = change.rev === room.head_rev + 1
    if (updated.stale) this.refresh(room.id, shared ? spreadMs(room.member_count, Math.random()) : 0)
  }

  heard(id: string, rev: number): void {
    this.#heard.set(id, Math.max(rev, this.#heard.get(id) ?? 0))
  }

  /** The live feed starts at `rev`: a summary from before has missed something. */
  startsAt(id: string, rev: number): void {
    this.heard(id, rev)
    const room = this.#rooms.get(id)
    if (room && room.head_rev < rev) this.refresh(id)
  }

  /** The room's log was wiped or restored: whatever is read next is newer. */
  lost(id: string): void {
    this.#heard.delete(id)
    this.#acknowledged.delete(id)
    this.#update(id, (room) => ({ ...room, head_rev: 0, read_seq: 0 }))
    this.refresh(id)
  }

  /** Everything up to there was read on this page; the server has not heard of it yet. */
  readTo(id: string, seq: number): void {
    this.#update(id, (room) => withCursor(room, { read_seq: seq, unread: 0, mentions: 0 }))
  }

  /** Rooms that were read further than the server knows. */
  get untold(): Room[] {
    return this.list.filter((room) => room.read_seq > (this.#acknowledged.get(room.id) ?? 0))
  }

  /** The cursor as the server has it. */
  moveCursor(id: string, cursor: ReadCursor): void {
    this.#acknowledge(id, cursor.read_seq)
    this.#update(id, (room) => withCursor(room, cursor))
  }

  /** A room that this connection does not follow has moved: count now, read the rest in a moment. */
  moveHead(id: string, head_seq: number, head_rev: number): void {
    const room = this.#rooms.get(id)
    if (room && room.head_rev >= head_rev) return
    this.#update(id, (room) => withHead(room, head_seq, head_rev))
    this.refresh(id)
  }

  /** Somebody is called otherwise, or looks otherwise. */
  learn(user: User): void {
    for (const room of this.#rooms.values()) if (room.peer?.id === user.id) this.#rooms.set(room.id, { ...room, peer: user })
  }

  setNotifications(id: string, notifications: RoomNotifications): void {
    this.#update(id, (room) => ({ ...room, notifications }))
  }

  remove(id: string): void {
    this.#rooms.delete(id)
    this.#heard.delete(id)
    this.#acknowledged.delete(id)
  }

  /** Reads the summary anew, once for many reasons that come together. */
  refresh(id: string, delay_ms = 0): void {
    const refresh = this.#refreshes.get(id) ?? new Soon(() => void this.#read(id))
    this.#refreshes.set(id, refresh)
    refresh.within(REFRESH_MS + delay_ms)
  }

  close(): void {
    for (const refresh of this.#refreshes.values()) refresh.close()
  }

  async #read(id: string): Promise<void> {
    try {
      this.#merge(await calls.room(id))
    } catch (error) {
      if (error instanceof Problem && error.code === 'unknown_room') this.remove(id)
    }
  }

  #merge(read: Room): Room {
    const merged = mergeRoom(this.#rooms.get(read.id), read)
    this.#acknowledge(read.id, read.read_seq)
    this.#rooms.set(read.id, merged)
    this.#onread(merged)
    return merged
  }

  #acknowledge(id: string, seq: number): void {
    this.#acknowledged.set(id, Math.max(seq, this.#acknowledged.get(id) ?? 0))
  }

  #update(id: string, update: (room: Room) => Room): void {
    const room = this.#rooms.get(id)
    if (room) this.#rooms.set(id, update(room))
  }
}
