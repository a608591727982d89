import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem, UNREACHABLE } from '../api/problem'
import { created, message, room } from '../testing/samples'
import { RoomTimeline } from './room-timeline.svelte'

/** A room in a store, and a way to announce its changes. */
class Store {
  head = 0
  down = false
  reads = 0
  /** Runs between the reading of the head and of the page. */
  between: () => void = () => undefined

  readonly timeline = new RoomTimeline('r', {
    room: async () => {
      this.reads++
      if (this.down) throw new Problem(UNREACHABLE, '')
      return room({ head_rev: this.head, head_seq: this.head })
    },
    messages: async (_, { before_seq, limit }) => {
      this.between()
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
})
