import type { MessagePage, Room } from '../api/wire'
import { Problem } from '../api/problem'
import type { Change } from '../model/change'
import { apply, keepNewest, takeNewest, takeOlder, type Timeline } from '../model/timeline'

/** What a timeline reads from and reports to. */
export interface TimelinePorts {
  room(room: string): Promise<Room>
  messages(room: string, page: { before_seq?: number; limit: number }): Promise<MessagePage>
  /** A fresh summary came along with the reading. */
  took(room: Room): void
  /** The timeline now reaches further. */
  advanced(timeline: Timeline): void
}

const PAGE = 60
const KEPT = 240
const READ_AGAIN_MS = 2_000

/**
 * One room's timeline, kept true: changes are applied in `rev` order, and whenever some may be
 * missing the room is read again. There is no other way to repair it.
 */
export class RoomTimeline {
  timeline = $state.raw<Timeline | null>(null)
  /** `unknown`: there is no such room, or it is not this user's to see. */
  status = $state<'loading' | 'ready' | 'failed' | 'unknown'>('loading')
  loadingOlder = $state(false)

  readonly #room: string
  readonly #ports: TimelinePorts
  /** Changes that arrive while the room is being read. */
  #early: Change[] = []
  #reading = false
  /** The revision that a reading has to reach. */
  #goal = 0
  /** What is held is from another epoch: nothing of it may be kept. */
  #lost = false
  #again: ReturnType<typeof setTimeout> | undefined

  constructor(room: string, ports: TimelinePorts) {
    this.#room = room
    this.#ports = ports
  }

  async read(): Promise<void> {
    if (this.#reading) return
    this.#reading = true
    clearTimeout(this.#again)
    this.#again = undefined
    if (this.status !== 'ready') this.status = 'loading'
    try {
      // The head first: the page is then as new as it, or newer.
      const room = await this.#ports.room(this.#room)
      const page = await this.#ports.messages(this.#room, { limit: PAGE })
      this.#ports.took(room)
      this.#set(takeNewest(this.#lost ? null : this.timeline, room.head_rev, page))
      this.#lost = false
      this.status = 'ready'
    } catch (error) {
      this.#failed(error)
      return
    } finally {
      this.#reading = false
    }
    const early = this.#early.sort((a, b) => a.rev - b.rev)
    this.#early = []
    for (const change of early) this.change(change, true)
    if (this.timeline && this.timeline.rev < this.#goal) this.#readLater()
  }

  change(change: Change, just_read = false): void {
    if (this.#reading || !this.timeline) {
      this.#early.push(change)
      return
    }
    const applied = apply(this.timeline, change)
    if (applied.outcome === 'applied') this.#set(applied.timeline)
    if (applied.outcome !== 'gap') return
    this.#early.push(change)
    // The store was behind what was announced: give it a moment.
    if (just_read) this.#readLater()
    else void this.read()
  }

  /** The live feed starts at `rev`: everything up to there has to be read. */
  startsAt(rev: number): void {
    this.#goal = Math.max(this.#goal, rev)
    if (this.status === 'failed' || (this.timeline && this.timeline.rev < rev)) void this.read()
  }

  /** The room's log was wiped or restored: its numbers mean something else now. */
  lost(rev: number): void {
    this.#goal = rev
    this.#lost = true
    this.#early = []
    void this.read()
  }

  async older(): Promise<void> {
    const first = this.timeline?.messages[0]
    if (!first || !this.timeline?.hasOlder || this.loadingOlder) return
    this.loadingOlder = true
    try {
      const page = await this.#ports.messages(this.#room, { before_seq: first.seq, limit: PAGE })
      if (this.timeline) this.timeline = takeOlder(this.timeline, page)
    } finally {
      this.loadingOlder = false
    }
  }

  /** Called at the newest end, where the removal of the oldest messages is not seen. */
  trim(): void {
    if (this.timeline) this.timeline = keepNewest(this.timeline, KEPT)
  }

  close(): void {
    clearTimeout(this.#again)
  }

  #set(timeline: Timeline): void {
    this.timeline = timeline
    this.#ports.advanced(timeline)
  }

  #failed(error: unknown): void {
    if (error instanceof Problem && (error.code === 'unknown_room' || error.code === 'not_found')) {
      this.status = 'unknown'
      this.timeline = null
      return
    }
    if (this.timeline) this.#readLater()
    else this.status = 'failed'
  }

  #readLater(): void {
    clearTimeout(this.#again)
    this.#again = setTimeout(() => void this.read(), READ_AGAIN_MS)
  }
}
