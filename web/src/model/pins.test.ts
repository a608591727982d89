import { expect, it } from 'vitest'
import { message, user } from '../testing/samples'
import type { Change } from './change'
import { applyToPins } from './pins'

const change = (type: 'message.pinned' | 'message.unpinned' | 'message.edited' | 'message.deleted', seq: number, more = {}): Change => ({ type, room: 'r', rev: 1, by: user('ben'), message: message(seq, more) })

it('follows what is pinned, edited and deleted, however often it is told', () => {
  const changes = [
    change('message.pinned', 1, { pinned_at: '1' }),
    change('message.pinned', 2, { pinned_at: '2' }),
    change('message.pinned', 1, { pinned_at: '1' }),
    change('message.edited', 1, { pinned_at: '1', text: 'new' }),
    change('message.edited', 7),
  ]
  const pins = changes.reduce(applyToPins, [])
  expect(pins.map((pin) => [pin.seq, pin.text])).toEqual([
    [2, 'text 2'],
    [1, 'new'],
  ])
  expect(applyToPins(pins, change('message.unpinned', 2)).map((pin) => pin.seq)).toEqual([1])
  expect(applyToPins(pins, change('message.deleted', 1, { deleted_at: '3' })).map((pin) => pin.seq)).toEqual([2])
  expect(applyToPins(pins, { type: 'messages.removed', room: 'r', rev: 1, up_to: 1 }).map((pin) => pin.seq)).toEqual([2])
})
