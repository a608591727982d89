import { expect, it } from 'vitest'
import { backoffMs } from './backoff'

it('waits longer and longer, up to a limit, and never not at all', () => {
  expect([0, 1, 2, 3, 10, 999].map((attempt) => backoffMs(attempt, 1))).toEqual([500, 1000, 2000, 4000, 20_000, 20_000])
  expect(backoffMs(3, 0)).toBe(2000)
})
