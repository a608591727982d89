import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem, UNREACHABLE } from '../api/problem'
import { created, message, room } from '../testing/samples'
import { RoomTimeline } from './room-timeline.svelte'

/** A room in a store, and a way to announce its changes. */
class Store {
  head = 0
  down = false
  unread = 0
  read_seq = 0
  reads = 0
  /** Runs between the reading of the head and of the page. */
  between: () => void = () => undefined
  refusal: Problem | undefined
  /** Pages that are asked for now wait for this. */
  late: Promise<void> | undefined

  readonly timeline = new RoomTimeline({ me: 'ann', room: 'r', thread: null }, {
    room: async () => {
      this.reads++
      if (this.down) throw new Problem(UNREACHABLE, '')
      if (this.refusal) throw this.refusal
      return room({ head_rev: this.head, head_seq: this.head, unread: this.unread, read_seq: this.read_seq })
    },
    message: async (_, seq) => message(seq),
    messages: async (_, { before_seq, after_seq, limit }) => {
      this.between()
      await this.late
      if (after_seq !== undefined) {
        const to = Math.min(this.head, after_seq + limit)
        return { messages: Array.from({ length: Math.max(0, to - after_seq) }, (_, at) => message(after_seq + 1 + at)), has_more: to < this.head }
      }
      const to = before_seq === undefined ? this.head : before_seq - 1
      const from = Math.max(1, to - limit + 1)
      return { messages: Array.from({ length: to - from + 1 }, (_, at) => message(from + at)), has_more: from > 1 }
    },
    took: () => undefined,
    advanced: () => undefined,
  })

  seqs = () => this.timeline.timeline?.messages.map((message) => message.seq) ?? []
  upTo = (seq: number) => Array.from({ length: seq }, (_, at) => at + 1)
}

let store: Store
beforeEach(() => {
  vi.useFakeTimers()
  store = new Store()
})
const settled = () => vi.advanceTimersByTimeAsync(10_000)

