import { SvelteMap } from 'svelte/reactivity'
import type { User } from '../api/wire'
import { nameOf } from '../model/face'

/** Everybody that the page has heard of, by id: reactions, mentions and receipts name people so. */
export class Directory {
  readonly #users = new SvelteMap<string, User>()

  learn(users: readonly User[]): void {
    for (const user of users) {
      const known = this.#users.get(user.id)
      if (known?.name !== user.name || known.display_name !== user.display_name || known.avatar !== user.avatar) this.#users.set(user.id, user)
    }
  }

  get(id: string): User | undefined {
    return this.#users.get(id)
  }

  /** The user as they are by now, whenever the given was written down. */
  now(user: User): User {
    return this.#users.get(user.id) ?? user
  }

  /** Names in the order of the ids; whom the page has not heard of is left out. */
  names(ids: readonly string[]): string[] {
    return ids.flatMap((id) => {
      const user = this.#users.get(id)
      return user ? [nameOf(user)] : []
    })
  }
}
