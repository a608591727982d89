import { Problem, isSignedOut, isTemporary, sentence } from '../api/problem'
import type { Accepted, Message } from '../api/wire'
import { backoffMs } from '../model/backoff'
import { newClientId } from '../model/client-id'
import * as outbox from '../model/outbox'
import type { Entry, Outbox } from '../model/outbox'
import type { OutboxStorage } from './outbox-storage'

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
  readonly waiting = $derived(this.entries.filter((entry) => entry.state !== 'accepted').length)

  readonly #me: string
  readonly #storage: OutboxStorage
  readonly #ports: SenderPorts
  /** Rooms with a message on its way. */
  readonly #busy = new Set<string>()
  #tries = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(me: string, storage: OutboxStorage, ports: SenderPorts) {
    this.#me = me
    this.#storage = storage
    this.#ports = ports
    this.entries = storage.load()
  }

  write(room: string, text: string): void {
    const entry = { clientId: newClientId(), room, text, writtenAt: new Date().toISOString() }
    this.#set(outbox.add(this.entries, entry))
    this.pump()
  }

  /** A conflict means that the id is taken by another text: only a new id can help. */
  retry(entry: Entry): void {
    const as = entry.reason === CONFLICT ? newClientId() : entry.clientId
    this.#set(outbox.retry(this.entries, entry.clientId, as))
    this.pump()
  }

  remove(clientId: string): void {
    this.#set(outbox.remove(this.entries, clientId))
  }

  /** Forgets everything not sent: the user signs out and has agreed to that. */
  clear(): void {
    this.#set([])
  }

  /** The timeline of `room` shows these messages and everything up to `seq`. */
  settle(room: string, messages: readonly Message[], seq: number): void {
    if (this.entries.length === 0) return
    let entries = outbox.settle(this.entries, room, seq)
    for (const message of messages) if (message.sender.id === this.#me) entries = outbox.remove(entries, message.client_id)
    this.#set(entries)
  }

  /** Starts sending wherever something waits and nothing is on its way. */
  pump(): void {
    if (!this.#ports.up()) return
    clearTimeout(this.#timer)
    for (const room of outbox.roomsWaiting(this.entries)) if (!this.#busy.has(room)) void this.#drain(room)
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  async #drain(room: string): Promise<void> {
    this.#busy.add(room)
    let entry = this.#next(room)
    try {
      for (; entry; entry = this.#next(room)) {
        const answer = await this.#ports.send(entry)
        this.#tries = 0
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
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.pump(), delay_ms)
  }

  #set(entries: Outbox): void {
    if (entries === this.entries) return
    this.#storage.save(this.entries, entries)
    this.entries = entries
  }
}

const CONFLICT = 'A message with this number was sent before with another text.'
