import * as calls from '../api/calls'
import type { Chat } from './chat.svelte'
import { route } from './route.svelte'

/** Opens the direct room with somebody; there is one per pair, and asking again gives the same. */
export async function startDirect(chat: Chat, user: string): Promise<void> {
  const room = await calls.createRoom({ kind: 'direct', members: [user] })
  chat.took(room)
  if (room.peer) void chat.presence.ask([room.peer.id])
  route.toRoom(room.id)
}
