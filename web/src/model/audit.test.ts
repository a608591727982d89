import { expect, it } from 'vitest'
import type { AuditEntry } from '../api/admin'
import { user } from '../testing/samples'
import { aboutOf, deedOf, detailsOf } from './audit'

const entry = (more: Partial<AuditEntry>): AuditEntry => ({ id: '1', at: '2026-01-05T10:00:00.000Z', by: user('ada'), action: 'user.disabled', ...more })

it('tells what was done, also what it has no words for', () => {
  expect(deedOf(entry({}))).toBe('disabled the account')
  expect(deedOf(entry({ action: 'moon.painted_green' }))).toBe('moon painted green')
})

it('names whom and where, by name where there is one', () => {
  expect(aboutOf(entry({ user: user('ben'), room: { id: 'r1', name: 'Harbour' } }))).toEqual(['BEN', 'Harbour'])
  expect(aboutOf(entry({ user: 'u1', room: 'r1' }))).toEqual(['u1', 'room r1'])
  expect(aboutOf(entry({ room: 'r1' }), (id) => (id === 'r1' ? 'Harbour' : undefined))).toEqual(['Harbour'])
  expect(aboutOf(entry({}))).toEqual([])
})

it('lists details of any shape', () => {
  expect(detailsOf(entry({ details: { reason: 'spam', until: null, was: { role: 'member' } } }))).toEqual([
    { name: 'reason', value: 'spam' },
    { name: 'was', value: '{"role":"member"}' },
  ])
  expect(detailsOf(entry({ details: { until: '2026-01-05T10:00:00.000Z' } }))[0]?.value).toMatch(/2026/)
  expect(detailsOf(entry({ details: { until: '2026-01-05T10:00:00.000Z' } }))[0]?.value).not.toMatch(/Z$/)
  expect(detailsOf(entry({ details: 'by hand' }))).toEqual([{ name: 'details', value: 'by hand' }])
  expect(detailsOf(entry({}))).toEqual([])
})
