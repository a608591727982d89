import { SvelteMap } from 'svelte/reactivity'
import * as calls from '../api/calls'
import { isTemporary, Problem } from '../api/problem'
import type { Message } from '../api/wire'
import type { Change } from '../model/change'
import { changed } from '../model/message'

const ASK_AGAIN_MS = 5_000

/** Messages of one room that others answer and no timeline holds. */
export class Quotes {
  readonly #room: string
  readonly #me: string
  readonly #message: typeof calls.message
  /** `null`: it could not be had. */
  readonly #held = new SvelteMap<number, Message | null>()
  /** Those on their way, with what happened since they were asked for. */
  readonly #asking = new Map<number, { answer: Promise<Message | null>; meanwhile: Change[] }>()
  /** Those that nobody answered for. */
  readonly #missed = new Set<number>()
  #again: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(room: string, me: string, message = calls.message) {
    this.#room = room
    this.#me = me
    this.#message = message
  }

  get(seq: number): Message | null | undefined {
    return this.#held.get(seq)
  }

  async ask(seq: number): Promise<Message | null> {
    return this.#held.get(seq) ?? this.#ask(seq)
  }

  /** Asks for all that is held once more: it may have changed unheard. */
  async load(): Promise<void> {
    for (const seq of [...this.#held.keys()].reverse()) await this.#askAnew(seq)
  }

  change(change: Change): void {
    for (const { meanwhile } of this.#asking.values()) meanwhile.push(change)
    for (const [seq, held] of this.#held) {
      if (!held) continue
      if (change.type === 'messages.removed' && seq <= change.up_to) {
        this.#held.set(seq, null)
        continue
      }
      const now = changed(held, change, this.#me)
      if (now !== held) this.#held.set(seq, now)
    }
    // The replies that are left are the server's to count.
    const root = change.type === 'message.deleted' ? change.message.thread : undefined
    if (root !== undefined && (this.#asking.has(root) || this.#held.get(root))) void this.#askAnew(root)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#again)
  }

  #ask(seq: number): Promise<Message | null> {
    const asking = this.#asking.get(seq)
    if (asking) return asking.answer
    const meanwhile: Change[] = []
    const answer = this.#fetch(seq, meanwhile).finally(() => this.#asking.delete(seq))
    this.#asking.set(seq, { answer, meanwhile })
    return answer
  }

  /** What is on its way may be from before. */
  async #askAnew(seq: number): Promise<void> {
    await this.#asking.get(seq)?.answer
    await this.#ask(seq)
  }

  async #fetch(seq: number, meanwhile: readonly Change[]): Promise<Message | null> {
    try {
      const message = await this.#message(this.#room, seq)
      this.#held.set(seq, meanwhile.reduce((now, change) => changed(now, change, this.#me), message))
    } catch (error) {
      if (error instanceof Problem && !isTemporary(error)) this.#held.set(seq, null)
      else this.#askLater(seq)
    }
    return this.#held.get(seq) ?? null
  }

  #askLater(seq: number): void {
    if (this.#closed) return
    this.#missed.add(seq)
    this.#again ??= setTimeout(() => {
      this.#again = undefined
      const missed = [...this.#missed]
      this.#missed.clear()
      for (const seq of missed) void this.#ask(seq)
    }, ASK_AGAIN_MS)
  }
}
