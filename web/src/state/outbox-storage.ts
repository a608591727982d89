import type { Entry, Outbox } from '../model/outbox'

/**
 * Keeps the outbox in the browser, one record per message: tabs of the same user then write and
 * remove their own without overwriting each other's.
 */
export class OutboxStorage {
  readonly #prefix: string
  readonly #storage: Storage

  constructor(user: string, storage: Storage = localStorage) {
    this.#prefix = `chinwag.outbox.${user}.`
    this.#storage = storage
  }

  load(): Outbox {
    const entries: Entry[] = []
    for (const key of Object.keys(this.#storage)) {
      if (!key.startsWith(this.#prefix)) continue
      const entry = read(this.#storage.getItem(key))
      if (entry) entries.push(entry)
    }
    // A client id begins with the time of writing.
    return entries.sort((a, b) => (a.clientId < b.clientId ? -1 : 1))
  }

  /** Removes everything of this user's, other tabs' too. */
  clear(): void {
    for (const key of Object.keys(this.#storage)) if (key.startsWith(this.#prefix)) this.#storage.removeItem(key)
  }

  /** Makes the records those of `after`, given that they were those of `before`. */
  save(before: Outbox, after: Outbox): void {
    const kept = new Set(after.filter(isKept).map((entry) => entry.clientId))
    for (const entry of before) if (!kept.has(entry.clientId)) this.#storage.removeItem(this.#prefix + entry.clientId)
    for (const entry of after) if (isKept(entry) && !before.includes(entry)) this.#put(entry)
  }

  #put(entry: Entry): void {
    try {
      this.#storage.setItem(this.#prefix + entry.clientId, JSON.stringify(entry))
    } catch {
      // The storage is full or forbidden: the message is still sent, it only would not outlive the page.
    }
  }
}

/** What the server has acknowledged is its to keep. */
function isKept(entry: Entry): boolean {
  return entry.state !== 'accepted'
}

function read(text: string | null): Entry | undefined {
  try {
    const entry = JSON.parse(text ?? '') as Entry
    return typeof entry.clientId === 'string' && typeof entry.room === 'string' && typeof entry.text === 'string' ? entry : undefined
  } catch {
    return undefined
  }
}
