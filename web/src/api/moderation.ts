import { request } from './http'
import type { User } from './wire'

/** Keeping a room, and oneself, in peace: shapes and calls. */

export interface Ban {
  user: User
  by: User
  reason?: string
  until?: string
  created_at: string
}

export type ReportReason = 'spam' | 'abuse' | 'other'

/** By which other programs write into a room. */
export interface Hook {
  id: string
  name: string
  /** Only in the answer to its making: who has it may write. */
  url?: string
  created_at?: string
}

const id = encodeURIComponent

export const bans = (room: string, after?: string) => request<{ bans: Ban[]; has_more: boolean }>('GET', `rooms/${id(room)}/bans`, { query: { after } })
export const ban = (room: string, user: string, terms: { reason?: string; until?: string }) =>
  request<void>('PUT', `rooms/${id(room)}/bans/${id(user)}`, { body: terms })
export const unban = (room: string, user: string) => request<void>('DELETE', `rooms/${id(room)}/bans/${id(user)}`)

export const mute = (room: string, user: string, until: string | undefined) => request<void>('PUT', `rooms/${id(room)}/mutes/${id(user)}`, { body: { until } })
export const unmute = (room: string, user: string) => request<void>('DELETE', `rooms/${id(room)}/mutes/${id(user)}`)

export const blocks = () => request<{ users: User[] }>('GET', 'users/me/blocks').then((list) => list.users)
export const block = (user: string) => request<void>('PUT', `users/me/blocks/${id(user)}`)
export const unblock = (user: string) => request<void>('DELETE', `users/me/blocks/${id(user)}`)

export const report = (room: string, seq: number, about: { reason: ReportReason; comment?: string }) =>
  request<void>('POST', `rooms/${id(room)}/messages/${seq}/reports`, { body: about })

export const hooks = (room: string) => request<{ hooks: Hook[] }>('GET', `rooms/${id(room)}/hooks`).then((list) => list.hooks)
export const createHook = (room: string, name: string) => request<Hook>('POST', `rooms/${id(room)}/hooks`, { body: { name } })
export const deleteHook = (room: string, hook: string) => request<void>('DELETE', `rooms/${id(room)}/hooks/${id(hook)}`)
