import type { Message } from '../../api/wire'
import type { RoomTimeline } from '../../state/room-timeline.svelte'

/** The newest message of one's own that is there to be written anew; unknown where newer ones are not held. */
export function lastOwn({ timeline }: RoomTimeline, me: string): Message | undefined {
  if (timeline?.hasNewer) return undefined
  return timeline?.messages.findLast((message) => message.sender.id === me && !message.deleted_at)
}
