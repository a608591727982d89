import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { MemoryStorage } from '../testing/samples'
import { actAs, assertOwn } from './owner'

beforeEach(() => void vi.stubGlobal('localStorage', new MemoryStorage()))
afterEach(() => {
  actAs(null)
  vi.unstubAllGlobals()
})

it('asks for nothing in the name of whoever has signed in in another tab', () => {
  assertOwn()
  actAs('ann')
  assertOwn()
  localStorage.setItem('chinwag.user', 'ben')
  expect(assertOwn).toThrow(expect.objectContaining({ code: 'unauthorized' }))
  actAs(null)
  assertOwn()
})

it('goes by the connection alone where there is no storage', () => {
  vi.stubGlobal('localStorage', undefined)
  actAs('ann')
  assertOwn()
})
