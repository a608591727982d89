import { beforeEach, expect, it, vi } from 'vitest'
import { room } from '../testing/samples'
import { Rooms } from './rooms.svelte'

let rooms: Rooms
beforeEach(() => {
  vi.useFakeTimers()
  rooms = new Rooms('ann', () => undefined)
})
const untold = () => rooms.untold.map(({ id, read_seq }) => `${id} ${read_seq}`)

it('knows which rooms were read further than the server has heard', () => {
  rooms.take(room({ head_seq: 5, head_rev: 5, read_seq: 2, unread: 3 }))
  expect(untold()).toEqual([])
  rooms.readTo('r', 5)
  expect(rooms.get('r')).toMatchObject({ read_seq: 5, unread: 0 })
  // The server still counts what it was not told of.
  rooms.take(room({ head_seq: 5, head_rev: 5, read_seq: 2, unread: 3 }))
  expect(rooms.get('r')).toMatchObject({ read_seq: 5, unread: 0 })
  expect(untold()).toEqual(['r 5'])
  rooms.moveCursor('r', { read_seq: 5, unread: 0, mentions: 0 })
  expect(untold()).toEqual([])
})
