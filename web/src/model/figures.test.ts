import { expect, it } from 'vitest'
import type { Figures } from '../api/admin'
import { bytesInWords, countInWords, percentInWords, rateInWords, withSample, type Sample } from './figures'

const figures = (second: number, more: Partial<Figures> = {}): Figures => ({
  at: new Date(Date.UTC(2026, 0, 5) + second * 1000).toISOString(),
  connections: second,
  users: 1,
  rooms: 1,
  messages: 1,
  sends_per_s: 0,
  deliveries_per_s: 0,
  memory_bytes: 0,
  cpu_s: second / 2,
  ...more,
})

it('keeps the newest moments, each once', () => {
  const told = [figures(0), figures(2), figures(2), figures(4), figures(6)]
  const all = told.reduce<readonly Sample[]>((samples, now, at) => withSample(samples, now, told[at - 1], 3), [])
  expect(all.map((sample) => sample.connections)).toEqual([2, 4, 6])
})

it('tells how much of a processor was used, but not across a new start', () => {
  const cpu = (before: Figures | undefined, now: Figures) => withSample([], now, before, 9)[0]?.cpu
  expect(cpu(undefined, figures(2))).toBeNull()
  expect(cpu(figures(0), figures(2))).toBe(0.5)
  expect(cpu(figures(0, { cpu_s: 50 }), figures(2))).toBeNull()
  expect(cpu(figures(2), figures(2))).toBeNull()
  // Another node has answered.
  expect(cpu(figures(0, { node: 'a' }), figures(2, { node: 'b' }))).toBeNull()
})

it('writes figures as short as they are clear', () => {
  expect([0, 999, 12_345, 1_234_567].map(countInWords)).toEqual(['0', '999', '12,345', '1.2M'])
  expect([0, 0.25, 12.4].map(rateInWords)).toEqual(['0', '0.3', '12'])
  expect([0, 1023, 1536, 64 * 1024 ** 2].map(bytesInWords)).toEqual(['0 B', '1023 B', '1.5 KiB', '64 MiB'])
  expect([0, 0.034, 1.5].map(percentInWords)).toEqual(['0 %', '3.4 %', '150 %'])
})
