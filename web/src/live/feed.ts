import { readChange, readOwnEvent, readRoomState, type Change, type OwnEvent, type RoomState } from '../model/change'
import type { Publication } from './connection.svelte'

export const roomChannel = (room: string) => `room:${room}`

export function roomOf(channel: string): string | undefined {
  return channel.startsWith('room:') ? channel.slice('room:'.length) : undefined
}

export interface Feed {
  change(change: Change): void
  own(event: OwnEvent): void
  state(state: RoomState): void
}

/** Sorts what arrives: numbered changes of rooms, the user's own events, and unnumbered state. */
export function dispatch({ channel, offset, data }: Publication, to: Feed): void {
  const room = roomOf(channel)
  if (room === undefined) {
    const event = readOwnEvent(data)
    if (event) to.own(event)
  } else if (offset !== undefined && offset > 0) {
    to.change(readChange(room, offset, data))
  } else {
    const state = readRoomState(data)
    if (state) to.state(state)
  }
}
