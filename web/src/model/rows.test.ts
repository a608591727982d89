import { describe, expect, it } from 'vitest'
import { message, user } from '../testing/samples'
import type { Entry } from './outbox'
import { layOut, shownMessages } from './rows'

const ann = user('ann')
const entry = (clientId: string, more: Partial<Entry> = {}): Entry => ({ clientId, room: 'r', text: clientId, writtenAt: '2026-01-05T10:01:00.000Z', state: 'pending', ...more })

describe('shown messages', () => {
  it('puts pending messages below sent ones', () => {
    const list = shownMessages([message(1), message(2)], [entry('x'), entry('y', { state: 'failed', reason: 'no' })], 'r', ann)
    expect(list.map((shown) => [shown.clientId, shown.state])).toEqual([
      ['c1', 'sent'],
      ['c2', 'sent'],
      ['x', 'pending'],
      ['y', 'failed'],
    ])
  })

  it('shows a message once when its change overtakes the acknowledgement', () => {
    const list = shownMessages([message(1, { sender: ann, client_id: 'x' })], [entry('x')], 'r', ann)
    expect(list).toHaveLength(1)
    expect(list[0]).toMatchObject({ seq: 1, state: 'sent' })
  })

  it('does not take the message of another with the same client id for its own', () => {
    expect(shownMessages([message(1, { client_id: 'x' })], [entry('x')], 'r', ann)).toHaveLength(2)
  })

  it('keeps the key from pending to sent, so that nothing on screen is replaced', () => {
    const pending = shownMessages([], [entry('x')], 'r', ann)[0]
    const sent = shownMessages([message(1, { sender: ann, client_id: 'x' })], [], 'r', ann)[0]
    expect(pending?.key).toBe(sent?.key)
  })

  it('orders accepted messages by seq before pending ones', () => {
    const list = shownMessages([message(1)], [entry('late'), entry('b', { state: 'accepted', seq: 3 }), entry('a', { state: 'accepted', seq: 2 })], 'r', ann)
    expect(list.map((shown) => shown.seq)).toEqual([1, 2, 3, undefined])
  })
})

describe('layout', () => {
  const at = (time: string) => ({ created_at: `2026-01-${time}:00.000` })
  const lay = (messages: Parameters<typeof shownMessages>[0], readSeq = 99) => layOut(shownMessages(messages, [], 'r', ann), { readSeq, me: 'ann' })

  it('groups what one person writes within minutes', () => {
    const rows = lay([message(1, at('05T10:00')), message(2, at('05T10:03')), message(3, at('05T10:20')), message(4, { ...at('05T10:21'), sender: ann })])
    expect(rows.filter((row) => row.row === 'message').map((row) => row.first)).toEqual([true, false, true, true])
  })

  it('draws a line per day', () => {
    const rows = lay([message(1, at('05T23:59')), message(2, at('06T00:01'))])
    expect(rows.map((row) => row.row)).toEqual(['day', 'message', 'day', 'message'])
  })

  it('draws one line above the first unread message of others', () => {
    const rows = lay([message(1), message(2, { sender: ann }), message(3), message(4)], 1)
    expect(rows.map((row) => row.row)).toEqual(['day', 'message', 'message', 'unread', 'message', 'message'])
  })

  it('draws none where the first unread message is not loaded', () => {
    expect(lay([message(41), message(42)], 7).some((row) => row.row === 'unread')).toBe(false)
  })

  it('has a distinct key for every row', () => {
    const keys = lay([message(1, at('05T23:59')), message(2, at('06T00:01')), message(3)], 1).map((row) => row.key)
    expect(new Set(keys).size).toBe(keys.length)
  })
})
