import { describe, expect, it } from 'vitest'
import { created, message, other, user } from '../testing/samples'
import type { Change } from './change'
import { apply, find, keepNewest, lastSeq, takeNewer, takeOlder, takeOne, taken, type Timeline } from './timeline'

const ann = { me: 'ann' }
const page = (from: number, to: number, has_more = false) => ({
  messages: Array.from({ length: to - from + 1 }, (_, at) => message(from + at)),
  has_more,
})
const seqs = (timeline: Timeline) => timeline.messages.map((message) => message.seq)

function applyAll(timeline: Timeline, changes: Change[]): Timeline {
  for (const change of changes) {
    const applied = apply(timeline, change, ann)
    if (applied.outcome === 'applied') timeline = applied.timeline
  }
  return timeline
}

const by = user('ben')
const at = '2026-01-05T11:00:00.000Z'
const edited = (rev: number, seq: number, text: string): Change => ({ type: 'message.edited', room: 'r', rev, by, message: message(seq, { text, edited_at: at }) })
const deleted = (rev: number, seq: number, more = {}): Change => ({ type: 'message.deleted', room: 'r', rev, by, message: message(seq, { text: '', deleted_at: at, ...more }) })
const reaction = (type: 'added' | 'removed', rev: number, seq: number, emoji: string, who: string, count: number): Change => ({
  type: `reaction.${type}`,
  room: 'r',
  rev,
  seq,
  emoji,
  user: user(who),
  count,
})

describe('apply', () => {
  const start = taken(3, null, page(1, 3))

  it('appends the next message', () => {
    const after = applyAll(start, [created(4), created(5)])
    expect(seqs(after)).toEqual([1, 2, 3, 4, 5])
    expect(after.rev).toBe(5)
  })

  it('ignores a change that is already in, however often it comes', () => {
    expect(apply(start, created(3), ann).outcome).toBe('known')
    expect(seqs(applyAll(start, [created(4), created(4), created(2), created(4)]))).toEqual([1, 2, 3, 4])
  })

  it('lets go of messages that have outlived their time, and asks for none before them', () => {
    const removed = (up_to: number): Change => ({ type: 'messages.removed', room: 'r', rev: 4, up_to })
    const held = taken(3, null, page(5, 8, true))
    expect(applyAll(held, [removed(3)])).toMatchObject({ hasOlder: true, rev: 4 })
    expect(applyAll(held, [removed(4)]).hasOlder).toBe(false)
    const after = applyAll(held, [removed(6)])
    expect(seqs(after)).toEqual([7, 8])
    expect(after.hasOlder).toBe(false)
    expect(seqs(applyAll(held, [removed(8), created(5, 9)]))).toEqual([9])
  })

  it('reports a gap and stays as it was', () => {
    expect(apply(start, created(5), ann).outcome).toBe('gap')
  })

  it('counts changes of unknown types, which take a rev but no seq', () => {
    const after = applyAll(start, [other(4), other(5), created(6, 4)])
    expect(after.rev).toBe(6)
    expect(seqs(after)).toEqual([1, 2, 3, 4])
  })

  it('accepts changes that the page was ahead of without doubling them', () => {
    const after = applyAll(taken(3, null, page(1, 5)), [created(4), created(5), created(6)])
    expect(seqs(after)).toEqual([1, 2, 3, 4, 5, 6])
    expect(after.rev).toBe(6)
  })

  it('edits, and keeps what the change does not tell', () => {
    const after = applyAll(start, [reaction('added', 4, 2, '👍', 'cleo', 1), edited(5, 2, 'better')])
    expect(find(after, 2)).toMatchObject({ text: 'better', edited_at: at, reactions: [{ emoji: '👍', count: 1, users: ['cleo'] }] })
  })

  it('keeps nothing of a deleted message but its place', () => {
    const after = applyAll(start, [reaction('added', 4, 2, '👍', 'cleo', 1), deleted(5, 2), reaction('added', 6, 2, '👍', 'cleo', 1)])
    expect(find(after, 2)).toMatchObject({ text: '', deleted_at: at, reactions: undefined })
    expect(seqs(after)).toEqual([1, 2, 3])
  })

  it('follows reactions by the count they tell', () => {
    const after = applyAll(start, [
      reaction('added', 4, 1, '👍', 'cleo', 70),
      reaction('added', 5, 1, '🎉', 'ann', 1),
      reaction('removed', 6, 1, '👍', 'cleo', 69),
      reaction('removed', 7, 1, '🎉', 'ann', 0),
    ])
    expect(find(after, 1)?.reactions).toEqual([{ emoji: '👍', count: 69, users: [] }])
  })

  it('names those who reacted up to a number, and oneself in any case', () => {
    let after = start
    for (let n = 1; n <= 60; n++) after = applyAll(after, [reaction('added', 3 + n, 1, '👍', `u${n}`, n)])
    after = applyAll(after, [reaction('added', 64, 1, '👍', 'ann', 61)])
    expect(find(after, 1)?.reactions?.[0]).toMatchObject({ count: 61 })
    expect(find(after, 1)?.reactions?.[0]?.users).toHaveLength(51)
  })
})

