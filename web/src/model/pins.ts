import type { Message } from '../api/wire'
import type { Change } from './change'

/** A room's pinned messages after a change, the last one that was pinned first. To apply it twice makes no difference. */
export function applyToPins(pins: readonly Message[], change: Change): readonly Message[] {
  switch (change.type) {
    case 'message.pinned':
    case 'message.unpinned':
    case 'message.edited':
    case 'message.deleted': {
      const { message } = change
      const others = pins.filter((pin) => pin.seq !== message.seq)
      if (message.pinned_at === undefined) return others.length === pins.length ? pins : others
      return [...others, message].sort((a, b) => (b.pinned_at ?? '').localeCompare(a.pinned_at ?? '') || b.seq - a.seq)
    }
    case 'messages.removed': {
      const left = pins.filter((pin) => pin.seq > change.up_to)
      return left.length === pins.length ? pins : left
    }
    default:
      return pins
  }
}
