import type { Permission, Role, Room, RoomKind } from '../api/wire'

const RANK: Record<Role, number> = { member: 0, admin: 1, owner: 2 }

/** The table of docs/PROTOCOL.md §1: the least role for what a room may decide by itself. */
export function defaultOf(permission: Permission, kind: RoomKind): Role {
  switch (permission) {
    case 'post':
    case 'react':
      return 'member'
    case 'invite':
      return kind === 'private' ? 'admin' : 'member'
    case 'pin':
    case 'mention_room':
      return kind === 'group' || kind === 'direct' ? 'member' : 'admin'
  }
}

/** The least role that may, as the room is set up. */
export function least(permission: Permission, room: Room): Role {
  return room.settings?.permissions?.[permission] ?? defaultOf(permission, room.kind)
}

/** Whether the caller may. */
export function allows(permission: Permission, room: Room): boolean {
  return room.role !== null && RANK[room.role] >= RANK[least(permission, room)]
}

/** What `PATCH /rooms/{id}` is told, so that this permission is as chosen: the default is told as nothing. */
export function permissionPatch(permission: Permission, role: Role, kind: RoomKind): { permissions: Partial<Record<Permission, Role | null>> } {
  return { permissions: { [permission]: role === defaultOf(permission, kind) ? null : role } }
}
