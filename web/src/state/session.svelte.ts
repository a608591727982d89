import * as calls from '../api/calls'
import { actAs, onAnother } from '../api/owner'
import { Problem, isSignedOut } from '../api/problem'
import { backoffMs } from '../model/backoff'
import { deviceName } from '../model/device'
import { Chat } from './chat.svelte'
import { Drafts } from './drafts'
import type { Ended } from '../live/connection.svelte'
import { notifier } from './notifier.svelte'

/** Who uses this page. The session itself is a cookie that only the server reads. */
class Session {
  phase = $state<'starting' | 'unreachable' | 'signed-out' | 'signed-in'>('starting')
  chat = $state.raw<Chat | null>(null)
  /** Why one has to sign in again. */
  notice = $state<string | null>(null)

  #tries = 0

  constructor() {
    onAnother(() => this.#ended('another'))
  }

  async start(): Promise<void> {
    try {
      this.#enter(new Chat(await calls.me(), (why) => this.#ended(why)))
    } catch (error) {
      if (error instanceof Problem && isSignedOut(error)) {
        this.phase = 'signed-out'
      } else {
        this.phase = 'unreachable'
        setTimeout(() => void this.start(), backoffMs(this.#tries++, Math.random(), 1_000))
      }
    }
  }

  async signIn(name: string, password: string): Promise<void> {
    const { user } = await calls.signIn({ name, password, device: deviceName(navigator.userAgent) })
    actAs(user.id)
    this.#enter(new Chat(await calls.me(), (why) => this.#ended(why)))
  }

  async signUp(name: string, password: string, display_name: string): Promise<void> {
    await calls.signUp({ name, password, display_name: display_name || undefined })
    await this.signIn(name, password)
  }

  async signOut(): Promise<void> {
    try {
      await calls.signOut()
    } catch (error) {
      if (!(error instanceof Problem && isSignedOut(error))) throw error
    }
    await notifier.turnOff().catch(() => undefined)
    this.#forget()
    this.#leave(null)
  }

  /** The account is gone, and its sessions with it. */
  erased(): void {
    this.#forget()
    this.#leave('Your account is deleted.')
  }

  /** Asked for by the person, maybe on a computer of others: nothing written is left behind. */
  #forget(): void {
    if (!this.chat) return
    this.chat.sender.clear()
    this.chat.uploads.clear()
    new Drafts(this.chat.me.id).clear()
  }

  #enter(chat: Chat): void {
    actAs(chat.me.id)
    this.notice = null
    this.chat = chat
    this.phase = 'signed-in'
    chat.start()
  }

  #ended(why: Ended): void {
    const what = why === 'another' ? 'Somebody else has signed in in this browser.' : 'This session has ended.'
    this.#leave(`${what} Sign in to go on; what you have not sent yet is kept.`)
  }

  #leave(notice: string | null): void {
    this.chat?.close()
    this.chat = null
    actAs(null)
    void notifier.takeAway().catch(() => undefined)
    this.notice = notice
    this.phase = 'signed-out'
  }
}

export const session = new Session()
