import { beforeEach, expect, it, vi } from 'vitest'
import { Soon } from './soon'

beforeEach(() => void vi.useFakeTimers())

it('acts once for many reasons, as soon as the most urgent of them asks for', async () => {
  const act = vi.fn()
  const soon = new Soon(act)
  for (const delay_ms of [500, 100, 900]) soon.within(delay_ms)
  await vi.advanceTimersByTimeAsync(99)
  expect(act).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(act).toHaveBeenCalledTimes(1)
  soon.within(100)
  soon.close()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(act).toHaveBeenCalledTimes(1)
})
