/** What was begun and not sent, per user and room. */
export class Drafts {
  readonly #prefix: string

  constructor(user: string) {
    this.#prefix = `chinwag.draft.${user}.`
  }

  get(room: string): string {
    try {
      return localStorage.getItem(this.#prefix + room) ?? ''
    } catch {
      return ''
    }
  }

  clear(): void {
    for (const key of Object.keys(localStorage)) if (key.startsWith(this.#prefix)) localStorage.removeItem(key)
  }

  set(room: string, text: string): void {
    try {
      if (text) localStorage.setItem(this.#prefix + room, text)
      else localStorage.removeItem(this.#prefix + room)
    } catch {
      // A draft that cannot be stored is still in the text field.
    }
  }
}
