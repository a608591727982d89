import { expect, it } from 'vitest'
import type { Permission, RoomKind } from '../api/wire'
import { room } from '../testing/samples'
import { allows, defaultOf, least, permissionPatch } from './permissions'
import { may } from './room'

const PERMISSIONS: Permission[] = ['post', 'react', 'pin', 'invite', 'mention_room']

it('is the protocol’s table where a room has set nothing', () => {
  const admins = (kind: RoomKind) => PERMISSIONS.filter((permission) => defaultOf(permission, kind) === 'admin')
  expect(admins('public')).toEqual(['pin', 'mention_room'])
  expect(admins('private')).toEqual(['pin', 'invite', 'mention_room'])
  expect(admins('group')).toEqual([])
})

it('is what the room has set, in both directions', () => {
  const quiet = room({ kind: 'public', settings: { permissions: { post: 'admin', pin: 'member' } } })
  expect([least('post', quiet), may.post(quiet), may.pin(quiet), may.react(quiet)]).toEqual(['admin', false, true, true])
  expect(may.post({ ...quiet, role: 'admin' })).toBe(true)
  expect(allows('react', { ...quiet, role: null })).toBe(false)
  expect(may.invite(room({ kind: 'private', settings: { permissions: { invite: 'member' } } }))).toBe(true)
})

it('tells the default as nothing', () => {
  expect(permissionPatch('pin', 'admin', 'public')).toEqual({ permissions: { pin: null } })
  expect(permissionPatch('pin', 'owner', 'public')).toEqual({ permissions: { pin: 'owner' } })
})
