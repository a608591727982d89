import { SvelteMap } from 'svelte/reactivity'
import * as calls from '../api/calls'
import type { PresenceChoice, PresenceEntry } from '../api/wire'
import { current, presenceAfter } from '../model/presence'
import { clock } from './clock.svelte'
import { idle } from './idle.svelte'

const MOST_AT_ONCE = 100

/** Who is there, away or not to be disturbed, of the people that are on screen. */
export class Presence {
  readonly #me: string
  readonly #entries = new SvelteMap<string, PresenceEntry>()

  constructor(me: string) {
    this.#me = me
  }

  of(user: string): PresenceEntry | undefined {
    return current(this.#entries.get(user), clock.now_ms)
  }

  changed(change: Parameters<typeof presenceAfter>[1]): void {
    const at = new Date().toISOString()
    for (const entry of presenceAfter((id) => this.#entries.get(id), change, at)) this.#entries.set(entry.id, entry)
  }

  /** The current values; later moves come by the rooms. A dot that stays grey is no error worth telling. */
  async ask(users: readonly string[]): Promise<void> {
    for (let at = 0; at < users.length; at += MOST_AT_ONCE) {
      const some = users.slice(at, at + MOST_AT_ONCE)
      try {
        const answer = await calls.presence(some)
        const told = new Map((answer.users ?? []).map((entry) => [entry.id, entry]))
        for (const id of some) this.#entries.set(id, told.get(id) ?? { id, presence: answer.online.includes(id) ? 'online' : 'offline' })
      } catch {
        return
      }
    }
  }

  /** What the user of this page has asked to be shown as. Who is active here and shown as away has asked for it. */
  get choice(): PresenceChoice {
    const own = this.of(this.#me)?.presence
    return own === 'dnd' || (own === 'away' && idle.active) ? own : 'auto'
  }

  choose(presence: PresenceChoice): Promise<void> {
    const own = this.of(this.#me)
    return this.#tell({ presence, text: own?.text, until: own?.text ? own.until : undefined })
  }

  /** What stands beside one's name; nothing takes it away. */
  say(text: string, until?: string): Promise<void> {
    return this.#tell({ presence: this.choice, text: text || undefined, until })
  }

  async #tell(to: Parameters<typeof calls.setPresence>[0]): Promise<void> {
    this.#entries.set(this.#me, { ...(await calls.setPresence(to)), id: this.#me })
  }
}
