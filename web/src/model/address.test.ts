import { expect, it } from 'vitest'
import { addressOf, pathOf, type Address } from './address'

it.each<[string, Address]>([
  ['/', { view: 'list' }],
  ['/threads', { view: 'threads' }],
  ['/admin', { view: 'admin', section: 'overview' }],
  ['/admin/users', { view: 'admin', section: 'users' }],
  ['/r/a%2Fb', { view: 'room', room: 'a/b' }],
  ['/r/a/messages/7', { view: 'room', room: 'a', message: 7 }],
  ['/r/a/threads/7', { view: 'room', room: 'a', thread: 7 }],
])('%s leads there and back', (path, address) => {
  expect(addressOf(path)).toEqual(address)
  expect(pathOf(address)).toBe(path)
})

it.each(['/r/', '/r/%E0%A4%A', '/r/a/messages/', '/r/a/messages/x', '/r/a/messages/0', '/r/a/messages/99999999999999999', '/elsewhere'])('%s is the list', (path) => {
  expect(addressOf(path)).toEqual({ view: 'list' })
})

it('leads to the overview where there is no such section', () => expect(addressOf('/admin/moon')).toEqual({ view: 'admin', section: 'overview' }))
