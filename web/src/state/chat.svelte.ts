import { getContext, setContext } from 'svelte'
import { SvelteMap } from 'svelte/reactivity'
import * as calls from '../api/calls'
import { upload } from '../api/upload'
import { Problem } from '../api/problem'
import type { Accepted, FileInfo, Message, Profile, ReadCursor, Room, ServerConfig, User } from '../api/wire'
import { Connection, type Ended, type Listener, type Position, type Publication } from '../live/connection.svelte'
import { dispatch, roomChannel, roomOf, type Feed } from '../live/feed'
import type { Change, OwnEvent, RoomState } from '../model/change'
import type { Entry } from '../model/outbox'
import { tells } from '../model/notifications'
import { find, lastSeq, type Timeline } from '../model/timeline'
import { Blocks } from './blocks.svelte'
import { Deliveries } from './deliveries'
import { FileStorage } from './file-storage'
import { idle } from './idle.svelte'
import { Directory } from './directory.svelte'
import { Notes } from './notes.svelte'
import { notifier } from './notifier.svelte'
import { OpenRoom } from './open-room.svelte'
import { OutboxStorage } from './outbox-storage'
import { Presence } from './presence.svelte'
import { RoomTimeline } from './room-timeline.svelte'
import { Rooms } from './rooms.svelte'
import { Search } from './search.svelte'
import { Sender } from './sender.svelte'
import { Threads } from './threads.svelte'
import { Typing } from './typing.svelte'
import { Uploads } from './uploads.svelte'
import { watch } from './watch.svelte'

/** Until the server has told its own. */
const MOST_MESSAGE_BYTES = 64 * 1024

/** Everything of one signed-in user, from sign-in to sign-out. */
export class Chat implements Listener, Feed {
  me: Profile
  /** What the server says of itself, as soon as it has. */
  config = $state.raw<ServerConfig | null>(null)
  readonly connection: Connection
  readonly rooms: Rooms
  readonly sender: Sender
  readonly uploads: Uploads
  readonly presence: Presence
  readonly threads: Threads
  readonly directory = new Directory()
  readonly notes = new Notes()
  readonly blocks = new Blocks()
  readonly typing: Typing
  readonly search = new Search(calls.search)
  /** What is being answered, by room or thread. */
  readonly replies = new SvelteMap<string, Message>()
  /** The newest message of the room on screen, for those who listen to the page. */
  arrived = $state.raw<Message | null>(null)
  /** Grows whenever somebody joins, leaves or gets another role in the room on screen. */
  membership = $state(0)

  readonly #timelines = new Map<string, RoomTimeline>()
  readonly #deliveries: Deliveries
  readonly #signedOut: (why: Ended) => void
  #open: OpenRoom | null = null
  #stopIdle: () => void = () => undefined
  #connectedBefore = false

  constructor(me: Profile, signedOut: (why: Ended) => void) {
    this.me = $state.raw(me)
    this.#signedOut = signedOut
    this.presence = new Presence(me.id)
    this.rooms = new Rooms(me.id, (room) => room.unread > 0 && this.#deliveries.arrived(room.id, room.head_seq))
    this.threads = new Threads(me.id, {
      threads: calls.threads,
      read: calls.readThread,
      people: (room) => this.rooms.get(room)?.member_count ?? 0,
      message: (room, seq) => find(this.#timelines.get(room)?.timeline ?? null, seq),
    })
    this.directory.learn([me])
    this.connection = new Connection(me.id, this)
    this.#deliveries = new Deliveries({
      room: (room) => this.rooms.get(room),
      up: () => this.connection.up,
      tell: (room, seq) => this.connection.rpc('cursor.delivered', { room, seq }),
    })
    this.typing = new Typing((room) => this.connection.tell({ type: 'typing', room }))
    this.uploads = new Uploads(new FileStorage(me.id), upload, () => this.config?.max_file_bytes)
    this.sender = new Sender(me.id, new OutboxStorage(me.id), {
      send: (entry) => this.#send(entry),
      up: () => this.connection.up,
    })
  }

  start(): void {
    void this.#load()
    calls.config().then(
      (config) => {
        this.config = config
        void notifier.subscribe(config.push_public_key).catch(() => undefined)
      },
      () => undefined,
    )
    this.connection.open()
    this.#stopIdle = idle.tell(() => this.#tellActivity())
  }

