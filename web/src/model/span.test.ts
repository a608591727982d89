import { expect, it } from 'vitest'
import { countdown, spanInWords } from './span'
import { endOf, TERMS } from './terms'

it('tells a length of time in the unit that fits', () => {
  expect([1, 30, 60, 90, 300, 3600, 86_400, 30 * 86_400].map(spanInWords)).toEqual(['1 second', '30 seconds', '1 minute', '90 seconds', '5 minutes', '1 hour', '1 day', '30 days'])
})

it('counts down to nothing and not below', () => {
  expect([12_000, 11_001, 245_000, 3_720_000, -5].map(countdown)).toEqual(['0:12', '0:12', '4:05', '1:02:00', '0:00'])
})

it('knows when a term ends', () => {
  const now_ms = Date.parse('2026-01-05T10:00:00.000Z')
  expect(endOf('day', now_ms)).toBe('2026-01-06T10:00:00.000Z')
  expect(endOf('ever', now_ms)).toBeUndefined()
  expect(TERMS.map(({ value }) => endOf(value, now_ms) ?? '~')).toEqual([...TERMS.map(({ value }) => endOf(value, now_ms) ?? '~')].sort())
})
