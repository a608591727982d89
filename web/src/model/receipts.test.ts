import { expect, it } from 'vitest'
import { user } from '../testing/samples'
import { reachOf, receiptsOf, withReceipts } from './receipts'

const member = (id: string, read_seq: number, delivered_seq: number) => ({ user: user(id), role: 'member' as const, joined_at: '', read_seq, delivered_seq })
const start = receiptsOf([member('ann', 9, 9), member('ben', 2, 4), member('cleo', 3, 3)], 'ann')

it('tells how far a message has come among the others', () => {
  expect(reachOf(start, 2)).toEqual({ readers: ['ben', 'cleo'], state: 'read' })
  expect(reachOf(start, 3)).toEqual({ readers: ['cleo'], state: 'delivered' })
  expect(reachOf(start, 4)).toEqual({ readers: [], state: 'sent' })
  expect(reachOf(new Map(), 1).state).toBe('sent')
})

it('moves only forward, and takes what was read for delivered', () => {
  const after = withReceipts(start, [
    { user: 'ben', read_seq: 1, delivered_seq: 1 },
    { user: 'cleo', read_seq: 4, delivered_seq: 3 },
    { user: 'cleo', read_seq: 3, delivered_seq: 4 },
  ])
  expect(after.get('ben')).toEqual({ read: 2, delivered: 4 })
  expect(after.get('cleo')).toEqual({ read: 4, delivered: 4 })
  expect(withReceipts(start, [{ user: 'stranger', read_seq: 9, delivered_seq: 9 }])).toEqual(start)
})
