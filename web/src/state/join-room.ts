import * as calls from '../api/calls'
import type { Chat } from './chat.svelte'
import { route } from './route.svelte'

/** Becomes a member of a public room and opens it. */
export async function joinRoom(chat: Chat, room: string): Promise<void> {
  await calls.addMember(room, chat.me.id)
  chat.took(await calls.room(room))
  route.toRoom(room)
}
