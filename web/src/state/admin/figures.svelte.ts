import * as calls from '../../api/admin'
import { withSample, type Sample } from '../../model/figures'
import { watch } from '../watch.svelte'

const EACH_MS = 2_000
/** Five minutes. */
const MOST = 150

/** The figures of the server, asked for while somebody looks. */
export class LiveFigures {
  now = $state.raw<calls.Figures | null>(null)
  samples = $state.raw<readonly Sample[]>([])
  failed = $state(false)
  #timer: ReturnType<typeof setTimeout> | undefined

  start(): void {
    void this.#ask()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#timer)
    const timer = (this.#timer = setTimeout(() => void this.#ask(), EACH_MS))
    // What nobody looks at is not asked for; the first answer is there when they come back.
    if (!watch.visible && this.now) return
    try {
      const figures = await calls.figures()
      if (this.#timer !== timer) return
      this.samples = withSample(this.samples, figures, this.now ?? undefined, MOST)
      this.now = figures
      this.failed = false
    } catch {
      this.failed = true
    }
  }
}
