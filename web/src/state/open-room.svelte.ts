import * as calls from '../api/calls'
import type { Member, Message, User } from '../api/wire'
import type { Change, RoomState } from '../model/change'
import { FOR_GOOD } from '../model/notes'
import { receiptsOf, withReceipts, type Receipt, type Receipts } from '../model/receipts'
import { find } from '../model/timeline'
import type { Directory } from './directory.svelte'
import { Pins } from './pins.svelte'
import { Quotes } from './quotes.svelte'
import type { RoomTimeline } from './room-timeline.svelte'

/** Many may join at once; one reading serves them all. */
const WAIT_MS = 1_000
/** Where many read at once, their ticks are drawn together. */
const RECEIPTS_MS = 200
/** Over, whatever was heard before. */
const NEVER = '1970-01-01T00:00:00.000Z'
/** Further ones are found by what they have written. */
const MOST_PEOPLE = 2_000

/** What is only known of the room on screen. */
export class OpenRoom {
  readonly id: string
  readonly live: RoomTimeline
  readonly pins: Pins
  readonly quotes: Quotes
  /** The thread that is open beside it. */
  thread = $state.raw<RoomTimeline | null>(null)
  /** A page of its members, which is all of them in most rooms. */
  people = $state.raw<readonly User[]>([])
  /** Until when this user writes nothing here, as far as it is known. */
  mutedUntil = $state<string | undefined>(undefined)
  /** Empty where there are more members than a page has: nobody looks who has read what there. */
  receipts = $state.raw<Receipts>(new Map())

  readonly #me: string
  readonly #directory: Directory
  #many = false
  /** Whether there are members that `people` lacks. */
  #more = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #heard: Receipt[] = []
  #drawing: ReturnType<typeof setTimeout> | undefined
  /** Receipts that arrive while the members are on their way: those may be from before. */
  #meanwhile: Receipt[] | null = null

  constructor(id: string, live: RoomTimeline, me: string, directory: Directory) {
    this.id = id
    this.live = live
    this.#me = me
    this.#directory = directory
    this.pins = new Pins(id)
    this.quotes = new Quotes(id, me)
  }

  /** At the beginning, and whenever something of it may have been missed. */
  async load(): Promise<void> {
    await Promise.all([this.pins.load(), this.quotes.load(), this.#read()])
  }

  /** The other members, where there are many: asked for when one of them is to be named. */
  async everybody(): Promise<void> {
    if (!this.#more) return
    this.#more = false
    try {
      for (let more = true; more && this.people.length < MOST_PEOPLE; ) {
        const { members, has_more } = await calls.members(this.id, this.people.at(-1)?.id)
        this.people = [...this.people, ...members.map((member) => member.user)]
        more = has_more && members.length > 0
      }
    } catch {
      this.#more = true
    }
  }

  /** A message of the room, from wherever it is held. */
  message(seq: number): Message | null | undefined {
    return find(this.live.timeline, seq) ?? find(this.thread?.timeline ?? null, seq) ?? this.quotes.get(seq)
  }

  change(change: Change): void {
    this.thread?.change(change)
    this.pins.change(change)
    this.quotes.change(change)
    if (change.type === 'member.muted' && change.user.id === this.#me) this.mutedUntil = change.until ?? FOR_GOOD
    if (change.type === 'member.unmuted' && change.user.id === this.#me) this.mutedUntil = NEVER
    // Where there are many members, nobody's ticks depend on one more.
    const counts = (change.type === 'member.joined' || change.type === 'member.left') && !this.#many
    if (counts) this.#timer ??= setTimeout(() => void this.#read(), WAIT_MS)
  }

  state(state: Extract<RoomState, { type: 'receipt' }>): void {
    this.#heard.push(state)
    this.#meanwhile?.push(state)
    this.#drawing ??= setTimeout(() => this.#draw(), RECEIPTS_MS)
  }

  close(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#drawing)
    this.quotes.close()
    this.thread?.close()
  }

  async #read(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const meanwhile: Receipt[] = []
    this.#meanwhile = meanwhile
    try {
      const { members, has_more } = await calls.members(this.id)
      // Another reading has begun since: it is the newer one.
      if (this.#meanwhile === meanwhile) this.#take(members, has_more, meanwhile)
    } catch {
      // Names and ticks that are missing are no error worth telling.
    } finally {
      if (this.#meanwhile === meanwhile) this.#meanwhile = null
    }
  }

  #draw(): void {
    this.#drawing = undefined
    const heard = this.#heard
    this.#heard = []
    this.receipts = withReceipts(this.receipts, heard)
  }

  #take(members: Member[], has_more: boolean, meanwhile: readonly Receipt[]): void {
    this.people = members.map((member) => member.user)
    this.#more = has_more
    this.#many = has_more
    const own = members.find((member) => member.user.id === this.#me)
    if (own) this.mutedUntil = own.muted_until
    this.#directory.learn(this.people)
    // What was heard meanwhile may be further.
    const held = [...this.receipts].map(([user, { read, delivered }]) => ({ user, read_seq: read, delivered_seq: delivered }))
    this.receipts = has_more ? new Map() : withReceipts(receiptsOf(members, this.#me), [...held, ...meanwhile])
  }
}
