import { describe, expect, it } from 'vitest'
import type { Message } from '../api/wire'
import { RoomLog } from '../testing/log'
import type { Change } from './change'
import { apply, takeNewer, takeOlder, takeOne, taken, type Timeline } from './timeline'

const ann = { me: 'ann' }
const EMOJI = ['👍', '🎉', '❤️']
const PEOPLE = ['ann', 'ben', 'cleo']

function randomOf(seed: number) {
  return (below: number) => {
    seed = (seed * 48271) % 2147483647
    return seed % below
  }
}

function happen(log: RoomLog, random: (below: number) => number): void {
  const seq = 1 + random(Math.max(1, log.last))
  switch (random(9)) {
    case 0:
      return log.edit(seq)
    case 1:
      return log.delete(seq)
    case 2:
      return log.pin(seq)
    case 3:
    case 6:
      return log.react(seq, EMOJI[random(EMOJI.length)] ?? '', PEOPLE[random(PEOPLE.length)] ?? '')
    case 4:
      return log.remove(Math.floor(seq / 4))
    case 5:
      // Only messages of no thread have one.
      return log.create(log.one(seq)?.thread ?? (log.last > 0 ? seq : undefined))
    default:
      return log.create()
  }
}

/** What is counted anew is read from the server, as `RoomTimeline` does. */
function recounted(timeline: Timeline, log: RoomLog): Timeline {
  return timeline.recount.reduce((now, seq) => {
    const told = log.one(seq)
    return told ? takeOne(now, told, [], ann) : now
  }, timeline)
}

/** The order of emoji is that of their arrival here, which may differ where one went and came back. */
function comparable(messages: readonly Message[]) {
  return messages.map(({ reactions, replies, ...rest }) => ({
    ...rest,
    reactions: (reactions ?? []).map(({ emoji, count, users }) => `${emoji} ${count} ${[...users].sort().join(' ')}`).sort(),
    replies: replies?.count ? replies : undefined,
  }))
}

function applyAll(timeline: Timeline, changes: readonly Change[]): Timeline {
  for (const change of changes) {
    const applied = apply(timeline, change, ann)
    if (applied.outcome === 'gap') throw new Error('there is no gap in a whole log')
    if (applied.outcome === 'applied') timeline = applied.timeline
  }
  return timeline
}

describe.each([
  ['as they happened', (_: RoomLog, change: Change) => change],
  ['as they are replayed', (log: RoomLog, change: Change) => log.replayed(change)],
])('all changes, %s,', (_, told) => {
  it.each([['the room', null] as const, ['a thread', 1] as const])('make a stale page of %s the fresh one, also where it was ahead of its head and where they come twice', (_, thread) => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = randomOf(seed)
      const log = new RoomLog()
      for (let n = random(30); n >= 0; n--) happen(log, random)
      const head = log.rev
      for (let n = random(10); n > 0; n--) happen(log, random)
      const stale = taken(head, thread, log.page(thread))
      for (let n = random(40); n > 0; n--) happen(log, random)
      const missed = log.changes.slice(head).map((change) => told(log, change))
      const twice = missed.flatMap((change, at) => [change, ...missed.slice(Math.max(0, at - 2), at + 1)])
      for (const changes of [missed, twice]) {
        const after = recounted(applyAll(stale, changes), log)
        expect(after.rev).toBe(log.rev)
        expect(comparable(after.messages)).toEqual(comparable(log.page(thread).messages))
      }
    }
  })
})

it('a window that grows in both directions while everything changes ends as what the server holds', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = randomOf(seed)
    const log = new RoomLog()
    for (let n = 0; n < 60; n++) happen(log, random)
    const middle = 1 + random(log.last)
    const older = log.page(null, { before: middle, limit: 3 })
    const newer = log.page(null, { after: middle - 1, limit: 3 })
    let timeline = taken(log.rev, null, { messages: [...older.messages, ...newer.messages], has_more: older.has_more }, newer.has_more)
    for (let turn = 0; timeline.hasOlder || timeline.hasNewer || turn < 5; turn++) {
      const before = timeline.rev
      const first = timeline.messages[0]?.seq ?? middle
      const last = timeline.messages.at(-1)?.seq ?? middle - 1
      happen(log, random)
      const page_older = log.page(null, { before: first, limit: 5 })
      const page_newer = log.page(null, { after: last, limit: 5 })
      happen(log, random)
      timeline = applyAll(timeline, log.changes.slice(before))
      const meanwhile = log.changes.slice(before)
      if (timeline.hasOlder) timeline = takeOlder(timeline, page_older, meanwhile, ann)
      if (timeline.hasNewer) timeline = takeNewer(timeline, page_newer, meanwhile, ann)
    }
    timeline = recounted(timeline, log)
    expect(comparable(timeline.messages)).toEqual(comparable(log.page(null).messages))
  }
})
