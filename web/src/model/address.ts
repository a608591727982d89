/**
 * The address says what is open: `/r/<room id>`, a message in it (`…/messages/<seq>`), a thread
 * (`…/threads/<seq>`), the threads that one takes part in (`/threads`), a page for those who look after the server
 * (`/admin/<section>`); everything else is the room list.
 */
export const ADMIN_SECTIONS = ['overview', 'reports', 'users', 'rooms', 'nodes', 'audit', 'bots', 'keys'] as const
export type AdminSection = (typeof ADMIN_SECTIONS)[number]

export type Address =
  | { view: 'list' }
  | { view: 'threads' }
  | { view: 'admin'; section: AdminSection }
  | { view: 'room'; room: string; message?: number; thread?: number }

export function pathOf(address: Address): string {
  if (address.view === 'list') return '/'
  if (address.view === 'threads') return '/threads'
  if (address.view === 'admin') return address.section === 'overview' ? '/admin' : `/admin/${address.section}`
  const room = `/r/${encodeURIComponent(address.room)}`
  if (address.thread !== undefined) return `${room}/threads/${address.thread}`
  return address.message === undefined ? room : `${room}/messages/${address.message}`
}

export function addressOf(path: string): Address {
  if (/^\/threads\/?$/.test(path)) return { view: 'threads' }
  const admin = /^\/admin(?:\/([a-z]+))?\/?$/.exec(path)
  if (admin) return { view: 'admin', section: ADMIN_SECTIONS.find((section) => section === admin[1]) ?? 'overview' }
  const match = /^\/r\/([^/]+)(?:\/(messages|threads)\/([1-9]\d{0,14}))?\/?$/.exec(path)
  try {
    if (!match?.[1]) return { view: 'list' }
    const at = match[3] === undefined ? {} : { [match[2] === 'threads' ? 'thread' : 'message']: Number(match[3]) }
    return { view: 'room', room: decodeURIComponent(match[1]), ...at }
  } catch {
    return { view: 'list' }
  }
}
