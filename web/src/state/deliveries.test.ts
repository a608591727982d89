import { beforeEach, expect, it, vi } from 'vitest'
import { Problem, UNREACHABLE } from '../api/problem'
import { room } from '../testing/samples'
import { Deliveries } from './deliveries'

let told: string[]
let held: Record<string, ReturnType<typeof room>>
let up: boolean
let refused: Record<string, string>
const deliveries = () =>
  new Deliveries({
    room: (id) => held[id],
    up: () => up,
    tell: async (id, seq) => {
      const code = refused[id]
      if (code) throw new Problem(code, '')
      told.push(`${id} ${seq}`)
    },
  })

beforeEach(() => {
  vi.useFakeTimers()
  told = []
  held = { r: room({ read_seq: 3 }), large: room({ member_count: 5_000 }), foreign: room({ role: null }) }
  up = true
  refused = {}
})
const settled = () => vi.advanceTimersByTimeAsync(5_000)

it('tells the furthest of what arrived, once', async () => {
  const to = deliveries()
  for (const seq of [4, 6, 5]) to.arrived('r', seq)
  await settled()
  to.arrived('r', 6)
  await settled()
  to.arrived('r', 7)
  await settled()
  expect(told).toEqual(['r 6', 'r 7'])
})

it('tells nothing of what was read, of large rooms, and of rooms only looked at', async () => {
  const to = deliveries()
  to.arrived('r', 3)
  to.arrived('large', 1)
  to.arrived('foreign', 1)
  await settled()
  expect(told).toEqual([])
})

it('tells nothing while nobody is there to hear it', async () => {
  up = false
  const to = deliveries()
  to.arrived('r', 4)
  await settled()
  up = true
  to.arrived('r', 5)
  await settled()
  expect(told).toEqual(['r 5'])
})

it('tells of the other rooms when one refuses, and of none while nobody answers', async () => {
  held = { gone: room({ id: 'gone' }), r: room() }
  const to = deliveries()
  refused = { gone: 'unknown_room' }
  for (const id of ['gone', 'r']) to.arrived(id, 1)
  await settled()
  expect(told).toEqual(['r 1'])
  refused = { gone: UNREACHABLE }
  for (const id of ['gone', 'r']) to.arrived(id, 2)
  await settled()
  expect(told).toEqual(['r 1'])
})
