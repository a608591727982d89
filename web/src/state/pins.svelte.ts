import * as calls from '../api/calls'
import type { Message } from '../api/wire'
import type { Change } from '../model/change'
import { applyToPins } from '../model/pins'

/** What is pinned in the room on screen. */
export class Pins {
  list = $state.raw<readonly Message[]>([])

  readonly #room: string
  /** What happened while the list is on its way. */
  #meanwhile: Change[] | null = null

  constructor(room: string) {
    this.#room = room
  }

  async load(): Promise<void> {
    const meanwhile: Change[] = []
    this.#meanwhile = meanwhile
    try {
      const read = await calls.pins(this.#room)
      // Another reading has begun since: it is the newer one.
      if (this.#meanwhile === meanwhile) this.list = meanwhile.reduce(applyToPins, read)
    } catch {
      // What is held stays; it is read again with the next connection.
    } finally {
      if (this.#meanwhile === meanwhile) this.#meanwhile = null
    }
  }

  change(change: Change): void {
    this.#meanwhile?.push(change)
    this.list = applyToPins(this.list, change)
  }
}
