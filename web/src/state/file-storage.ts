const STORE = 'files'

/** Keeps the files of messages that wait to be sent, so that they outlive the page. Where that fails, they do not. */
export class FileStorage {
  readonly #user: string
  #database: Promise<IDBDatabase> | undefined

  constructor(user: string) {
    this.#user = user
  }

  async put(key: string, file: Blob): Promise<void> {
    await this.#do('readwrite', (store) => store.put(file, this.#keyOf(key))).catch(() => undefined)
  }

  async get(key: string): Promise<Blob | undefined> {
    const held = await this.#do('readonly', (store) => store.get(this.#keyOf(key))).catch(() => undefined)
    return held instanceof Blob ? held : undefined
  }

  async remove(key: string): Promise<void> {
    await this.#do('readwrite', (store) => store.delete(this.#keyOf(key))).catch(() => undefined)
  }

  /** All of this user. */
  async clear(): Promise<void> {
    const all = IDBKeyRange.bound(this.#keyOf(''), this.#keyOf('\uffff'))
    await this.#do('readwrite', (store) => store.delete(all)).catch(() => undefined)
  }

  #keyOf(key: string): string {
    return `${this.#user}.${key}`
  }

  async #do(mode: IDBTransactionMode, what: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
    const database = await (this.#database ??= open())
    return answer(what(database.transaction(STORE, mode).objectStore(STORE)))
  }
}

async function open(): Promise<IDBDatabase> {
  const request = indexedDB.open('chinwag', 1)
  request.onupgradeneeded = () => request.result.createObjectStore(STORE)
  return answer(request)
}

function answer<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result)
    request.onerror = () => failed(request.error ?? new Error('the browser did not say why'))
  })
}