  close(): void {
    this.#stopIdle()
    this.connection.close()
    this.sender.close()
    this.uploads.close()
    this.typing.close()
    this.rooms.close()
    this.threads.close()
    this.#deliveries.close()
    this.#open?.close()
    for (const timeline of this.#timelines.values()) timeline.close()
  }

  /**
   * The room on screen, beginning with a message where one is sought. A preview of a room that one
   * has not joined is followed only while it is looked at.
   */
  open(room: string, message: number | null = null): OpenRoom {
    if (this.#open !== null) this.leave(this.#open.id)
    const held = this.#timelines.get(room)
    // One that was left somewhere in the middle begins anew, and one that has let go of what is unread.
    const timeline = held?.goesOnFrom(this.rooms.get(room)) ? held : this.#newTimeline(room, message)
    if (held !== timeline) held?.close()
    this.#open = new OpenRoom(room, timeline, this.me.id, this.directory)
    void this.#open.load()
    this.connection.follow(roomChannel(room))
    return this.#open
  }

  leave(room: string): void {
    if (room !== this.#open?.id) return
    this.#open.close()
    this.#open = null
    if (!this.rooms.get(room)?.role) this.#forget(room)
  }

  /** A thread of the room on screen, beside it. */
  openThread(root: number): RoomTimeline | null {
    const open = this.#open
    if (!open) return null
    open.thread?.close()
    open.thread = this.#timelineOf(open.id, root)
    void open.thread.read()
    return open.thread
  }

  leaveThread(thread: RoomTimeline | null): void {
    thread?.close()
    if (this.#open && this.#open.thread === thread) this.#open.thread = null
  }

  async read(room: string, seq: number): Promise<void> {
    const held = this.rooms.get(room)
    if (!held?.role || (held.unread === 0 && held.mentions === 0 && held.read_seq >= seq)) return
    this.rooms.readTo(room, seq)
    void notifier.clear(room)
    await this.#tellRead(room, seq)
  }

  /** A room just created, joined or found. */
  took(room: Room): void {
    this.rooms.take(room)
  }

  /** How somebody is called and looks by now. */
  learn(user: User): void {
    this.directory.learn([user])
    this.rooms.learn(user)
    if (user.id === this.me.id) this.me = { ...this.me, ...user, avatar: user.avatar }
  }

  connected(): void {
    // The list holds what is never replayed: cursors, and rooms that this connection does not follow.
    if (this.#connectedBefore || this.rooms.status === 'failed') {
      void this.#load()
      void this.#open?.load()
    } else {
      void this.#askPresence()
    }
    this.#connectedBefore = true
    if (!idle.active) this.#tellActivity()
    this.sender.pump()
    this.uploads.pump()
  }

  subscribed({ channel, offset, start }: Position): void {
    const room = roomOf(channel)
    if (room === undefined) return
    const timeline = this.#timelines.get(room)
    const open = room === this.#open?.id ? this.#open : null
    if (start === 'lost') {
      this.rooms.lost(room)
      this.notes.forget(room)
      timeline?.lost(offset)
      open?.thread?.lost(offset)
    } else if (start === 'new') {
      this.rooms.startsAt(room, offset)
      timeline?.startsAt(offset)
      open?.thread?.startsAt(offset)
    }
    if (start === 'resumed' || !open) return
    void open.load()
    // It may have been deleted unheard.
    this.arrived = null
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
    } else if (room === this.#open?.id) {
      // The server no longer feeds it by itself; whether it may still be read shows in the answer.
      this.connection.follow(channel)
    } else {
      this.#forget(room)
    }
  }

  signedOut(why: Ended): void {
    this.#signedOut(why)
  }

  change(change: Change): void {
    this.rooms.apply(change)
    this.threads.change(change)
    this.notes.change(change)
    const timeline = this.#timelines.get(change.room)
    timeline?.change(change)
    const is_open = change.room === this.#open?.id
    if (is_open) this.#open?.change(change)
    else timeline?.trimIfLong()
    if (change.type.startsWith('member.') && is_open) this.membership++
    if ('user' in change) this.directory.learn([change.user])
    if (change.type === 'message.deleted' && change.message.id === this.arrived?.id) this.arrived = null
    if (change.type !== 'message.created') return
    const { message } = change
    const is_own = message.sender.id === this.me.id
    this.directory.learn([message.sender])
    this.typing.stopped(change.room, message.sender.id)
    this.#settleUnseen(message)
    if (is_own) return
    this.#deliveries.arrived(change.room, message.seq)
    if (this.blocks.has(message.sender.id)) return
    if (is_open && message.thread === undefined) this.arrived = message
    this.#notify(message)
  }

  own(event: OwnEvent): void {
    switch (event.type) {
      case 'room.joined':
        this.rooms.refresh(event.room)
        void this.threads.load()
        break
      case 'room.left':
        this.rooms.remove(event.room)
        this.threads.forget(event.room)
        if (event.room === this.#open?.id) this.rooms.refresh(event.room)
        else this.#forget(event.room)
        break
      case 'cursor.moved':
        this.rooms.moveCursor(event.room, event)
        break
      case 'block.changed':
        this.blocks.changed(event.user, event.blocked)
        break
      case 'room.head':
        this.rooms.moveHead(event.room, event.head_seq, event.head_rev)
        break
      case 'room.notifications':
        this.rooms.setNotifications(event.room, event.notifications)
        break
      case 'user.changed':
        this.learn(event.user)
        break
    }
  }

  state(state: RoomState): void {
    if (state.type === 'presence.changed') {
      this.presence.changed(state)
    } else if (state.type === 'user.changed') {
      this.learn(state.user)
    } else if (state.type === 'receipt') {
      if (state.room === this.#open?.id) this.#open.state(state)
    } else if (state.user.id !== this.me.id && !this.blocks.has(state.user.id)) this.typing.heard(state.room, state.user, state.expires_in_ms)
  }

  /** Tells of a message on this device if nobody looks at the page. */
  #notify(message: Message): void {
    const room = this.rooms.get(message.room)
    const presence = this.presence.of(this.me.id)?.presence
    if (!watch.watched && room && tells(room, message, this.me.id, presence, Date.now())) void notifier.show(room, message)
  }

  async #send(entry: Entry): Promise<Accepted> {
    const { room, clientId, text, replyTo, thread } = entry
    // A frame far above the limit would end the connection, again with every new attempt.
    const most = this.config?.max_message_bytes ?? MOST_MESSAGE_BYTES
    if (new TextEncoder().encode(text).length > most) {
      throw new Problem('too_large', `a message may have at most ${most.toLocaleString()} bytes`)
    }
    const attachments = await this.#upload(entry)
    try {
      const accepted = await this.connection.rpc<Accepted>('message.send', { room, client_id: clientId, text, reply_to: replyTo, thread, attachments })
      this.uploads.settled(entry.attachments ?? [])
      return accepted
    } catch (error) {
      // What lay there for too long without a message was taken away.
      if (error instanceof Problem && error.code === 'unknown_file') for (const { key } of entry.attachments ?? []) this.#uploaded(entry, key, undefined)
      throw error
    }
  }

  /** The ids of what a message carries, all of which the server has then. */
  async #upload(entry: Entry): Promise<string[] | undefined> {
    if (!entry.attachments?.length) return undefined
    return Promise.all(
      entry.attachments.map(async (attached) => {
        if (attached.file) return attached.file.id
        const file = await this.uploads.finish(attached)
        this.#uploaded(entry, attached.key, file)
        return file.id
      }),
    )
  }

  #uploaded(entry: Entry, key: string, file: FileInfo | undefined): void {
    if (!file) this.uploads.forget(key)
    this.sender.uploaded(entry.clientId, key, file)
  }

  #newTimeline(room: string, message: number | null): RoomTimeline {
    const timeline = this.#timelineOf(room, null)
    this.#timelines.set(room, timeline)
    // Not by way of the end: what is shown there would be read.
    if (message === null) void timeline.read()
    else void timeline.around(message)
    return timeline
  }

