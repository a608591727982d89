import { describe, expect, it } from 'vitest'
import { newClientId } from './client-id'
import * as outbox from './outbox'

const written = (...ids: string[]) => ids.reduce<outbox.Outbox>((box, clientId) => outbox.add(box, { clientId, room: clientId[0] ?? '', text: clientId, writtenAt: '' }), [])

describe('the outbox', () => {
  it('sends in order of writing, per room', () => {
    const box = written('a1', 'b1', 'a2')
    expect(outbox.nextToSend(box, 'a')?.clientId).toBe('a1')
    expect(outbox.nextToSend(box, 'b')?.clientId).toBe('b1')
    expect(outbox.roomsWaiting(box)).toEqual(['a', 'b'])
    expect(outbox.nextToSend(outbox.accept(box, 'a1', 7), 'a')?.clientId).toBe('a2')
  })

  it('goes on past a message that was refused', () => {
    const box = outbox.fail(written('a1', 'a2'), 'a1', 'too large')
    expect(outbox.nextToSend(box, 'a')?.clientId).toBe('a2')
    expect(box[0]).toMatchObject({ state: 'failed', reason: 'too large' })
  })

  it('retries under the same id, behind what was written since', () => {
    const box = outbox.retry(outbox.fail(written('a1', 'a2'), 'a1', 'x'), 'a1')
    expect(box.map((entry) => [entry.clientId, entry.state])).toEqual([
      ['a2', 'pending'],
      ['a1', 'pending'],
    ])
  })

  it('lets go of accepted messages once the timeline reaches them', () => {
    const box = outbox.accept(outbox.accept(written('a1', 'a2', 'a3'), 'a1', 7), 'a2', 8)
    expect(outbox.settle(box, 'a', null, 7).map((entry) => entry.clientId)).toEqual(['a2', 'a3'])
    expect(outbox.settle(box, 'b', null, 99)).toBe(box)
  })

  it('keeps what was written in a thread apart from the room', () => {
    const box = outbox.accept(outbox.add(written('a1'), { clientId: 'a2', room: 'a', text: '', thread: 3, writtenAt: '' }), 'a2', 8)
    expect(outbox.shown(box, 'a', null).map((entry) => entry.clientId)).toEqual(['a1'])
    expect(outbox.shown(box, 'a', 3).map((entry) => entry.clientId)).toEqual(['a2'])
    expect(outbox.settle(box, 'a', null, 99)).toBe(box)
    expect(outbox.settle(box, 'a', 3, 8)).toHaveLength(1)
  })

  it('ignores an acknowledgement of what is gone', () => {
    expect(outbox.accept([], 'a1', 7)).toEqual([])
  })
})

it('client ids differ and sort by the time of writing, also within a millisecond and when the clock goes back', () => {
  const ids = [5_000_000_000_000, 5_000_000_000_000, 5_000_000_000_001, 4_000_000_000_000, 5_000_000_000_009].map((now_ms) => newClientId(now_ms))
  expect([...ids].sort()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.every((id) => id.length <= 64)).toBe(true)
})
