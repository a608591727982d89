/** Lets so many things happen at the same time; the others have their turn in the order of asking. */
export class Turns {
  readonly #most: number
  readonly #queue: (() => void)[] = []
  #now = 0

  constructor(most: number) {
    this.#most = most
  }

  async take<Result>(what: () => Promise<Result>): Promise<Result> {
    if (this.#now >= this.#most) await new Promise<void>((turn) => this.#queue.push(turn))
    else this.#now++
    try {
      return await what()
    } finally {
      // The turn goes to whoever waits longest.
      const next = this.#queue.shift()
      if (next) next()
      else this.#now--
    }
  }
}
