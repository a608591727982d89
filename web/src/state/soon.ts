/** Does one thing for many reasons that come together, as soon as any of them asks for. */
export class Soon {
  readonly #act: () => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #due_ms = 0

  constructor(act: () => void) {
    this.#act = act
  }

  within(delay_ms: number): void {
    const due_ms = Date.now() + delay_ms
    if (this.#timer !== undefined && this.#due_ms <= due_ms) return
    this.close()
    this.#due_ms = due_ms
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#act()
    }, delay_ms)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
