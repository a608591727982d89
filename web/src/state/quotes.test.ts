import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem, UNREACHABLE } from '../api/problem'
import type { Message } from '../api/wire'
import type { Change } from '../model/change'
import { created, message, user } from '../testing/samples'
import { Quotes } from './quotes.svelte'

let quotes: Quotes
let asked: number[]
let answer: (seq: number) => Promise<Message>
const AT = '2026-01-05T11:00:00.000Z'

beforeEach(() => {
  vi.useFakeTimers()
  asked = []
  answer = async (seq) => message(seq, { replies: { count: 1, last_seq: 5, last_at: AT } })
  quotes = new Quotes('r', 'ann', (_, seq) => {
    asked.push(seq)
    return answer(seq)
  })
})

const edited = (text: string): Change => ({ type: 'message.edited', room: 'r', rev: 20, by: user('ben'), message: message(1, { text }) })
const deleted = (seq: number, more: Partial<Message> = {}): Change => ({
  type: 'message.deleted',
  room: 'r',
  rev: 21,
  by: user('ben'),
  message: message(seq, { text: '', deleted_at: AT, ...more }),
})

describe('a message that others answer', () => {
  it('keeps its reactions and replies when it is edited, and counts further ones', async () => {
    await quotes.ask(1)
    quotes.change({ type: 'reaction.added', room: 'r', rev: 19, seq: 1, emoji: '🎉', user: user('ben'), count: 1 })
    quotes.change(edited('new'))
    quotes.change(created(22, 22, { thread: 1 }))
    expect(quotes.get(1)).toMatchObject({ text: 'new', reactions: [{ emoji: '🎉', count: 1 }], replies: { count: 2, last_seq: 22 } })
  })

  it('is put right by what happened while it was on its way', async () => {
    const asking = quotes.ask(1)
    quotes.change(deleted(1))
    expect(await asking).toMatchObject({ text: '', deleted_at: AT })
  })

  it('is asked for once at a time', async () => {
    await Promise.all([quotes.ask(1), quotes.ask(1)])
    expect(asked).toEqual([1])
  })

  it('is asked for again when one of its replies is deleted', async () => {
    await quotes.ask(1)
    quotes.change(deleted(5, { thread: 1 }))
    await vi.advanceTimersByTimeAsync(10)
    expect(asked).toEqual([1, 1])
  })

  it('is read again with all others after something was missed', async () => {
    await quotes.ask(1)
    await quotes.ask(2)
    answer = async (seq) => message(seq, { text: '', deleted_at: AT })
    await quotes.load()
    expect([quotes.get(1)?.deleted_at, quotes.get(2)?.deleted_at]).toEqual([AT, AT])
  })

  it('is asked for until somebody answers, and never after the room is left', async () => {
    answer = async () => Promise.reject(new Problem(UNREACHABLE, ''))
    expect(await quotes.ask(1)).toBeNull()
    expect(quotes.get(1)).toBeUndefined()
    answer = async (seq) => message(seq)
    await vi.advanceTimersByTimeAsync(6_000)
    expect(quotes.get(1)?.seq).toBe(1)
    answer = async () => Promise.reject(new Problem(UNREACHABLE, ''))
    const asking = quotes.ask(2)
    quotes.close()
    await asking
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked.filter((seq) => seq === 2)).toEqual([2])
  })

  it('is not asked for any more when it cannot be had', async () => {
    answer = async () => Promise.reject(new Problem('unknown_message', ''))
    await quotes.ask(1)
    expect(quotes.get(1)).toBeNull()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toEqual([1])
  })
})
