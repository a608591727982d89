import { SvelteMap } from 'svelte/reactivity'
import { Problem } from '../api/problem'
import type { Message, Thread } from '../api/wire'
import { spreadMs } from '../model/backoff'
import type { Change } from '../model/change'
import { applyToThread, byLastReply, mergeThread, threadKey } from '../model/threads'
import { Soon } from './soon'

const REFRESH_MS = 800

/** What the threads are read from, and what else is known of their rooms. */
export interface ThreadPorts {
  threads(): Promise<Thread[]>
  read(room: string, root: number, seq: number): Promise<Thread>
  /** How many hear of what happens in the room. */
  people(room: string): number
  /** A message, if it is held. */
  message(room: string, seq: number): Message | undefined
}

/** The threads that this user takes part in, in all rooms. */
export class Threads {
  status = $state<'loading' | 'ready' | 'failed'>('loading')

  readonly #me: string
  readonly #ports: ThreadPorts
  readonly #threads = new SvelteMap<string, Thread>()
  /** Threads that turned out to be those of others. */
  readonly #foreign = new Set<string>()
  /** Changes that arrive while something is being read, for each of these. */
  readonly #meanwhile = new Set<Change[]>()
  /** What was taken while the list is on its way, which may be from before. */
  #taken: Set<string> | null = null
  readonly #refresh = new Soon(() => void this.load())

  readonly list = $derived([...this.#threads.values()].sort(byLastReply))
  readonly unread = $derived(this.list.filter((thread) => thread.unread > 0).length)

  constructor(me: string, ports: ThreadPorts) {
    this.#me = me
    this.#ports = ports
  }

  get(room: string, root: number): Thread | undefined {
    return this.#threads.get(threadKey(room, root))
  }

  async load(): Promise<void> {
    const taken = new Set<string>()
    this.#taken = taken
    try {
      const { answer: threads, meanwhile } = await this.#ask(() => this.#ports.threads())
      // Another reading has begun since: it is the newer one.
      if (this.#taken !== taken) return
      this.#taken = null
      const present = new Set([...taken, ...threads.map(keyOf)])
      for (const key of [...this.#threads.keys()]) if (!present.has(key)) this.#threads.delete(key)
      for (const thread of threads) this.#takeRead(thread, meanwhile)
      this.status = 'ready'
    } catch {
      if (this.#taken !== taken) return
      this.#taken = null
      if (this.status === 'loading') this.status = 'failed'
    }
  }

  change(change: Change): void {
    // A thread whose beginning is gone is listed no more.
    if (change.type === 'messages.removed' && [...this.#threads.values()].some(({ root }) => root.room === change.room && root.seq <= change.up_to)) {
      this.#refresh.within(REFRESH_MS + spreadMs(this.#ports.people(change.room), Math.random()))
    }
    if (!('message' in change)) return
    for (const changes of this.#meanwhile) changes.push(change)
    const { message, room } = change
    for (const root of [message.seq, message.thread]) {
      const thread = root === undefined ? undefined : this.get(room, root)
      if (thread) this.#threads.set(keyOf(thread), applyToThread(thread, change, this.#me))
    }
    if (message.thread === undefined) return
    const key = threadKey(room, message.thread)
    // Everybody in the room has heard of it at the same moment.
    const spread_ms = spreadMs(this.#ports.people(room), Math.random())
    if (this.#threads.has(key)) {
      // What is left after a deletion is the server's to count.
      if (change.type === 'message.deleted') this.#refresh.within(REFRESH_MS + spread_ms)
    } else if (this.#concerns(change, message)) {
      this.#refresh.within(REFRESH_MS)
    } else if (change.type === 'message.created' && !this.#foreign.has(key)) {
      this.#foreign.add(key)
      this.#refresh.within(REFRESH_MS + spread_ms)
    }
  }

  /** Moves this user's place in a thread, and makes them take part in it. */
  async read(room: string, root: number, seq: number): Promise<void> {
    const held = this.get(room, root)
    if (held) this.#threads.set(keyOf(held), { ...held, read_seq: Math.max(held.read_seq, seq), unread: 0 })
    try {
      const { answer, meanwhile } = await this.#ask(() => this.#ports.read(room, root, seq))
      this.#taken?.add(keyOf(answer))
      this.#take(answer, meanwhile)
    } catch (error) {
      // Told again with the next reading of the list.
      if (!held || !(error instanceof Problem)) throw error
    }
  }

  /** The room is not this user's any more. */
  forget(room: string): void {
    for (const [key, thread] of [...this.#threads]) if (thread.root.room === room) this.#threads.delete(key)
    // A list that is on its way still has them.
    if (this.#taken) void this.load()
  }

  close(): void {
    this.#refresh.close()
  }

  /** Who begins a thread, answers in it or is called there takes part in it. */
  #concerns({ type }: Change, message: Message): boolean {
    const { room, sender, mentions, thread = 0 } = message
    if (type !== 'message.created' && type !== 'message.edited') return false
    if (mentions?.users?.includes(this.#me)) return true
    return type === 'message.created' && (sender.id === this.#me || this.#ports.message(room, thread)?.sender.id === this.#me)
  }

  /** The answer together with what happened until it came. */
  async #ask<Answer>(ask: () => Promise<Answer>): Promise<{ answer: Answer; meanwhile: Change[] }> {
    const meanwhile: Change[] = []
    this.#meanwhile.add(meanwhile)
    try {
      return { answer: await ask(), meanwhile }
    } finally {
      this.#meanwhile.delete(meanwhile)
    }
  }

  #take(read: Thread, meanwhile: readonly Change[]): Thread {
    const key = keyOf(read)
    const now = meanwhile.reduce((now, change) => applyToThread(now, change, this.#me), read)
    const thread = mergeThread(this.#threads.get(key), now)
    this.#foreign.delete(key)
    this.#threads.set(key, thread)
    return thread
  }

  #takeRead(read: Thread, meanwhile: readonly Change[]): void {
    const { root, read_seq } = this.#take(read, meanwhile)
    // The server has not heard how far it was read.
    if (read_seq > read.read_seq) void this.read(root.room, root.seq, read_seq)
  }
}

const keyOf = ({ root }: Thread) => threadKey(root.room, root.seq)
