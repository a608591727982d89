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

it('reads every page of rooms, and keeps one that moves from a page to another meanwhile', async () => {
  const all = Array.from({ length: 450 }, (_, at) => room({ id: `r${at}` }))
  rooms.take(room({ id: 'gone' }))
  rooms.take(room({ id: 'moved' }))
  vi.stubGlobal('fetch', async (url: string) => {
    const after = new URL(url, 'http://here').searchParams.get('after')
    if (after !== null) rooms.apply({ type: 'other', room: 'moved', rev: 1 })
    const from = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1
    return Response.json({ rooms: all.slice(from, from + 200) })
  })
  await rooms.load()
  vi.unstubAllGlobals()
  expect(rooms.list.map(({ id }) => id).sort()).toEqual([...all.map(({ id }) => id), 'moved'].sort())
})