describe('threads', () => {
  const start = taken(3, null, page(1, 3))
  const reply = (rev: number, seq: number, thread = 2) => created(rev, seq, { thread })

  it('are counted under their root and left out of the room', () => {
    const after = applyAll(start, [reply(4, 4), reply(5, 5), created(6, 6)])
    expect(seqs(after)).toEqual([1, 2, 3, 6])
    expect(find(after, 2)?.replies).toMatchObject({ count: 2, last_seq: 5 })
  })

  it('do not count a reply that the page knew', () => {
    const ahead = taken(3, null, { messages: [message(2, { replies: { count: 2, last_seq: 5, last_at: at } })], has_more: false })
    expect(find(applyAll(ahead, [reply(4, 4), reply(5, 5), reply(6, 6)]), 2)?.replies?.count).toBe(3)
  })

  it('are counted anew by the server when a reply is deleted', () => {
    const after = applyAll(start, [reply(4, 4), deleted(5, 4, { thread: 2 })])
    expect(after.recount).toEqual([2])
    const told = takeOne(after, message(2), [reply(6, 5)], ann)
    expect(told.recount).toEqual([])
    expect(find(told, 2)?.replies?.count).toBe(1)
  })

  it('hold only their own messages', () => {
    const thread = taken(3, 2, { messages: [], has_more: false })
    expect(seqs(applyAll(thread, [reply(4, 4), created(5, 5), reply(6, 6, 3), reply(7, 7)]))).toEqual([4, 7])
  })
})

describe('pages', () => {
  it('of older messages go in front and say whether there is more', () => {
    const timeline = takeOlder(taken(9, null, page(7, 9, true)), page(4, 6), [], ann)
    expect(seqs(timeline)).toEqual([4, 5, 6, 7, 8, 9])
    expect(timeline.hasOlder).toBe(false)
  })

  it('learn what happened while they were on their way', () => {
    const timeline = takeOlder(taken(9, null, page(7, 9, true)), page(4, 6), [edited(9, 5, 'new'), deleted(9, 6)], ann)
    expect(find(timeline, 5)?.text).toBe('new')
    expect(find(timeline, 6)?.deleted_at).toBe(at)
  })

  it('of newer messages close the way to the end, with what was written meanwhile', () => {
    const window = taken(9, null, page(4, 6, true), true)
    expect(seqs(applyAll(window, [created(10)]))).toEqual([4, 5, 6])
    const more = takeNewer(window, page(7, 8, true), [created(10)], ann)
    expect(seqs(more)).toEqual([4, 5, 6, 7, 8])
    const end = takeNewer(more, page(9, 9), [created(10)], ann)
    expect(seqs(end)).toEqual([4, 5, 6, 7, 8, 9, 10])
    expect(end.hasNewer).toBe(false)
  })

  it('can be let go of and read again', () => {
    const timeline = keepNewest(taken(9, null, page(1, 9)), 4)
    expect(seqs(timeline)).toEqual([6, 7, 8, 9])
    expect(timeline.hasOlder).toBe(true)
  })

  it('may be empty', () => {
    const empty = taken(1, null, { messages: [], has_more: false })
    expect(lastSeq(empty)).toBe(0)
    expect(seqs(applyAll(empty, [created(2, 1)]))).toEqual([1])
  })
})
