import { MOST } from '../api/calls'
import { isTemporary, Problem } from '../api/problem'
import type { Room } from '../api/wire'

const WAIT_MS = 700
/** After a long absence every room has something new: the others are told with their next message. */
const MOST_AT_ONCE = 40
/** Ticks are shown only where all members are on one page. */
const SMALL_ROOM = MOST

export interface DeliveryPorts {
  room(room: string): Room | undefined
  up(): boolean
  tell(room: string, seq: number): Promise<unknown>
}

/** Tells the server which messages have arrived on this device; what is read at once needs no telling. */
export class Deliveries {
  readonly #ports: DeliveryPorts
  readonly #arrived = new Map<string, number>()
  readonly #told = new Map<string, number>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(ports: DeliveryPorts) {
    this.#ports = ports
  }

  arrived(room: string, seq: number): void {
    this.#arrived.set(room, Math.max(seq, this.#arrived.get(room) ?? 0))
    this.#timer ??= setTimeout(() => void this.#flush(), WAIT_MS)
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #matters(id: string, seq: number): boolean {
    const room = this.#ports.room(id)
    if (!room?.role || !this.#ports.up()) return false
    return room.member_count <= SMALL_ROOM && room.read_seq < seq && (this.#told.get(id) ?? 0) < seq
  }

  async #flush(): Promise<void> {
    const arrived = [...this.#arrived]
    this.#arrived.clear()
    this.#timer = undefined
    const told = arrived.filter(([id, seq]) => this.#matters(id, seq)).slice(0, MOST_AT_ONCE)
    for (const [id, seq] of told) {
      try {
        await this.#ports.tell(id, seq)
        this.#told.set(id, seq)
      } catch (error) {
        // A tick that comes late: the next message tells of all before it. What one room refuses is no matter of the others.
        if (!(error instanceof Problem) || isTemporary(error)) return
      }
    }
  }
}
