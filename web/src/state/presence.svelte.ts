import { SvelteSet } from 'svelte/reactivity'
import * as calls from '../api/calls'

const MOST_AT_ONCE = 100

/** Who is online, of the people that are on screen. */
export class Presence {
  readonly #online = new SvelteSet<string>()

  isOnline(user: string): boolean {
    return this.#online.has(user)
  }

  set(user: string, online: boolean): void {
    if (online) this.#online.add(user)
    else this.#online.delete(user)
  }

  /** The current values; later moves come by the rooms. A dot that stays grey is no error worth telling. */
  async ask(users: readonly string[]): Promise<void> {
    for (let at = 0; at < users.length; at += MOST_AT_ONCE) {
      const some = users.slice(at, at + MOST_AT_ONCE)
      try {
        const online = new Set(await calls.presence(some))
        for (const user of some) this.set(user, online.has(user))
      } catch {
        return
      }
    }
  }
}
