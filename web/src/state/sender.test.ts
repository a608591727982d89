import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem, UNREACHABLE } from '../api/problem'
import type { Accepted } from '../api/wire'
import type { Entry } from '../model/outbox'
import { MemoryStorage, message, user } from '../testing/samples'
import { OutboxStorage } from './outbox-storage'
import { Sender } from './sender.svelte'

/** A server that numbers each client id once. */
class Server {
  up = true
  accepted: string[] = []
  sends: string[] = []
  /** What the next sends answer instead. */
  faults: ('lost-before' | 'lost-after' | Problem)[] = []

  send = async (entry: Entry): Promise<Accepted> => {
    this.sends.push(entry.text)
    const fault = this.faults.shift()
    if (fault instanceof Problem) throw fault
    if (fault === 'lost-before') throw new Problem(UNREACHABLE, '')
    if (!this.accepted.includes(entry.clientId)) this.accepted.push(entry.clientId)
    if (fault === 'lost-after') throw new Problem(UNREACHABLE, '')
    const seq = this.accepted.indexOf(entry.clientId) + 1
    return { id: `m${seq}`, seq, rev: seq, created_at: '' }
  }
}

const server = () => new Server()
const sender = (to: Server, storage: Storage) => new Sender('ann', new OutboxStorage('ann', storage), { send: to.send, up: () => to.up })
const settled = () => vi.advanceTimersByTimeAsync(60_000)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('sending', () => {
  it('keeps the order, one at a time', async () => {
    const to = server()
    const from = sender(to, new MemoryStorage())
    for (const text of ['one', 'two', 'three']) from.write({ room: 'r', text })
    await settled()
    expect(to.sends).toEqual(['one', 'two', 'three'])
    expect(from.entries.map((entry) => entry.state)).toEqual(['accepted', 'accepted', 'accepted'])
  })

  it('repeats an ambiguous send under the same id before the next message', async () => {
    const to = server()
    to.faults = ['lost-after', 'lost-before']
    const from = sender(to, new MemoryStorage())
    from.write({ room: 'r', text: 'one' })
    from.write({ room: 'r', text: 'two' })
    await settled()
    expect(to.sends).toEqual(['one', 'one', 'one', 'two'])
    expect(to.accepted).toHaveLength(2)
  })

  it('waits for the connection, and survives a reload meanwhile', async () => {
    const to = server()
    to.up = false
    const storage = new MemoryStorage()
    const before = sender(to, storage)
    before.write({ room: 'r', text: 'one' })
    before.write({ room: 'r', text: 'two' })
    await settled()
    expect(to.sends).toEqual([])
    const ids = before.entries.map((entry) => entry.clientId)

    const after = sender(to, storage)
    expect(after.entries.map((entry) => entry.clientId)).toEqual(ids)
    to.up = true
    after.pump()
    await settled()
    expect(to.accepted).toEqual(ids)
    expect(storage.length).toBe(0)
  })

  it('does not send anew what was accepted before the page was reloaded', async () => {
    const to = server()
    to.faults = ['lost-after']
    const storage = new MemoryStorage()
    const before = sender(to, storage)
    before.write({ room: 'r', text: 'one' })
    await vi.advanceTimersByTimeAsync(0)
    before.close()
    const after = sender(to, storage)
    after.settle('r', null, [message(1, { sender: user('ann'), client_id: to.accepted[0] ?? '' })], 1)
    expect(after.entries).toEqual([])
    expect(storage.length).toBe(0)
  })

  it('marks a refused message with the reason and goes on', async () => {
    const to = server()
    to.faults = [new Problem('too_large', 'a message may have at most 65536 bytes')]
    const from = sender(to, new MemoryStorage())
    from.write({ room: 'r', text: 'one' })
    from.write({ room: 'r', text: 'two' })
    await settled()
    expect(from.entries.map((entry) => [entry.text, entry.state])).toEqual([
      ['one', 'failed'],
      ['two', 'accepted'],
    ])
    expect(from.entries[0]?.reason).toBe('A message may have at most 65536 bytes.')
  })

  it('takes a fresh id only where the old one is taken by another text', async () => {
    const to = server()
    const from = sender(to, new MemoryStorage())
    for (const [code, fresh] of [['permission_denied', false], ['client_id_conflict', true]] as const) {
      to.faults = [new Problem(code, 'no')]
      from.write({ room: 'r', text: code })
      const id = from.entries.at(-1)?.clientId
      await settled()
      const failed = from.entries.find((entry) => entry.state === 'failed')
      if (failed) from.retry(failed)
      await settled()
      expect(to.accepted.includes(id ?? '')).toBe(!fresh)
    }
    expect(to.accepted).toHaveLength(2)
  })

  it('obeys the server when it asks for patience', async () => {
    const to = server()
    to.faults = [new Problem('too_many_requests', '', {}, 30_000)]
    const from = sender(to, new MemoryStorage())
    from.write({ room: 'r', text: 'one' })
    await vi.advanceTimersByTimeAsync(29_000)
    expect(to.sends).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(to.sends).toHaveLength(2)
  })

  it('does not hold one room up for another', async () => {
    const to = server()
    to.faults = [new Problem(UNREACHABLE, '')]
    const from = sender(to, new MemoryStorage())
    from.write({ room: 'a', text: 'stuck' })
    from.write({ room: 'b', text: 'through' })
    await vi.advanceTimersByTimeAsync(0)
    expect(from.entries.find((entry) => entry.room === 'b')?.state).toBe('accepted')
  })

  it('leaves nothing behind, not even what another tab has written since', () => {
    const to = server()
    to.up = false
    const storage = new MemoryStorage()
    const from = sender(to, storage)
    sender(to, storage).write({ room: 'r', text: 'in the other tab' })
    from.write({ room: 'r', text: 'here' })
    from.clear()
    expect(from.entries).toEqual([])
    expect(storage).toHaveLength(0)
  })

  it('keeps the outboxes of two users apart', () => {
    const to = server()
    to.up = false
    const storage = new MemoryStorage()
    sender(to, storage).write({ room: 'r', text: 'one' })
    expect(new OutboxStorage('ben', storage).load()).toEqual([])
  })
})
