import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem, UNREACHABLE } from '../api/problem'
import type { Message, Thread } from '../api/wire'
import { created, message, user } from '../testing/samples'
import { Threads } from './threads.svelte'

const thread = (root: number, more: Partial<Thread> = {}, last = root): Thread => ({
  root: message(root, last > root ? { replies: { count: 1, last_seq: last, last_at: '2026-01-05T11:00:00.000Z' } } : {}),
  read_seq: root,
  unread: 0,
  ...more,
})

let threads: Threads
let held: Thread[]
let down: boolean
let loads: number
let told: number[]
let people: number
let timeline: Message[]
/** Runs after a list was read by the server and before it is here. */
let between: () => void

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(1)
  held = []
  down = false
  loads = 0
  told = []
  people = 2
  timeline = []
  between = () => undefined
  threads = new Threads('ann', {
    threads: async () => {
      loads++
      const list = held
      between()
      return list
    },
    read: async (_, root, seq) => {
      if (down) throw new Problem(UNREACHABLE, '')
      told.push(seq)
      return thread(root, { read_seq: seq }, seq)
    },
    people: () => people,
    message: (_, seq) => timeline.find((message) => message.seq === seq),
  })
})
const seqs = () => threads.list.map(({ root }) => root.seq)

describe('the threads one takes part in', () => {
  it('keep what happens while the list is on its way', async () => {
    held = [thread(1, { unread: 0 }), thread(2)]
    await threads.load()
    between = () => {
      threads.change(created(9, 9, { thread: 1 }))
      void threads.read('r', 3, 8)
    }
    const loading = threads.load()
    await loading
    expect(threads.get('r', 1)).toMatchObject({ unread: 1, root: { replies: { last_seq: 9 } } })
    expect(threads.get('r', 3)?.read_seq).toBe(8)
  })

  it('are those of the newest list, whichever comes last', async () => {
    const answers: ((list: Thread[]) => void)[] = []
    const slow = new Threads('ann', { threads: () => new Promise((done) => answers.push(done)), read: async () => thread(1), people: () => 2, message: () => undefined })
    const loading = [slow.load(), slow.load()]
    answers[1]?.([thread(2)])
    await loading[1]
    answers[0]?.([thread(1)])
    await loading[0]
    expect(slow.list.map(({ root }) => root.seq)).toEqual([2])
  })

  it('are told to be read again where the server had not heard of it', async () => {
    held = [thread(1, { unread: 2 }, 5)]
    await threads.load()
    down = true
    await threads.read('r', 1, 5)
    down = false
    await threads.load()
    expect(threads.get('r', 1)).toMatchObject({ read_seq: 5, unread: 0 })
    expect(told).toEqual([5])
  })

  it('are read at once when one is concerned, and by others each in their own time', async () => {
    people = 100_000
    timeline = [message(1, { sender: user('ann') }), message(2)]
    threads.change(created(10, 10, { thread: 2 }))
    await vi.advanceTimersByTimeAsync(2_000)
    expect(loads).toBe(0)
    threads.change(created(11, 11, { thread: 1 }))
    await vi.advanceTimersByTimeAsync(2_000)
    expect(loads).toBe(1)
    threads.change(created(12, 12, { thread: 3, mentions: { users: ['ann'] } }))
    await vi.advanceTimersByTimeAsync(2_000)
    expect(loads).toBe(2)
    threads.change(created(13, 13, { thread: 4 }))
    await vi.advanceTimersByTimeAsync(40_000)
    expect(loads).toBe(3)
  })

  it('of others are read once, and again when one is called there', async () => {
    threads.change(created(10, 10, { thread: 2 }))
    await vi.advanceTimersByTimeAsync(40_000)
    threads.change(created(11, 11, { thread: 2 }))
    await vi.advanceTimersByTimeAsync(40_000)
    expect(loads).toBe(1)
    held = [thread(2, {}, 12)]
    threads.change(created(12, 12, { thread: 2, mentions: { users: ['ann'] } }))
    await vi.advanceTimersByTimeAsync(2_000)
    expect(seqs()).toEqual([2])
  })

  it('go with their room, also from a list that is on its way', async () => {
    held = [thread(1)]
    await threads.load()
    between = () => {
      between = () => undefined
      held = []
      threads.forget('r')
      expect(seqs()).toEqual([])
    }
    await threads.load()
    await vi.advanceTimersByTimeAsync(10)
    expect(seqs()).toEqual([])
  })
})
