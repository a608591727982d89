import { describe, expect, it } from 'vitest'
import { created, message, other } from '../testing/samples'
import { apply, keepNewest, lastSeq, takeNewest, takeOlder, type Timeline } from './timeline'
import type { Change } from './change'

const page = (from: number, to: number, has_more = false) => ({
  messages: Array.from({ length: to - from + 1 }, (_, at) => message(from + at)),
  has_more,
})
const seqs = (timeline: Timeline) => timeline.messages.map((message) => message.seq)

function applyAll(timeline: Timeline, changes: Change[]): Timeline {
  for (const change of changes) {
    const applied = apply(timeline, change)
    if (applied.outcome === 'applied') timeline = applied.timeline
  }
  return timeline
}

describe('apply', () => {
  const start = takeNewest(null, 3, page(1, 3))

  it('appends the next message', () => {
    const after = applyAll(start, [created(4), created(5)])
    expect(seqs(after)).toEqual([1, 2, 3, 4, 5])
    expect(after.rev).toBe(5)
  })

  it('ignores a change that is already in, however often it comes', () => {
    expect(apply(start, created(3)).outcome).toBe('known')
    expect(seqs(applyAll(start, [created(4), created(4), created(2), created(4)]))).toEqual([1, 2, 3, 4])
  })

  it('reports a gap and stays as it was', () => {
    expect(apply(start, created(5)).outcome).toBe('gap')
  })

  it('counts changes of unknown types, which take a rev but no seq', () => {
    const after = applyAll(start, [other(4), other(5), created(6, 4)])
    expect(after.rev).toBe(6)
    expect(seqs(after)).toEqual([1, 2, 3, 4])
  })

  it('reports a gap between messages even where the revs follow', () => {
    expect(apply(start, created(4, 6)).outcome).toBe('gap')
  })
})

describe('takeNewest', () => {
  it('accepts changes that the page was ahead of without doubling them', () => {
    // The head was read as 3, two messages arrived, then the page was read.
    const snapshot = takeNewest(null, 3, page(1, 5))
    const after = applyAll(snapshot, [created(4), created(5), created(6)])
    expect(seqs(after)).toEqual([1, 2, 3, 4, 5, 6])
    expect(after.rev).toBe(6)
  })

  it('keeps what was scrolled back to when the page reaches it', () => {
    const held = takeOlder(takeNewest(null, 60, page(41, 60, true)), page(21, 40, true))
    const after = takeNewest(held, 70, page(51, 70, true))
    expect(seqs(after)[0]).toBe(21)
    expect(seqs(after)).toHaveLength(50)
    expect(after.hasOlder).toBe(true)
  })

  it('starts over when too much was missed', () => {
    const held = takeNewest(null, 10, page(1, 10))
    const after = takeNewest(held, 500, page(441, 500, true))
    expect(seqs(after)[0]).toBe(441)
    expect(after.hasOlder).toBe(true)
  })

  it('never goes back in position', () => {
    const held = applyAll(takeNewest(null, 3, page(1, 3)), [created(4)])
    expect(takeNewest(held, 3, page(1, 3)).rev).toBe(4)
    expect(lastSeq(takeNewest(held, 3, page(1, 3)))).toBe(4)
  })

  it('takes an empty room', () => {
    const empty = takeNewest(null, 1, { messages: [], has_more: false })
    expect(lastSeq(empty)).toBe(0)
    expect(seqs(applyAll(empty, [created(2, 1)]))).toEqual([1])
  })
})

describe('older pages', () => {
  it('go in front and say whether there is more', () => {
    const timeline = takeOlder(takeNewest(null, 9, page(7, 9, true)), page(4, 6))
    expect(seqs(timeline)).toEqual([4, 5, 6, 7, 8, 9])
    expect(timeline.hasOlder).toBe(false)
  })

  it('are dropped when the timeline has moved on meanwhile', () => {
    const timeline = takeNewest(null, 90, page(80, 90, true))
    expect(takeOlder(timeline, page(4, 6))).toBe(timeline)
  })

  it('can be let go of and read again', () => {
    const timeline = keepNewest(takeNewest(null, 9, page(1, 9)), 4)
    expect(seqs(timeline)).toEqual([6, 7, 8, 9])
    expect(timeline.hasOlder).toBe(true)
  })
})

it('any loss, doubling and reordering of announcements ends in the same timeline after a reading', () => {
  const total = 60
  let seed = 7
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647
  for (let round = 0; round < 200; round++) {
    let timeline = takeNewest(null, 0, { messages: [], has_more: false })
    for (let rev = 1; rev <= total; rev++) {
      const announced = [rev, Math.ceil(random() * rev)].filter(() => random() > 0.2)
      for (const each of announced) {
        const applied = apply(timeline, created(each))
        if (applied.outcome === 'applied') timeline = applied.timeline
        if (applied.outcome === 'gap') timeline = takeNewest(timeline, rev, page(Math.max(1, rev - 9), rev, rev > 10))
        const held = seqs(timeline)
        expect(held).toEqual(held.map((_, at) => (held[0] ?? 0) + at))
      }
    }
    expect(lastSeq(takeNewest(timeline, total, page(total - 9, total, true)))).toBe(total)
  }
})
