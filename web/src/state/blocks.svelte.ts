import { SvelteMap } from 'svelte/reactivity'
import * as calls from '../api/moderation'
import type { User } from '../api/wire'
import { nameOf } from '../model/face'

/** Whom this user does not want to hear of. */
export class Blocks {
  readonly #users = new SvelteMap<string, User>()
  readonly list = $derived([...this.#users.values()].sort((a, b) => nameOf(a).localeCompare(nameOf(b))))

  has(user: string): boolean {
    return this.#users.has(user)
  }

  async load(): Promise<void> {
    try {
      const users = await calls.blocks()
      const present = new Set(users.map((user) => user.id))
      for (const id of [...this.#users.keys()]) if (!present.has(id)) this.#users.delete(id)
      for (const user of users) this.#users.set(user.id, user)
    } catch {
      // What is known stays true enough until the next reading.
    }
  }

  async block(user: User): Promise<void> {
    await calls.block(user.id)
    this.#users.set(user.id, user)
  }

  async unblock(user: string): Promise<void> {
    await calls.unblock(user)
    this.#users.delete(user)
  }

  /** On another device. */
  changed(user: string, blocked: boolean): void {
    if (!blocked) this.#users.delete(user)
    else if (!this.#users.has(user)) void this.load()
  }
}
