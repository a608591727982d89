import { Problem, problemOfResponse } from '../api/problem'
import { goOn, isEnd, Lines, manifestOf } from '../model/lines'

const CUT_OFF = new Problem('cut_off', 'the connection broke before all was there')

/** A download of lines, from the server into a file. */
export class Export {
  status = $state<'idle' | 'running' | 'done' | 'failed'>('idle')
  lines = $state(0)
  bytes = $state(0)
  problem = $state.raw<unknown>(null)

  /** How many messages there are, as soon as it is told. */
  total = $state<number | undefined>(undefined)
  /** Whether it can go on from where it was cut off. */
  goesOn = $state(false)

  readonly #path: string
  readonly #file: string
  #held = new Lines()
  #abort: AbortController | undefined

  constructor(path: string, file: string) {
    this.#path = path
    this.#file = file
  }

  /** From the beginning, or from where it was cut off. */
  async start(): Promise<void> {
    const rest = this.goesOn ? goOn(this.#held.first, this.#held.last) : undefined
    if (!rest) this.#held = new Lines()
    const abort = (this.#abort = new AbortController())
    this.status = 'running'
    this.goesOn = false
    this.#tell()
    try {
      await this.#read(rest ? `?${new URLSearchParams(rest)}` : '', abort.signal)
      if (!isEnd(this.#held.last)) throw CUT_OFF
      save(this.#held.whole, this.#file)
      this.status = 'done'
      this.#held = new Lines()
    } catch (error) {
      this.#held.interrupt()
      this.problem = error
      this.status = abort.signal.aborted ? 'idle' : 'failed'
      // Other problems than a connection that broke do not go away by going on.
      this.goesOn = error === CUT_OFF && goOn(this.#held.first, this.#held.last) !== undefined
    }
  }

  stop(): void {
    this.#abort?.abort()
  }

  async #read(query: string, signal: AbortSignal): Promise<void> {
    try {
      const response = await fetch(`/api/v1/${this.#path}${query}`, { credentials: 'same-origin', signal })
      if (!response.ok) throw problemOfResponse(response.status, await response.json().catch(() => undefined))
      const reader = response.body?.getReader()
      for (let piece = await reader?.read(); piece?.value; piece = await reader?.read()) {
        this.#held.take(piece.value)
        this.#tell()
      }
    } catch (error) {
      throw error instanceof Problem ? error : CUT_OFF
    }
  }

  #tell(): void {
    this.lines = this.#held.count
    this.bytes = this.#held.bytes
    this.total ??= manifestOf(this.#held.first)?.head_seq
  }
}

function save(pieces: Uint8Array<ArrayBuffer>[], name: string): void {
  const url = URL.createObjectURL(new Blob(pieces, { type: 'application/x-ndjson' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
