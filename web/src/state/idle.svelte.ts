/** After this long without a key, a touch or a look somebody is taken to be away. */
const IDLE_MS = 5 * 60 * 1000
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart', 'focus'] as const
/** The pointer moves many times a second; to notice it now and then is enough. */
const LOOK_MS = 5_000

/** Whether somebody uses the page. */
class Idle {
  active = $state(true)

  readonly #listeners = new Set<() => void>()
  #last_ms = Date.now()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor() {
    const seen = () => this.#seen()
    for (const sign of SIGNS) window.addEventListener(sign, seen, { passive: true, capture: true })
    this.#wait(IDLE_MS)
  }

  /** Calls back at every change, until the answer is called. */
  tell(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #seen(): void {
    const now_ms = Date.now()
    if (this.active && now_ms - this.#last_ms < LOOK_MS) return
    this.#last_ms = now_ms
    if (!this.active) this.#become(true)
    this.#wait(IDLE_MS)
  }

  #wait(delay_ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#become(false), delay_ms)
  }

  #become(active: boolean): void {
    this.active = active
    for (const listener of this.#listeners) listener()
  }
}

export const idle = new Idle()
