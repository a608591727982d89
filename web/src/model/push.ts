import type { Message, Room } from '../api/wire'
import { pathOf } from './address'
import { nameOf } from './face'
import { titleOf } from './room'
import { wordsOf } from './words'

const MOST_CHARACTERS = 200

export interface Shown {
  title: string
  options: { body: string; tag: string; data: { url: string }; icon: string }
}

/** What a device shows of a message: one for each room, the newest in the place of the one before. */
export function messageNotification(room: Room, message: Message): Shown {
  const sender = nameOf(message.sender)
  const said = wordsOf(message).slice(0, MOST_CHARACTERS)
  const place = message.thread === undefined ? { message: message.seq } : { thread: message.thread }
  return {
    title: room.kind === 'direct' ? sender : titleOf(room),
    options: {
      body: room.kind === 'direct' ? said : `${sender}: ${said}`,
      tag: room.id,
      data: { url: pathOf({ view: 'room', room: room.id, ...place }) },
      icon: '/icon-192.png',
    },
  }
}
