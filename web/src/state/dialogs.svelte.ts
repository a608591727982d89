import type { Member, Message, User } from '../api/wire'
import type { Desk } from './desk.svelte'

export type SettingsSection = 'profile' | 'appearance' | 'notifications' | 'devices' | 'blocked' | 'data'

/** What is asked before something is done that cannot be taken back, or not by the one who does it. */
export interface Question {
  title: string
  description?: string
  /** What the button says. */
  action: string
  bad?: boolean
  run: () => Promise<unknown>
  then?: OpenDialog
}

/** The pages of a room's settings. */
export type RoomPage = 'general' | 'permissions' | 'members' | 'bans' | 'hooks' | 'export'

export type OpenDialog =
  | { dialog: 'new-room' | 'browse' | 'new-direct' | 'switcher' | 'status' | 'sign-out' | 'shortcuts' }
  | { dialog: 'delete-account' }
  | { dialog: 'settings'; section: SettingsSection }
  /** Beside what was pressed, where there is room. */
  | { dialog: 'profile'; user: User; anchor: HTMLElement }
  | { dialog: 'rename' | 'invite' | 'leave' | 'notifications'; room: string }
  | { dialog: 'actions' | 'delete' | 'history' | 'seen' | 'report'; message: Message; desk: Desk }
  /** A picture that a message carries. */
  | { dialog: 'lightbox'; message: Message; file: string; desk: Desk }
  | { dialog: 'block'; user: User; then?: OpenDialog }
  | ({ dialog: 'confirm' } & Question)
  | { dialog: 'user-sessions'; user: User }
  | { dialog: 'room-settings'; room: string; page: RoomPage }
  | { dialog: 'ban' | 'mute'; room: string; member: Member; then?: OpenDialog }

/** At most one dialog is open; one may lead back to another when it closes. */
class Dialogs {
  current = $state.raw<OpenDialog | null>(null)

  show(dialog: OpenDialog): void {
    this.current = dialog
  }

  close(): void {
    this.current = this.current && 'then' in this.current ? (this.current.then ?? null) : null
  }

  /** None, whatever was to follow. */
  clear(): void {
    this.current = null
  }
}

export const dialogs = new Dialogs()
