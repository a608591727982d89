import { SvelteMap, SvelteSet } from 'svelte/reactivity'
import { Problem, isSignedOut, isTemporary, momentIn, sentence } from '../api/problem'
import type { Accepted, FileInfo, Message } from '../api/wire'
import { backoffMs } from '../model/backoff'
import { newClientId } from '../model/client-id'
import { FOR_GOOD } from '../model/notes'
import * as outbox from '../model/outbox'
import type { Entry, Outbox } from '../model/outbox'
import type { OutboxStorage } from './outbox-storage'
import { Soon } from './soon'

export interface SenderPorts {
  /** Rejects with a `Problem`. */
  send(entry: Entry): Promise<Accepted>
  up(): boolean
}

/**
 * Sends what is in the outbox, in order within each room, with the same `client_id` until the
 * server has answered. Whatever happens to the connection, the page or the server in between,
 * the server takes each message once.
 */
export class Sender {
  entries = $state.raw<Outbox>([])
  /** Direct rooms whose other person was said not to want to hear of this user. */
  readonly unwanted = new SvelteSet<string>()
  /** Until when this user is muted, in rooms where it was learned by writing. */
  readonly silenced = new SvelteMap<string, string>()
  readonly waiting = $derived(this.entries.filter((entry) => entry.state !== 'accepted').length)

  readonly #me: string
  readonly #storage: OutboxStorage
  readonly #ports: SenderPorts
  /** Rooms with a message on its way. */
  readonly #busy = new Set<string>()
  /** Rooms of which the server said when the next message may come. */
  readonly #held = new Map<string, number>()
  readonly #again = new Soon(() => this.pump())
  #tries = 0

  constructor(me: string, storage: OutboxStorage, ports: SenderPorts) {
    this.#me = me
    this.#storage = storage
    this.#ports = ports
    this.entries = storage.load()
  }

  write(message: Pick<Entry, 'room' | 'text' | 'replyTo' | 'thread' | 'attachments'>): void {
    const entry = { ...message, clientId: newClientId(), writtenAt: new Date().toISOString() }
    this.#set(outbox.add(this.entries, entry))
    this.pump()
  }

  /** A conflict means that the id is taken by another text: only a new id can help. */
  retry(entry: Entry): void {
    const as = entry.reason === CONFLICT ? newClientId() : entry.clientId
    this.#set(outbox.retry(this.entries, entry.clientId, as))
    this.pump()
  }

  /** The server has a file of a message, or has it no more. */
  uploaded(clientId: string, key: string, file: FileInfo | undefined): void {
    this.#set(outbox.uploaded(this.entries, clientId, key, file))
  }

  remove(clientId: string): void {
    this.#set(outbox.remove(this.entries, clientId))
  }

  /** Forgets everything not sent: the user signs out and has agreed to that. */
  clear(): void {
    this.entries = []
    this.#storage.clear()
  }

  /** The timeline of the room, or of one of its threads, shows these messages and everything of its own up to `seq`. */
  settle(room: string, thread: number | null, messages: readonly Message[], seq: number): void {
    if (this.entries.length === 0) return
    let entries = outbox.settle(this.entries, room, thread, seq)
    for (const message of messages) if (message.sender.id === this.#me) entries = outbox.remove(entries, message.client_id)
    this.#set(entries)
  }

  /** Starts sending wherever something waits and nothing is on its way. */
  pump(): void {
    if (!this.#ports.up()) return
    this.#again.close()
    for (const room of outbox.roomsWaiting(this.entries)) {
      const wait_ms = (this.#held.get(room) ?? 0) - Date.now()
      if (wait_ms > 0) this.#again.within(wait_ms)
      else if (!this.#busy.has(room)) void this.#drain(room)
    }
  }

  close(): void {
    this.#again.close()
  }

  async #drain(room: string): Promise<void> {
    this.#busy.add(room)
    let entry = this.#next(room)
    try {
      for (; entry; entry = this.#next(room)) {
        const answer = await this.#ports.send(entry)
        this.#tries = 0
        this.unwanted.delete(entry.room)
        this.silenced.delete(entry.room)
        this.#set(outbox.accept(this.entries, entry.clientId, answer.seq))
      }
    } catch (error) {
      if (entry) this.#refused(entry, error)
    } finally {
      this.#busy.delete(room)
    }
  }

  #next(room: string): Entry | undefined {
    return this.#ports.up() ? outbox.nextToSend(this.entries, room) : undefined
  }

  #refused(entry: Entry, error: unknown): void {
    if (error instanceof Problem && error.code === 'slow_mode') {
      const wait_ms = error.retryAfterMs ?? SLOW_MS
      this.#held.set(entry.room, Date.now() + wait_ms)
      this.#again.within(wait_ms)
      return
    }
    if (error instanceof Problem && error.code === 'muted') this.silenced.set(entry.room, momentIn(error) ?? FOR_GOOD)
    if (error instanceof Problem && error.code === 'blocked') this.unwanted.add(entry.room)
    if (!(error instanceof Problem) || isTemporary(error)) {
      this.#pumpLater(error instanceof Problem ? error.retryAfterMs : undefined)
      return
    }
    // The messages wait for whoever signs in as this user again.
    if (isSignedOut(error)) return
    this.#set(outbox.fail(this.entries, entry.clientId, error.code === 'client_id_conflict' ? CONFLICT : sentence(error)))
    this.#pumpLater(0)
  }

  #pumpLater(delay_ms = backoffMs(this.#tries++, Math.random())): void {
    this.#again.within(delay_ms)
  }

  #set(entries: Outbox): void {
    if (entries === this.entries) return
    this.#storage.save(this.entries, entries)
    this.entries = entries
  }
}

/** Where the server does not say how long to wait. */
const SLOW_MS = 3_000
const CONFLICT = 'A message with this number was sent before with another text.'