describe('a live timeline', () => {
  it('merges the reading with changes that arrive during it', async () => {
    store.head = 3
    store.between = () => {
      store.timeline.change(created(5))
      store.timeline.change(created(4))
      store.head = 4
    }
    const reading = store.timeline.read()
    store.timeline.change(created(3))
    await reading
    expect(store.seqs()).toEqual([1, 2, 3, 4, 5])
    expect(store.timeline.timeline?.rev).toBe(5)
  })

  it('reads the room when a change is missing', async () => {
    store.head = 2
    await store.timeline.read()
    store.head = 6
    store.timeline.change(created(6))
    await settled()
    expect(store.seqs()).toEqual(store.upTo(6))
    expect(store.timeline.timeline?.rev).toBe(6)
  })

  it('reads again if the store was behind the announcement', async () => {
    store.head = 2
    await store.timeline.read()
    store.timeline.change(created(6))
    await vi.advanceTimersByTimeAsync(100)
    expect(store.seqs()).toEqual([1, 2])
    store.head = 6
    await settled()
    expect(store.seqs()).toEqual(store.upTo(6))
  })

  it('reads what came before a new subscription, also if that started during the reading', async () => {
    store.head = 2
    const reading = store.timeline.read()
    store.between = () => {
      store.between = () => undefined
      store.head = 4
      store.timeline.startsAt(5)
    }
    await reading
    store.head = 5
    await settled()
    expect(store.timeline.timeline?.rev).toBe(5)
    expect(store.seqs()).toEqual(store.upTo(5))
  })

  it('does not read when nothing was missed', async () => {
    store.head = 2
    await store.timeline.read()
    store.timeline.startsAt(2)
    await settled()
    expect(store.reads).toBe(1)
  })

  it('begins anew when the log is another one', async () => {
    store.head = 80
    await store.timeline.read()
    store.head = 2
    store.timeline.lost(2)
    await settled()
    expect(store.seqs()).toEqual([1, 2])
    store.timeline.change(created(3))
    expect(store.seqs()).toEqual([1, 2, 3])
  })

  it('keeps what it has and tries again while the store is away', async () => {
    store.head = 2
    await store.timeline.read()
    store.down = true
    store.timeline.change(created(4))
    await settled()
    expect(store.seqs()).toEqual([1, 2])
    store.down = false
    store.head = 4
    await settled()
    expect(store.seqs()).toEqual(store.upTo(4))
  })

  it('goes back page by page', async () => {
    store.head = 150
    await store.timeline.read()
    await store.timeline.older()
    await store.timeline.older()
    await store.timeline.older()
    expect(store.seqs()).toEqual(store.upTo(150))
    expect(store.timeline.timeline?.hasOlder).toBe(false)
  })

  it('reads as far back as somebody has scrolled, and no further than it can', async () => {
    store.head = 150
    await store.timeline.read()
    await store.timeline.older()
    store.head = 200
    store.timeline.change(created(200))
    await settled()
    expect(store.seqs()).toEqual(store.upTo(200))
    store.head = 5_000
    store.timeline.change(created(5_000))
    await settled()
    expect(store.seqs()).toHaveLength(800)
  })

  it('begins where reading stopped when more is unread than a page holds', async () => {
    store.head = 300
    store.unread = 100
    store.read_seq = 120
    await store.timeline.read()
    expect([store.seqs()[0], store.seqs().at(-1)]).toEqual([90, 149])
    expect(store.timeline.timeline?.hasNewer).toBe(true)
  })

  it('goes to a message far back, and from there both ways', async () => {
    store.head = 500
    await store.timeline.read()
    expect(await store.timeline.around(250)).toBe(true)
    expect([store.seqs()[0], store.seqs().at(-1)]).toEqual([220, 279])
    store.timeline.change(created(501))
    store.head = 501
    await store.timeline.older()
    while (store.timeline.timeline?.hasNewer) await store.timeline.newer()
    expect(store.seqs()).toEqual(store.upTo(501).slice(159))
    store.timeline.change(created(502))
    expect(store.seqs().at(-1)).toBe(502)
  })

  it('knows what is written while it goes to the end', async () => {
    store.head = 100
    await store.timeline.around(10)
    while (store.timeline.timeline?.hasNewer) {
      const going = store.timeline.newer()
      // Announced after the page was read and before it is here.
      store.timeline.change(created(++store.head))
      await going
    }
    expect(store.seqs().at(-1)).toBe(store.head)
    await store.timeline.around(10)
    await store.timeline.toNewest()
    expect(store.seqs().at(-1)).toBe(store.head)
  })

  it('has no hole where it lets go of the oldest while older ones are on their way', async () => {
    store.head = 500
    await store.timeline.read()
    for (let pages = 0; pages < 4; pages++) await store.timeline.older()
    const older = store.timeline.older()
    store.timeline.trim()
    await older
    expect(store.seqs()).toEqual(store.upTo(500).slice(-240))
    await store.timeline.older()
    expect(store.seqs()).toEqual(store.upTo(500).slice(-300))
  })

  it('reads all that is held again in the middle', async () => {
    store.head = 900
    await store.timeline.around(100)
    for (let pages = 0; pages < 5; pages++) await store.timeline.newer()
    const [first, last] = [store.seqs()[0] ?? 0, store.seqs().at(-1) ?? 0]
    expect(last - first).toBeGreaterThan(300)
    store.head = 950
    store.timeline.change(created(950))
    await settled()
    expect(store.seqs()[0]).toBe(first)
    expect(store.seqs().at(-1)).toBeGreaterThanOrEqual(last)
    expect(store.timeline.timeline?.hasNewer).toBe(true)
  })

  it('waits for every reading before it goes to a message', async () => {
    store.head = 500
    await store.timeline.read()
    // The first reading ends with a gap, and so begins another.
    store.between = () => {
      store.between = () => undefined
      store.timeline.change(created(505))
    }
    const reading = store.timeline.read()
    const going = store.timeline.around(250)
    void reading.then(() => store.timeline.read())
    expect(await going).toBe(true)
    expect(store.seqs()).toContain(250)
  })

  it('has no hole where a page comes after the newest were read', async () => {
    store.head = 400
    await store.timeline.around(100)
    let answer: () => void = () => undefined
    store.between = () => {
      store.between = () => undefined
      // While the newest are being read, somebody scrolls up in what is held.
      store.late = new Promise((done) => (answer = done))
      void store.timeline.older()
      store.late = undefined
    }
    await store.timeline.toNewest()
    answer()
    await settled()
    expect(store.seqs()).toEqual(Array.from({ length: 60 }, (_, at) => 341 + at))
  })

  it('is read as soon as one may', async () => {
    store.refusal = new Problem('unknown_room', '')
    await store.timeline.read()
    expect(store.timeline.status).toBe('unknown')
    expect(store.timeline.goesOnFrom(room())).toBe(false)
    store.refusal = undefined
    store.head = 3
    store.timeline.startsAt(3)
    await settled()
    expect(store.seqs()).toEqual([1, 2, 3])
  })

  it('does not grow without end, and says where it has let go of what is unread', async () => {
    store.head = 10
    await store.timeline.read()
    for (let rev = 11; rev <= 1000; rev++) {
      store.timeline.change(created(rev))
      store.timeline.trimIfLong()
    }
    expect(store.seqs().length).toBeLessThanOrEqual(480)
    expect(store.seqs().at(-1)).toBe(1000)
    expect(store.timeline.goesOnFrom(room({ read_seq: 10, unread: 990 }))).toBe(false)
    expect(store.timeline.goesOnFrom(room({ read_seq: 990, unread: 10 }))).toBe(true)
  })

  it('asks for nothing any more once it is closed', async () => {
    store.head = 3
    await store.timeline.read()
    store.down = true
    store.timeline.startsAt(9)
    store.timeline.close()
    await settled()
    expect(store.reads).toBe(2)
  })

  it('says where a message is none of its own', async () => {
    store.head = 10
    expect(await store.timeline.around(99)).toBe(false)
  })
})
