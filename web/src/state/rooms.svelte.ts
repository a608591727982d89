import { SvelteMap } from 'svelte/reactivity'
import * as calls from '../api/calls'
import { Problem } from '../api/problem'
import type { Room } from '../api/wire'
import type { Change } from '../model/change'
import { applyToRoom, byActivity, mergeRoom, withCursor, withHead } from '../model/room'

const REFRESH_MS = 400

/** The rooms this user is in, and those looked at without having joined. */
export class Rooms {
  status = $state<'loading' | 'ready' | 'failed'>('loading')

  readonly #me: string
  readonly #rooms = new SvelteMap<string, Room>()
  /** The furthest `rev` heard of per room; a summary that is behind it is read again. */
  readonly #heard = new Map<string, number>()
  readonly #refreshes = new Map<string, ReturnType<typeof setTimeout>>()

  readonly list = $derived([...this.#rooms.values()].filter((room) => room.role !== null).sort(byActivity))
  readonly unreadTotal = $derived(this.list.reduce((total, room) => total + room.unread, 0))

  constructor(me: string) {
    this.#me = me
  }

  get(id: string): Room | undefined {
    return this.#rooms.get(id)
  }

  async load(): Promise<void> {
    try {
      const rooms = await calls.rooms()
      const present = new Set(rooms.map((room) => room.id))
      for (const room of this.list) if (!present.has(room.id)) this.remove(room.id)
      for (const room of rooms) this.take(room)
      this.status = 'ready'
    } catch {
      if (this.status === 'loading') this.status = 'failed'
    }
  }

  /** A summary read from the server. */
  take(room: Room): void {
    const merged = mergeRoom(this.#rooms.get(room.id), room)
    this.#rooms.set(room.id, merged)
    if (merged.head_rev < (this.#heard.get(room.id) ?? 0)) this.refresh(room.id)
  }

  apply(change: Change): void {
    this.heard(change.room, change.rev)
    const room = this.#rooms.get(change.room)
    if (!room) return
    const updated = applyToRoom(room, change, this.#me)
    this.#rooms.set(room.id, updated.room)
    if (updated.stale) this.refresh(room.id)
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
    this.#update(id, (room) => ({ ...room, head_rev: 0, read_seq: 0 }))
    this.refresh(id)
  }

  moveCursor(id: string, read_seq: number, unread: number): void {
    this.#update(id, (room) => withCursor(room, read_seq, unread))
  }

  /** A room that this connection does not follow has moved: count now, read the rest in a moment. */
  moveHead(id: string, head_seq: number, head_rev: number): void {
    const room = this.#rooms.get(id)
    if (room && room.head_rev >= head_rev) return
    this.#update(id, (room) => withHead(room, head_seq, head_rev))
    this.refresh(id)
  }

  remove(id: string): void {
    this.#rooms.delete(id)
    this.#heard.delete(id)
  }

  /** Reads the summary anew, once for many reasons that come together. */
  refresh(id: string): void {
    if (this.#refreshes.has(id)) return
    const timer = setTimeout(() => {
      this.#refreshes.delete(id)
      void this.#read(id)
    }, REFRESH_MS)
    this.#refreshes.set(id, timer)
  }

  close(): void {
    for (const timer of this.#refreshes.values()) clearTimeout(timer)
  }

  async #read(id: string): Promise<void> {
    try {
      const room = await calls.room(id)
      this.#rooms.set(id, mergeRoom(this.#rooms.get(id), room))
    } catch (error) {
      if (error instanceof Problem && error.code === 'unknown_room') this.remove(id)
    }
  }

  #update(id: string, update: (room: Room) => Room): void {
    const room = this.#rooms.get(id)
    if (room) this.#rooms.set(id, update(room))
  }
}
