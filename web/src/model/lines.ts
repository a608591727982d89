const NEW_LINE = 10

/** Counts the lines of a text that comes in pieces, and keeps those that are whole. */
export class Lines {
  count = 0
  bytes = 0
  /** The first and the last line that are whole. */
  first = ''
  last = ''
  readonly whole: Uint8Array<ArrayBuffer>[] = []
  #rest = new Uint8Array(0)

  take(piece: Uint8Array): void {
    const all = new Uint8Array(this.#rest.length + piece.length)
    all.set(this.#rest)
    all.set(piece, this.#rest.length)
    const end = all.lastIndexOf(NEW_LINE) + 1
    this.#rest = all.slice(end)
    if (end === 0) return
    const whole = all.slice(0, end)
    for (const byte of whole) if (byte === NEW_LINE) this.count++
    const before = whole.lastIndexOf(NEW_LINE, end - 2) + 1
    this.last = new TextDecoder().decode(whole.subarray(before, end - 1))
    if (this.first === '') this.first = new TextDecoder().decode(whole.subarray(0, whole.indexOf(NEW_LINE)))
    this.whole.push(whole)
    this.bytes += whole.length
  }

  /** What began and did not end comes again. */
  interrupt(): void {
    this.#rest = new Uint8Array(0)
  }
}

interface Manifest {
  type: 'manifest'
  head_seq?: number
  head_rev?: number
  epoch?: string
}

/** What the first line of an export says about the rest. */
export function manifestOf(line: string): Manifest | undefined {
  const told = read(line) as Manifest | undefined
  return told?.type === 'manifest' ? told : undefined
}

/** An answer without its last line was cut off. */
export function isEnd(line: string): boolean {
  return read(line)?.type === 'end'
}

/** With what to ask for the rest of an export that was cut off; nothing where it has to begin anew. */
export function goOn(first: string, last: string): Record<string, string> | undefined {
  const manifest = manifestOf(first)
  const message = read(last)?.message as { room: string; seq: number; rev: number } | undefined
  if (!manifest || !message) return undefined
  if (manifest.head_rev === undefined) return { after_room: message.room, after_seq: String(message.seq) }
  return { after_rev: String(message.rev), until_rev: String(manifest.head_rev), epoch: String(manifest.epoch) }
}

function read(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}
