import { describe, expect, it } from 'vitest'
import type { Report } from '../api/admin'
import { message, user } from '../testing/samples'
import { byMessage, reasonsOf } from './reports'

function report(id: string, seq: number, more: Partial<Report> = {}): Report {
  return { id, message: message(seq), room: { id: 'r', name: 'Room', kind: 'group' }, by: user(`by${id}`), reason: 'spam', created_at: '2026-01-05T10:00:00.000Z', state: 'open', ...more }
}
const ids = (reports: Report[]) => byMessage(reports).map((group) => group.reports.map(({ id }) => id))

describe('reports', () => {
  it('of the same message are one, where the newest of them is', () => {
    expect(ids([report('5', 2), report('4', 1), report('3', 2), report('2', 3), report('1', 1)])).toEqual([['5', '3'], ['4', '1'], ['2']])
    expect(ids([report('2', 1), report('1', 1, { room: { id: 'other', name: null, kind: 'direct' } })])).toEqual([['2'], ['1']])
  })

  it('keep what was decided apart apart', () => {
    const closed = (id: string, more: Partial<Report>) => report(id, 1, { state: 'closed', closed_by: user('root'), action: 'dismiss', ...more })
    expect(ids([closed('4', {}), closed('3', { closed_at: '2026-01-06T10:00:00.000Z' }), closed('2', { action: 'delete_message' }), closed('1', { note: 'again' })])).toEqual([['4', '3'], ['2'], ['1']])
  })

  it('say how often each reason was given', () => {
    expect(reasonsOf([report('3', 1), report('2', 1, { reason: 'abuse' }), report('1', 1, { reason: 'abuse' })])).toEqual([['abuse', 2], ['spam', 1]])
  })
})
