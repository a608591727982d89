import { describe, expect, it } from 'vitest'
import { message, user } from '../testing/samples'
import type { Entry } from './outbox'
import { readChange } from './change'
import { noteOf, type Note } from './notes'
import { layOut, notesWithin, shownMessages } from './rows'
import { taken } from './timeline'

const ann = user('ann')
const in_room = { room: 'r', thread: null }
const entry = (clientId: string, more: Partial<Entry> = {}): Entry => ({ clientId, room: 'r', text: clientId, writtenAt: '2026-01-05T10:01:00.000Z', state: 'pending', ...more })

describe('shown messages', () => {
  it('puts pending messages below sent ones', () => {
    const list = shownMessages([message(1), message(2)], [entry('x'), entry('y', { state: 'failed', reason: 'no' })], in_room, ann)
    expect(list.map((shown) => [shown.clientId, shown.state])).toEqual([
      ['c1', 'sent'],
      ['c2', 'sent'],
      ['x', 'pending'],
      ['y', 'failed'],
    ])
  })

  it('shows a message once when its change overtakes the acknowledgement', () => {
    const list = shownMessages([message(1, { sender: ann, client_id: 'x' })], [entry('x')], in_room, ann)
    expect(list).toHaveLength(1)
    expect(list[0]).toMatchObject({ seq: 1, state: 'sent' })
  })

  it('does not take the message of another with the same client id for its own', () => {
    expect(shownMessages([message(1, { client_id: 'x' })], [entry('x')], in_room, ann)).toHaveLength(2)
  })

  it('keeps the key from pending to sent, so that nothing on screen is replaced', () => {
    const pending = shownMessages([], [entry('x')], in_room, ann)[0]
    const sent = shownMessages([message(1, { sender: ann, client_id: 'x' })], [], in_room, ann)[0]
    expect(pending?.key).toBe(sent?.key)
  })

  it('orders accepted messages by seq before pending ones', () => {
    const list = shownMessages([message(1)], [entry('late'), entry('b', { state: 'accepted', seq: 3 }), entry('a', { state: 'accepted', seq: 2 })], in_room, ann)
    expect(list.map((shown) => shown.seq)).toEqual([1, 2, 3, undefined])
  })
})

describe('layout', () => {
  const at = (time: string) => ({ created_at: `2026-01-${time}:00.000` })
  const lay = (messages: Parameters<typeof shownMessages>[0], readSeq = 99) => layOut(shownMessages(messages, [], in_room, ann), { readSeq, me: 'ann' })

  it('groups what one person writes within minutes', () => {
    const rows = lay([message(1, at('05T10:00')), message(2, at('05T10:03')), message(3, at('05T10:20')), message(4, { ...at('05T10:21'), sender: ann })])
    expect(rows.filter((row) => row.row === 'message').map((row) => row.first)).toEqual([true, false, true, true])
  })

  it('begins a group where something is answered', () => {
    const rows = lay([message(1, at('05T10:00')), message(2, { ...at('05T10:01'), reply_to: 1 }), message(3, at('05T10:02'))])
    expect(rows.filter((row) => row.row === 'message').map((row) => row.first)).toEqual([true, true, false])
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

describe('what happened between messages', () => {
  const joined = (rev: number, who: string, at = '2026-01-05T10:00:30.000Z') =>
    noteOf(readChange('r', rev, { type: 'member.joined', user: user(who), role: 'member', by: user(who), at })) as Note
  const told = (messages: ReturnType<typeof shownMessages>, notes: Note[]) =>
    layOut(messages, { readSeq: 9, me: 'ann', notes }).map((row) => (row.row === 'notes' ? row.notes.map((note) => note.rev) : row.row === 'message' ? row.message.clientId : row.row))

  it('stands where it happened, by the numbers of the log', () => {
    const messages = shownMessages([message(1, { rev: 2 }), message(2, { rev: 5 })], [entry('x')], in_room, ann)
    expect(told(messages, [joined(3, 'a'), joined(4, 'b'), joined(6, 'c')])).toEqual(['day', 'c1', [3, 4], 'c2', [6], 'x'])
  })

  it('begins a day, and parts what one person wrote', () => {
    const messages = shownMessages([message(1, { rev: 1 }), message(2, { rev: 4 })], [], in_room, ann)
    const rows = layOut(messages, { readSeq: 9, me: 'ann', notes: [joined(3, 'a')] })
    expect(rows.at(-1)).toMatchObject({ row: 'message', first: true })
    expect(told(messages, [joined(5, 'a', '2026-01-06T10:00:00.000Z')])).toEqual(['day', 'c1', 'c2', 'day', [5]])
  })

  it('is left out where the messages around it are not held', () => {
    const notes = [joined(1, 'a'), joined(5, 'b'), joined(9, 'c')]
    const held = (hasOlder: boolean, hasNewer: boolean) => ({ ...taken(9, null, { messages: [message(1, { rev: 4 }), message(2, { rev: 7 })], has_more: hasOlder }), hasNewer })
    expect(notesWithin(notes, held(true, true)).map((note) => note.rev)).toEqual([5])
    expect(notesWithin(notes, held(false, false))).toEqual(notes)
    expect(notesWithin(notes, taken(9, 3, { messages: [], has_more: false }))).toEqual([])
  })
})
