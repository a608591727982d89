import { getContext, setContext } from 'svelte'
import * as calls from '../api/calls'
import type { Message } from '../api/wire'
import type { Action } from '../model/actions'
import { pathOf } from '../model/address'
import type { Chat } from './chat.svelte'
import { copy } from './clipboard'
import { dialogs } from './dialogs.svelte'
import { notices } from './notices.svelte'
import type { OpenRoom } from './open-room.svelte'
import { route } from './route.svelte'

/** Where one reads and writes: a room, or one of its threads. What is done with a message is done here. */
export class Desk {
  /** What is being written anew. */
  editing = $state.raw<Message | null>(null)
  /** Whether there is a field to write in. */
  writable = $state(false)
  /** Grows whenever the field for writing should have the focus. */
  summons = $state(0)

  readonly chat: Chat
  readonly open: OpenRoom
  readonly thread: number | null
  /** Brings a message into view. */
  show: (seq: number) => void = () => undefined

  constructor(chat: Chat, open: OpenRoom, thread: number | null) {
    this.chat = chat
    this.open = open
    this.thread = thread
  }

  get room(): string {
    return this.open.id
  }

  /** What the next message answers; kept with what is being written, whatever else one looks at meanwhile. */
  get replying(): Message | null {
    return this.chat.replies.get(this.draft) ?? null
  }

  set replying(message: Message | null) {
    if (message) this.chat.replies.set(this.draft, message)
    else this.chat.replies.delete(this.draft)
  }

  /** What of the room or thread is held. */
  get messages(): readonly Message[] {
    const { timeline } = (this.thread === null ? this.open.live : this.open.thread) ?? {}
    const root = this.thread === null ? undefined : this.open.message(this.thread)
    return [...(root ? [root] : []), ...(timeline?.messages ?? [])]
  }

  /** Under which is kept what is being written here. */
  get draft(): string {
    return this.thread === null ? this.room : `${this.room}/${this.thread}`
  }

  /** Takes files into the message that is being written. */
  attach(files: readonly File[]): void {
    if (files.length === 0) return
    this.editing = null
    const refused = this.chat.uploads.add(this.draft, files)
    if (refused) notices.say(refused, 'bad')
    this.summons++
  }

  /** A message as it is by now, as far as it is held. */
  now(message: Message): Message {
    return this.open.message(message.seq) ?? message
  }

  /** Back to an ordinary message. */
  cancel(): void {
    this.replying = null
    this.editing = null
  }

  run(action: Exclude<Action, 'react'>, message: Message): void {
    switch (action) {
      case 'reply':
        this.editing = null
        this.replying = message
        this.summons++
        break
      case 'edit':
        this.replying = null
        this.editing = message
        this.summons++
        break
      case 'thread':
        route.toThread(this.room, message.seq)
        break
      case 'copy':
        void copy(message.text, 'Message copied.')
        break
      case 'link':
        void copy(location.origin + pathOf({ view: 'room', room: this.room, message: message.seq }), 'Link copied.')
        break
      case 'pin':
        tell(calls.pin(this.room, message.seq))
        break
      case 'unpin':
        tell(calls.unpin(this.room, message.seq))
        break
      case 'delete':
      case 'history':
      case 'report':
        dialogs.show({ dialog: action, message, desk: this })
        break
    }
  }

  /** Puts an emoji under a message, or takes one's own away. */
  toggle(message: Message, emoji: string): void {
    const { me } = this.chat
    const is_there = message.reactions?.some((reaction) => reaction.emoji === emoji && reaction.users.includes(me.id))
    tell((is_there ? calls.unreact : calls.react)(this.room, message.seq, emoji))
  }
}

function tell(call: Promise<unknown>): void {
  call.catch((error: unknown) => notices.problem(error))
}

const KEY = Symbol('desk')
export const provideDesk = (desk: Desk) => setContext(KEY, desk)
export const useDesk = () => getContext<Desk>(KEY)