  #timelineOf(room: string, thread: number | null): RoomTimeline {
    return new RoomTimeline(
      { me: this.me.id, room, thread },
      {
        room: calls.room,
        messages: calls.messages,
        message: calls.message,
        took: (room) => this.rooms.take(room),
        advanced: (now) => this.#advanced(room, now),
      },
    )
  }

  #advanced(room: string, now: Timeline): void {
    this.directory.learn(now.messages.map((message) => message.sender))
    this.sender.settle(room, now.thread, now.messages, lastSeq(now))
  }

  /** What no timeline shows has only its change to tell that it has arrived. */
  #settleUnseen(message: Message): void {
    const { room, seq, thread = null } = message
    const is_shown = thread === null ? this.#timelines.has(room) : this.#open?.id === room && this.#open.thread?.timeline?.thread === thread
    if (!is_shown) this.sender.settle(room, thread, [message], seq)
  }

  #forget(room: string): void {
    this.notes.forget(room)
    this.connection.leave(roomChannel(room))
    this.#timelines.get(room)?.close()
    this.#timelines.delete(room)
  }

  async #load(): Promise<void> {
    void this.threads.load()
    void this.blocks.load()
    await this.rooms.load()
    // What was read while nobody could be told.
    for (const room of this.rooms.untold) void this.#tellRead(room.id, room.read_seq)
    await this.#askPresence()
  }

  async #tellRead(room: string, seq: number): Promise<void> {
    if (!this.connection.up) return
    try {
      this.rooms.moveCursor(room, await this.connection.rpc<ReadCursor>('cursor.read', { room, seq }))
    } catch {
      // It is told again at the next connection.
    }
  }

  /** Whoever does nothing here for a while is away. */
  #tellActivity(): void {
    this.connection.tell({ type: 'activity', active: idle.active })
  }

  async #askPresence(): Promise<void> {
    const peers = this.rooms.list.flatMap((room) => (room.peer ? [room.peer.id] : []))
    await this.presence.ask([this.me.id, ...peers])
  }
}

const KEY = Symbol('chat')
export const provideChat = (chat: Chat) => setContext(KEY, chat)
export const useChat = () => getContext<Chat>(KEY)
