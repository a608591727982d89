import { SvelteMap } from 'svelte/reactivity'
import type { User } from '../api/wire'

const REPEAT_MS = 3_000
const LONGEST_MS = 10_000

/** Who is typing where, and telling others that one is. */
export class Typing {
  readonly #typists = new SvelteMap<string, readonly User[]>()
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>()
  readonly #tell: (room: string) => void
  #told = { room: '', at_ms: 0 }

  constructor(tell: (room: string) => void) {
    this.#tell = tell
  }

  in(room: string): readonly User[] {
    return this.#typists.get(room) ?? []
  }

  heard(room: string, user: User, expires_in_ms: number): void {
    if (!this.in(room).some((typist) => typist.id === user.id)) this.#typists.set(room, [...this.in(room), user])
    this.#forgetLater(room, user.id, Math.min(expires_in_ms, LONGEST_MS))
  }

  /** Has posted, or has not repeated it. */
  stopped(room: string, user: string): void {
    clearTimeout(this.#timers.get(`${room} ${user}`))
    this.#timers.delete(`${room} ${user}`)
    const rest = this.in(room).filter((typist) => typist.id !== user)
    if (rest.length === this.in(room).length) return
    if (rest.length > 0) this.#typists.set(room, rest)
    else this.#typists.delete(room)
  }

  typed(room: string): void {
    const now_ms = Date.now()
    if (this.#told.room === room && now_ms - this.#told.at_ms < REPEAT_MS) return
    this.#told = { room, at_ms: now_ms }
    this.#tell(room)
  }

  /** The message is out: the next key stroke is news again. */
  posted(): void {
    this.#told = { room: '', at_ms: 0 }
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }

  #forgetLater(room: string, user: string, delay_ms: number): void {
    const key = `${room} ${user}`
    clearTimeout(this.#timers.get(key))
    this.#timers.set(
      key,
      setTimeout(() => this.stopped(room, user), delay_ms),
    )
  }
}
