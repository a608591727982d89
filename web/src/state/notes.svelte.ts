import { SvelteMap } from 'svelte/reactivity'
import type { Change } from '../model/change'
import { noteOf, withNote, type Note } from '../model/notes'

/** Of each room; older ones are gone, as they are after the page was loaded anew. */
const MOST = 100

/** What happened to rooms, and is no message, since this page follows them. */
export class Notes {
  readonly #rooms = new SvelteMap<string, readonly Note[]>()

  of(room: string): readonly Note[] {
    return this.#rooms.get(room) ?? []
  }

  change(change: Change): void {
    const note = noteOf(change)
    if (note) this.#rooms.set(note.room, withNote(this.of(note.room), note, MOST))
  }

  /** The room's numbers mean something else now, or nobody looks any more. */
  forget(room: string): void {
    this.#rooms.delete(room)
  }
}
