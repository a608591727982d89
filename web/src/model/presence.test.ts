import { describe, expect, it } from 'vitest'
import type { PresenceEntry } from '../api/wire'
import { CLEAR_AFTER, current, presenceAfter, presenceLine } from './presence'

const AT = '2026-01-05T10:00:00.000Z'
const now_ms = Date.parse(AT)

it('says what somebody is, their own words, or when they were last there', () => {
  expect(presenceLine(undefined, now_ms)).toBe('')
  expect(presenceLine({ id: 'a', presence: 'dnd' }, now_ms)).toBe('Do not disturb')
  expect(presenceLine({ id: 'a', presence: 'away', text: 'Lunch' }, now_ms)).toBe('Away · Lunch')
  expect(presenceLine({ id: 'a', presence: 'offline', last_seen_at: '2026-01-05T09:00:00.000Z' }, now_ms)).toMatch(/^Last seen 1 hr?\.? ago/)
})

it('forgets what somebody has said when its time is over', () => {
  const said: PresenceEntry = { id: 'a', presence: 'dnd', text: 'Meeting', until: AT }
  expect(current(said, now_ms - 1)).toEqual(said)
  expect(current(said, now_ms)).toEqual({ id: 'a', presence: 'online' })
  expect(current({ ...said, presence: 'offline' }, now_ms)?.presence).toBe('offline')
  expect(current({ ...said, until: undefined }, now_ms)?.text).toBe('Meeting')
})

describe('a change', () => {
  const held: PresenceEntry = { id: 'a', presence: 'offline', text: 'Lunch' }
  const after = (change: Parameters<typeof presenceAfter>[1]) => presenceAfter((id) => (id === 'a' ? held : undefined), change, AT)

  it('leaves their words where it does not tell of them', () => {
    expect(after({ online: ['a'], offline: [] })).toEqual([{ ...held, presence: 'online' }])
  })

  it('notes when somebody goes', () => {
    expect(after({ online: [], offline: ['b'] })).toEqual([{ id: 'b', presence: 'offline', last_seen_at: AT }])
  })

  it('is most exact where it tells all, and then takes words away as well', () => {
    const [entry, ...rest] = after({ online: ['a'], offline: [], changed: [{ id: 'a', presence: 'dnd' }] })
    expect(entry).toMatchObject({ id: 'a', presence: 'dnd' })
    expect(entry?.text).toBeUndefined()
    expect(rest).toEqual([])
  })
})

it('clears a status at the end of what was chosen', () => {
  const wednesday = new Date(2026, 0, 7, 15, 30)
  const until = Object.fromEntries(CLEAR_AFTER.map(({ label, until }) => [label, until(wednesday)]))
  expect(until['Do not clear']).toBeUndefined()
  expect(until['1 hour']).toEqual(new Date(2026, 0, 7, 16, 30))
  expect(until.Today).toEqual(new Date(2026, 0, 8))
  expect(until['This week']).toEqual(new Date(2026, 0, 12))
})
