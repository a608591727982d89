import type { Page } from '../../api/admin'

/** A list that is read page by page. */
export class Listing<One extends { id: string | number }> {
  list = $state.raw<readonly One[]>([])
  status = $state<'loading' | 'ready' | 'failed'>('loading')
  hasMore = $state(false)
  loadingMore = $state(false)

  readonly #read: (after: string | undefined) => Promise<Page<One>>
  /** An answer that another reading has overtaken is of no use. */
  #reading = 0

  constructor(read: (after: string | undefined) => Promise<Page<One>>) {
    this.#read = read
  }

  async load(): Promise<void> {
    const reading = ++this.#reading
    try {
      const page = await this.#read(undefined)
      if (reading !== this.#reading) return
      this.list = page.list
      this.hasMore = page.has_more
      this.status = 'ready'
    } catch {
      if (reading === this.#reading) this.status = 'failed'
    }
  }

  async more(): Promise<void> {
    const after = this.list.at(-1)?.id
    if (after === undefined || this.loadingMore) return
    const reading = this.#reading
    this.loadingMore = true
    try {
      const page = await this.#read(String(after))
      if (reading !== this.#reading) return
      const known = new Set(this.list.map((one) => one.id))
      this.list = [...this.list, ...page.list.filter((one) => !known.has(one.id))]
      this.hasMore = page.has_more
    } finally {
      this.loadingMore = false
    }
  }

  replace(id: One['id'], to: (one: One) => One): void {
    this.list = this.list.map((one) => (one.id === id ? to(one) : one))
  }

  remove(id: One['id']): void {
    this.list = this.list.filter((one) => one.id !== id)
  }
}
