import type { Message, MessagePage, PageQuery, Room } from '../api/wire'
import { Problem } from '../api/problem'
import type { Change } from '../model/change'
import { apply, find, keepNewest, lastSeq, takeNewer, takeOlder, takeOne, taken, type Timeline } from '../model/timeline'

/** What a timeline reads from and reports to. */
export interface TimelinePorts {
  room(room: string): Promise<Room>
  messages(room: string, page: PageQuery): Promise<MessagePage>
  message(room: string, seq: number): Promise<Message>
  /** A fresh summary came along with the reading. */
  took(room: Room): void
  /** The timeline now reaches further. */
  advanced(timeline: Timeline): void
}

/** Whose timeline of what. */
export interface TimelineOf {
  me: string
  room: string
  thread: number | null
}

const PAGE = 60
const LARGEST_PAGE = 200
/** What is held is read again this far at most; what is further away is let go of. */
const PAGES_AGAIN = 4
const KEPT = 240
const READ_AGAIN_MS = 2_000

/**
 * The timeline of a room or of one thread, kept true: changes are applied in `rev` order, and
 * whenever some may be missing what is held is read again. There is no other way to repair it.
 */
export class RoomTimeline {
  timeline = $state.raw<Timeline | null>(null)
  /** `unknown`: there is no such room, or it is not this user's to see. */
  status = $state<'loading' | 'ready' | 'failed' | 'unknown'>('loading')
  loadingOlder = $state(false)
  loadingNewer = $state(false)

