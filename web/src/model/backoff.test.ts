import { expect, it } from 'vitest'
import { backoffMs, spreadMs } from './backoff'

it('waits longer and longer, up to a limit, and never not at all', () => {
  expect([0, 1, 2, 3, 10, 999].map((attempt) => backoffMs(attempt, 1))).toEqual([500, 1000, 2000, 4000, 20_000, 20_000])
  expect(backoffMs(3, 0)).toBe(2000)
})

it('spreads the questions of many further than those of a few', () => {
  expect([2, 500, 100_000].map((people) => spreadMs(people, 1))).toEqual([20, 5_000, 30_000])
  expect(spreadMs(100_000, 0)).toBe(0)
})
