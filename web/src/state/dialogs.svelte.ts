export type OpenDialog =
  | { dialog: 'new-room' | 'browse' | 'new-direct' | 'switcher' | 'devices' | 'sign-out' }
  | { dialog: 'rename' | 'invite' | 'leave'; room: string }

/** At most one dialog is open. */
class Dialogs {
  current = $state.raw<OpenDialog | null>(null)

  show(dialog: OpenDialog): void {
    this.current = dialog
  }

  close(): void {
    this.current = null
  }
}

export const dialogs = new Dialogs()