  readonly #of: TimelineOf
  readonly #ports: TimelinePorts
  /** Changes that arrive while the room is being read. */
  #early: Change[] = []
  /** Those that were applied while pages are on their way, for each of these. */
  readonly #meanwhile = new Set<Change[]>()
  #reading = false
  #current: Promise<void> | undefined
  /** Roots whose replies are being counted by the server. */
  readonly #recounting = new Set<number>()
  /** Counts how often the run began anew: a page that was asked for before is of no use after it. */
  #readings = 0
  /** The revision that a reading has to reach. */
  #goal = 0
  /** What is held is from another epoch: nothing of it may be kept. */
  #lost = false
  #again: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(of: TimelineOf, ports: TimelinePorts) {
    this.#of = of
    this.#ports = ports
  }

  /** Reads what is held anew; where nothing is, whatever one has to begin with. */
  read(): Promise<void> {
    const held = this.#lost ? null : this.timeline
    return this.#read((room) => (held ? this.#heldAgain(room.head_rev, held) : this.#beginning(room)))
  }

  /** Lets go of what is held for the newest messages. */
  async toNewest(): Promise<void> {
    // Whoever asks for a reading while there is one gets that one.
    while (this.#reading) await this.#current
    await this.#read((room) => this.#newest(room.head_rev))
  }

  /** Holds the message and what is around it. Whether it is there, deleted or not. */
  async around(seq: number): Promise<boolean> {
    while (this.#reading) await this.#current
    if (!find(this.timeline, seq)) await this.#read((room) => this.#window(room.head_rev, seq))
    return find(this.timeline, seq) !== undefined
  }

  change(change: Change, just_read = false): void {
    if (this.#reading || !this.timeline) {
      this.#early.push(change)
      return
    }
    const applied = apply(this.timeline, change, this.#of)
    if (applied.outcome === 'applied') {
      for (const changes of this.#meanwhile) changes.push(change)
      this.#set(applied.timeline)
    }
    if (applied.outcome !== 'gap') return
    this.#early.push(change)
    // The store was behind what was announced: give it a moment.
    if (just_read) this.#readLater()
    else void this.read()
  }

  /** The live feed starts at `rev`: everything up to there has to be read. */
  startsAt(rev: number): void {
    this.#goal = Math.max(this.#goal, rev)
    const is_behind = this.timeline ? this.timeline.rev < rev : this.status !== 'loading'
    if (is_behind) void this.read()
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
      await this.#page({ before_seq: first.seq, limit: PAGE }, takeOlder)
    } finally {
      this.loadingOlder = false
    }
  }

  async newer(): Promise<void> {
    if (!this.timeline?.hasNewer || this.loadingNewer) return
    this.loadingNewer = true
    try {
      await this.#page({ after_seq: lastSeq(this.timeline), limit: PAGE }, takeNewer)
    } finally {
      this.loadingNewer = false
    }
  }

  /** Called at the newest end, where the removal of the oldest messages is not seen. */
  trim(): void {
    const { timeline } = this
    if (!timeline || timeline.messages.length <= KEPT) return
    this.timeline = keepNewest(timeline, KEPT)
    // A page that is on its way joins what has gone.
    this.#readings++
  }

  /** The same as soon as much is held, for those who stay at the end. */
  trimIfLong(): void {
    if (this.timeline && this.timeline.messages.length > 2 * KEPT) this.trim()
  }

  /** Whether reading can go on here: at the end, and with all that is unread. */
  goesOnFrom(room: Room | undefined): boolean {
    if (this.status === 'loading') return true
    if (!this.timeline || this.timeline.hasNewer) return false
    const first = this.timeline.messages[0]?.seq ?? 0
    return !room?.unread || !this.timeline.hasOlder || first <= room.read_seq + 1
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#again)
  }

  #read(pages: (room: Room) => Promise<Timeline>): Promise<void> {
    if (!this.#reading || !this.#current) this.#current = this.#readNow(pages)
    return this.#current
  }

  async #readNow(pages: (room: Room) => Promise<Timeline>): Promise<void> {
    this.#reading = true
    this.#readings++
    clearTimeout(this.#again)
    this.#again = undefined
    if (this.status !== 'ready') this.status = 'loading'
    try {
      // The head first: the pages are then as new as it, or newer.
      const room = await this.#ports.room(this.#of.room)
      const read = await pages(room)
      this.#ports.took(room)
      // A store that is behind what is known here has nothing to add.
      if (this.#lost || !this.timeline || this.timeline.rev <= read.rev) {
        // A page that was asked for meanwhile joins what has gone.
        this.#readings++
        this.#set(read)
      }
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

  /** Whoever was away for long reads on where reading stopped; everybody else begins at the end. */
  #beginning({ head_rev, role, unread, read_seq }: Room): Promise<Timeline> {
    const was_away = this.#of.thread === null && role !== null && unread > PAGE
    return was_away ? this.#window(head_rev, Math.max(1, read_seq)) : this.#newest(head_rev)
  }

  async #newest(rev: number): Promise<Timeline> {
    return taken(rev, this.#of.thread, await this.#ask({ limit: PAGE }))
  }

  async #window(rev: number, seq: number): Promise<Timeline> {
    const older = await this.#ask({ before_seq: seq, limit: PAGE / 2 })
    const newer = await this.#ask({ after_seq: seq - 1, limit: PAGE / 2 })
    const messages = [...older.messages, ...newer.messages]
    return taken(rev, this.#of.thread, { messages, has_more: older.has_more }, newer.has_more)
  }

  /** As far as before: somebody may be reading there. */
  async #heldAgain(rev: number, held: Timeline): Promise<Timeline> {
    const first = held.messages[0]?.seq ?? 0
    if (held.hasNewer) {
      const last = lastSeq(held)
      let { messages, has_more } = await this.#ask({ after_seq: Math.max(0, first - 1), limit: LARGEST_PAGE })
      for (let pages = 1; has_more && pages < PAGES_AGAIN && (messages.at(-1)?.seq ?? last) < last; pages++) {
        const page = await this.#ask({ after_seq: messages.at(-1)?.seq ?? 0, limit: LARGEST_PAGE })
        messages = [...messages, ...page.messages]
        has_more = page.has_more
      }
      return taken(rev, held.thread, { messages, has_more: held.hasOlder }, has_more)
    }
    let { messages, has_more } = await this.#ask({ limit: Math.min(LARGEST_PAGE, Math.max(PAGE, held.messages.length)) })
    for (let pages = 1; has_more && pages < PAGES_AGAIN && (messages[0]?.seq ?? 0) > first; pages++) {
      const page = await this.#ask({ before_seq: messages[0]?.seq ?? 0, limit: LARGEST_PAGE })
      messages = [...page.messages, ...messages]
      has_more = page.has_more
    }
    return taken(rev, held.thread, { messages, has_more })
  }

  #ask(page: PageQuery): Promise<MessagePage> {
    return this.#ports.messages(this.#of.room, this.#of.thread === null ? page : { ...page, thread: this.#of.thread })
  }

  async #page(query: PageQuery, take: typeof takeOlder): Promise<void> {
    await this.#fetch(
      () => this.#ask(query),
      (timeline, page, meanwhile) => take(timeline, page, meanwhile, this.#of),
    )
  }

  /** Asks, and takes the answer in together with what happened until it came. */
  async #fetch<Answer>(ask: () => Promise<Answer>, take: (timeline: Timeline, answer: Answer, meanwhile: Change[]) => Timeline): Promise<void> {
    const meanwhile: Change[] = []
    const readings = this.#readings
    this.#meanwhile.add(meanwhile)
    try {
      const answer = await ask()
      if (this.timeline && readings === this.#readings) this.#set(take(this.timeline, answer, meanwhile))
    } finally {
      this.#meanwhile.delete(meanwhile)
    }
  }

  #set(timeline: Timeline): void {
    this.timeline = timeline
    this.#ports.advanced(timeline)
    for (const seq of timeline.recount) if (!this.#recounting.has(seq)) void this.#recount(seq)
  }

  /** If it fails, the count stays as it is until the room is read again. */
  async #recount(seq: number): Promise<void> {
    this.#recounting.add(seq)
    try {
      // Another reply may be deleted meanwhile.
      while (this.timeline?.recount.includes(seq)) {
        await this.#fetch(
          () => this.#ports.message(this.#of.room, seq),
          (timeline, message, meanwhile) => takeOne(timeline, message, meanwhile, this.#of),
        )
      }
    } catch {
      return
    } finally {
      this.#recounting.delete(seq)
    }
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
    if (!this.#closed) this.#again = setTimeout(() => void this.read(), READ_AGAIN_MS)
  }
}
