import { getContext, setContext } from 'svelte'
import * as calls from '../api/calls'
import { Problem } from '../api/problem'
import type { Accepted, Message, ReadCursor, Room, User } from '../api/wire'
import { Connection, type Listener, type Position, type Publication } from '../live/connection.svelte'
import { dispatch, roomChannel, roomOf, type Feed } from '../live/feed'
import type { Change, OwnEvent, RoomState } from '../model/change'
import type { Entry } from '../model/outbox'
import { lastSeq } from '../model/timeline'
import { OutboxStorage } from './outbox-storage'
import { Presence } from './presence.svelte'
import { RoomTimeline } from './room-timeline.svelte'
import { Rooms } from './rooms.svelte'
import { Sender } from './sender.svelte'
import { Typing } from './typing.svelte'

/** Everything of one signed-in user, from sign-in to sign-out. */
export class Chat implements Listener, Feed {
  readonly me: User
  readonly connection: Connection
  readonly rooms: Rooms
  readonly sender: Sender
  readonly presence = new Presence()
  readonly typing: Typing
  /** The newest message of the room on screen, for those who listen to the page. */
  arrived = $state.raw<Message | null>(null)
  /** Grows whenever somebody joins, leaves or gets another role in the room on screen. */
  membership = $state(0)

  readonly #timelines = new Map<string, RoomTimeline>()
  readonly #signedOut: () => void
  #open: string | null = null
  #connectedBefore = false
  /** The server's own limit as soon as it is known. */
  #maxMessageBytes = 64 * 1024

  constructor(me: User, signedOut: () => void) {
    this.me = me
    this.#signedOut = signedOut
    this.rooms = new Rooms(me.id)
    this.connection = new Connection(this)
    this.typing = new Typing((room) => this.connection.tell({ type: 'typing', room }))
    this.sender = new Sender(me.id, new OutboxStorage(me.id), {
      send: (entry) => this.#send(entry),
      up: () => this.connection.up,
    })
  }

  start(): void {
    void this.rooms.load()
    calls.config().then(
      (config) => (this.#maxMessageBytes = config.max_message_bytes),
      () => undefined,
    )
    this.connection.open()
  }

  close(): void {
    this.connection.close()
    this.sender.close()
    this.typing.close()
    this.rooms.close()
    for (const timeline of this.#timelines.values()) timeline.close()
  }

  /** The room on screen. A preview of a room that one has not joined is followed only while it is looked at. */
  open(room: string): RoomTimeline {
    if (this.#open !== null) this.leave(this.#open)
    this.#open = room
    const timeline = this.#timelines.get(room) ?? this.#newTimeline(room)
    this.connection.follow(roomChannel(room))
    return timeline
  }

  leave(room: string): void {
    if (room !== this.#open) return
    this.#open = null
    if (!this.rooms.get(room)?.role) this.#forget(room)
  }

  async read(room: string, seq: number): Promise<void> {
    const held = this.rooms.get(room)
    if (!held?.role || (held.unread === 0 && held.read_seq >= seq)) return
    this.rooms.moveCursor(room, seq, 0)
    if (!this.connection.up) return
    try {
      const cursor = await this.connection.rpc<ReadCursor>('cursor.read', { room, seq })
      this.rooms.moveCursor(room, cursor.read_seq, cursor.unread)
    } catch {
      // The list is read again at the next connection and brings the count back.
    }
  }

  /** A room just created, joined or found. */
  took(room: Room): void {
    this.rooms.take(room)
  }

  connected(): void {
    // The list holds what is never replayed: cursors, and rooms that this connection does not follow.
    if (this.#connectedBefore || this.rooms.status === 'failed') void this.rooms.load().then(() => this.#askPresence())
    else void this.#askPresence()
    this.#connectedBefore = true
    this.sender.pump()
  }

  subscribed({ channel, offset, start }: Position): void {
    const room = roomOf(channel)
    if (room === undefined) return
    const timeline = this.#timelines.get(room)
    if (start === 'lost') {
      this.rooms.lost(room)
      timeline?.lost(offset)
    } else if (start === 'new') {
      this.rooms.startsAt(room, offset)
      timeline?.startsAt(offset)
    }
  }

  publication(publication: Publication): void {
    dispatch(publication, this)
  }

  unsubscribed(channel: string, refused: boolean): void {
    const room = roomOf(channel)
    if (room === undefined) return
    if (refused) {
      this.rooms.refresh(room)
      void this.#timelines.get(room)?.read()
    } else if (room === this.#open) {
      // The server no longer feeds it by itself; whether it may still be read shows in the answer.
      this.connection.follow(channel)
    } else {
      this.#forget(room)
    }
  }

  signedOut(): void {
    this.#signedOut()
  }

  change(change: Change): void {
    this.rooms.apply(change)
    this.#timelines.get(change.room)?.change(change)
    if (change.type.startsWith('member.') && change.room === this.#open) this.membership++
    if (change.type !== 'message.created') return
    const { message } = change
    this.typing.stopped(change.room, message.sender.id)
    // Rooms without a timeline have only this to tell that a message has arrived.
    if (!this.#timelines.has(change.room)) this.sender.settle(change.room, [message], message.seq)
    if (change.room === this.#open && message.sender.id !== this.me.id) this.arrived = message
  }

  own(event: OwnEvent): void {
    switch (event.type) {
      case 'room.joined':
        this.rooms.refresh(event.room)
        break
      case 'room.left':
        this.rooms.remove(event.room)
        if (event.room === this.#open) this.rooms.refresh(event.room)
        else this.#forget(event.room)
        break
      case 'cursor.moved':
        this.rooms.moveCursor(event.room, event.read_seq, event.unread)
        break
      case 'room.head':
        this.rooms.moveHead(event.room, event.head_seq, event.head_rev)
        break
    }
  }

  state(state: RoomState): void {
    if (state.type === 'presence.changed') {
      for (const user of state.online) this.presence.set(user, true)
      for (const user of state.offline) this.presence.set(user, false)
    } else if (state.user.id !== this.me.id) this.typing.heard(state.room, state.user, state.expires_in_ms)
  }

  async #send({ room, clientId, text }: Entry): Promise<Accepted> {
    // A frame far above the limit would end the connection, again with every new attempt.
    if (new TextEncoder().encode(text).length > this.#maxMessageBytes) {
      throw new Problem('too_large', `a message may have at most ${this.#maxMessageBytes.toLocaleString()} bytes`)
    }
    return this.connection.rpc<Accepted>('message.send', { room, client_id: clientId, text })
  }

  #newTimeline(id: string): RoomTimeline {
    const timeline = new RoomTimeline(id, {
      room: calls.room,
      messages: calls.messages,
      took: (room) => this.rooms.take(room),
      advanced: (now) => this.sender.settle(id, now.messages, lastSeq(now)),
    })
    this.#timelines.set(id, timeline)
    void timeline.read()
    return timeline
  }

  #forget(room: string): void {
    this.connection.leave(roomChannel(room))
    this.#timelines.get(room)?.close()
    this.#timelines.delete(room)
  }

  async #askPresence(): Promise<void> {
    const peers = this.rooms.list.flatMap((room) => (room.peer ? [room.peer.id] : []))
    if (peers.length > 0) await this.presence.ask(peers)
  }
}

const KEY = Symbol('chat')
export const provideChat = (chat: Chat) => setContext(KEY, chat)
export const useChat = () => getContext<Chat>(KEY)
