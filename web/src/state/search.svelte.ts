import { Problem, sentence } from '../api/problem'
import type { SearchPage, SearchQuery, SearchResult } from '../api/wire'
import { NOTHING_SOUGHT, queryOf, type Sought } from '../model/search'

const WAIT_MS = 250
const MOST_STEPS = 20

/** What is looked for in what was written, and what was found. */
export class Search {
  open = $state(false)
  /** Grows whenever the field should have the focus. */
  summons = $state(0)
  sought = $state.raw<Sought>(NOTHING_SOUGHT)
  results = $state.raw<readonly SearchResult[]>([])
  status = $state<'quiet' | 'searching' | 'done' | 'failed'>('quiet')
  problem = $state<string | undefined>(undefined)
  loadingMore = $state(false)
  hasMore = $state(false)

  readonly #ask: (query: SearchQuery, cursor?: string) => Promise<SearchPage>
  #next: string | undefined
  /** Counts what was asked: an answer to what is not asked any more is let go of. */
  #asked = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(ask: (query: SearchQuery, cursor?: string) => Promise<SearchPage>) {
    this.#ask = ask
  }

  /** Opens it, in one room where one is named. */
  show(room?: string): void {
    this.open = true
    this.summons++
    if (room !== undefined) this.seek({ room })
  }

  close(): void {
    this.open = false
  }

  /** Looks for something else, as soon as nothing more is typed. */
  seek(change: Partial<Sought>): void {
    this.sought = { ...this.sought, ...change }
    clearTimeout(this.#timer)
    this.#asked++
    if (!queryOf(this.sought)) {
      this.results = []
      this.hasMore = false
      this.status = 'quiet'
      return
    }
    this.status = 'searching'
    this.#timer = setTimeout(() => void this.look(), WAIT_MS)
  }

  async look(): Promise<void> {
    const query = queryOf(this.sought)
    if (!query) return
    clearTimeout(this.#timer)
    const asked = ++this.#asked
    this.status = 'searching'
    try {
      const page = await this.#first(query, asked)
      if (asked !== this.#asked) return
      this.results = page.results
      this.#continue(page)
      this.status = 'done'
    } catch (error) {
      if (asked !== this.#asked) return
      this.problem = error instanceof Problem ? sentence(error) : undefined
      this.status = 'failed'
    }
  }

  async more(): Promise<void> {
    const query = queryOf(this.sought)
    if (!query || this.#next === undefined || this.loadingMore) return
    const asked = this.#asked
    this.loadingMore = true
    try {
      const page = await this.#ask(query, this.#next)
      if (asked !== this.#asked) return
      this.results = [...this.results, ...page.results]
      this.#continue(page)
    } finally {
      this.loadingMore = false
    }
  }

  /** Words that are common elsewhere are looked for in steps, some of which find nothing. */
  async #first(query: SearchQuery, asked: number): Promise<SearchPage> {
    let page = await this.#ask(query)
    for (let steps = 1; page.results.length === 0 && page.next !== undefined && steps < MOST_STEPS && asked === this.#asked; steps++) {
      page = await this.#ask(query, page.next)
    }
    return page
  }

  #continue({ next }: SearchPage): void {
    this.#next = next
    this.hasMore = next !== undefined
  }
}
