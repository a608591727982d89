import type { Action } from '../../model/actions'

const KEYS: Record<string, Exclude<Action, 'react'>> = { r: 'reply', t: 'thread', e: 'edit', c: 'copy', Delete: 'delete' }

/** What a key does with the message that has the focus. */
export function messageKey(event: KeyboardEvent): Exclude<Action, 'react'> | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined
  return KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key]
}
