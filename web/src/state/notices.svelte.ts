import { sentence } from '../api/problem'

export interface Notice {
  id: number
  text: string
  tone: 'plain' | 'bad'
}

const SHOWN_MS = 5_000

/** Short-lived sentences at the edge of the page. */
class Notices {
  list = $state.raw<readonly Notice[]>([])
  #next = 1

  say(text: string, tone: Notice['tone'] = 'plain'): void {
    const id = this.#next++
    this.list = [...this.list, { id, text, tone }]
    setTimeout(() => this.dismiss(id), SHOWN_MS)
  }

  problem(error: unknown): void {
    this.say(sentence(error), 'bad')
  }

  dismiss(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id)
  }
}

export const notices = new Notices()
