import * as calls from '../api/calls'
import * as moderation from '../api/moderation'
import type { Member, Role } from '../api/wire'
import { nameOf } from '../model/face'
import type { Presence } from './presence.svelte'

const RANK: Record<Role, number> = { owner: 0, admin: 1, member: 2 }

/** The members of one room as the panel shows them. */
export class MemberList {
  hasMore = $state(false)
  failed = $state(false)
  #members = $state.raw<readonly Member[]>([])
  #last: string | undefined

  readonly list = $derived([...this.#members].sort((a, b) => RANK[a.role] - RANK[b.role] || nameOf(a.user).localeCompare(nameOf(b.user))))

  readonly #room: string
  readonly #presence: Presence

  constructor(room: string, presence: Presence) {
    this.#room = room
    this.#presence = presence
  }

  async load(): Promise<void> {
    try {
      await this.#read(undefined)
      this.failed = false
    } catch {
      this.failed = this.#members.length === 0
    }
  }

  more(): Promise<void> {
    return this.#read(this.#last)
  }

  async setRole(member: Member, role: Role): Promise<void> {
    await calls.setRole(this.#room, member.user.id, role)
    await this.load()
  }

  async remove(member: Member): Promise<void> {
    await calls.removeMember(this.#room, member.user.id)
    this.#members = this.#members.filter((other) => other.user.id !== member.user.id)
  }

  async unmute(member: Member): Promise<void> {
    await moderation.unmute(this.#room, member.user.id)
    await this.load()
  }

  async #read(after: string | undefined): Promise<void> {
    const page = await calls.members(this.#room, after)
    this.#members = after === undefined ? page.members : [...this.#members, ...page.members]
    this.#last = page.members.at(-1)?.user.id
    this.hasMore = page.has_more
    void this.#presence.ask(page.members.map((member) => member.user.id))
  }
}
