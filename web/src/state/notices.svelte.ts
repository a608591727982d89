import { sentence } from '../api/problem'

export interface Notice {
  id: number
  text: string
  tone: 'plain' | 'bad'
  /** What can be taken back for as long as this is shown. */
  undo?: () => void
}

const SHOWN_MS = 5_000
/** Time enough to think better of it. */
const UNDO_MS = 10_000

/** Short-lived sentences at the edge of the page. */
class Notices {
  list = $state.raw<readonly Notice[]>([])
  #next = 1

  say(text: string, tone: Notice['tone'] = 'plain'): void {
    this.#show({ id: this.#next++, text, tone }, SHOWN_MS)
  }

  /** Tells of something done, with a way to take it back. */
  done(text: string, undo: () => Promise<unknown>): void {
    const id = this.#next++
    const back = () => {
      this.dismiss(id)
      undo().catch((error: unknown) => this.problem(error))
    }
    this.#show({ id, text, tone: 'plain', undo: back }, UNDO_MS)
  }

  problem(error: unknown): void {
    this.say(sentence(error), 'bad')
  }

  dismiss(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id)
  }

  #show(notice: Notice, shown_ms: number): void {
    this.list = [...this.list, notice]
    setTimeout(() => this.dismiss(notice.id), shown_ms)
  }
}

export const notices = new Notices()
