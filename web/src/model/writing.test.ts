import { expect, it } from 'vitest'
import { room } from '../testing/samples'
import { writingIn, type Situation } from './writing'

const now_ms = Date.parse('2026-01-05T10:00:00.000Z')
const at = (seconds: number) => new Date(now_ms + seconds * 1000).toISOString()
const now = (more: Partial<Situation> = {}): Situation => ({ now_ms, blocked: false, unwanted: false, ...more })

it('is open to members unless something stands in the way', () => {
  expect(writingIn(room(), now()).state).toBe('open')
  expect(writingIn(room(), now({ muted_until: at(-1), wrote_at: at(-1) })).state).toBe('open')
})

it('is closed to the muted, with its end where there is one', () => {
  expect(writingIn(room(), now({ muted_until: at(60) }))).toEqual({ state: 'muted', until: at(60) })
  expect(writingIn(room(), now({ muted_until: '9999-12-31T23:59:59.999Z' }))).toEqual({ state: 'muted', until: undefined })
})

it('is closed to those below the role that the room asks for', () => {
  const settings = { permissions: { post: 'admin' as const } }
  expect(writingIn(room({ settings }), now())).toEqual({ state: 'closed', to: 'admins' })
  expect(writingIn(room({ settings, role: 'admin' }), now()).state).toBe('open')
  expect(writingIn(room({ settings: { permissions: { post: 'owner' } }, role: 'admin' }), now())).toEqual({ state: 'closed', to: 'owner' })
})

it('is slow after one’s own message, but not for admins', () => {
  const settings = { slow_mode_s: 30 }
  expect(writingIn(room({ settings }), now({ wrote_at: at(-10) }))).toEqual({ state: 'slow', until_ms: now_ms + 20_000, every_s: 30 })
  expect(writingIn(room({ settings }), now({ wrote_at: at(-30) })).state).toBe('open')
  expect(writingIn(room({ settings }), now()).state).toBe('open')
  expect(writingIn(room({ settings, role: 'admin' }), now({ wrote_at: at(-1) })).state).toBe('open')
})

it('is closed where one of two does not want to hear of the other', () => {
  const direct = room({ kind: 'direct' })
  expect(writingIn(direct, now({ blocked: true, unwanted: true }))).toEqual({ state: 'blocked', by: 'me' })
  expect(writingIn(direct, now({ unwanted: true }))).toEqual({ state: 'blocked', by: 'peer' })
  expect(writingIn(room(), now({ blocked: true, unwanted: true })).state).toBe('open')
})
