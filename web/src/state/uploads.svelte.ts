import { SvelteMap } from 'svelte/reactivity'
import { isTemporary, Problem, sentence } from '../api/problem'
import { CANCELLED, type UploadOptions } from '../api/upload'
import type { FileInfo } from '../api/wire'
import { backoffMs } from '../model/backoff'
import { newClientId } from '../model/client-id'
import { kindOf, MOST_FILES, sizeOf } from '../model/files'
import type { Attached } from '../model/outbox'
import type { FileStorage } from './file-storage'
import { Turns } from './turns'

const MOST_AT_ONCE = 2

/** One file on its way to the server. */
export class Upload {
  /** `waiting`: it has its turn later, or there is no connection. */
  state = $state<'waiting' | 'sending' | 'done' | 'failed'>('waiting')
  /** How much of it is there, from 0 to 1. */
  part = $state(0)
  reason = $state<string | undefined>(undefined)
  file = $state.raw<FileInfo | undefined>(undefined)
  size = $state.raw<{ width: number; height: number } | undefined>(undefined)

  readonly key: string
  readonly blob: Blob
  readonly name: string
  /** The picture as it lies on this device. */
  readonly url: string | undefined
  readonly abort = new AbortController()
  running: Promise<FileInfo> | undefined

  constructor(key: string, blob: Blob, name: string) {
    this.key = key
    this.blob = blob
    this.name = name
    this.url = kindOf(blob) === 'picture' ? URL.createObjectURL(blob) : undefined
  }

  get attached(): Attached {
    const { key, name, file, size } = this
    return { key, name, type: this.blob.type, size: this.blob.size, ...size, file }
  }
}

/**
 * The files that are to be sent: first of what is being written, later of messages in the outbox. They set out as soon as
 * they are chosen, so that most are there when the message is.
 */
export class Uploads {
  readonly #drafts = new SvelteMap<string, readonly Upload[]>()
  readonly #all = new SvelteMap<string, Upload>()
  /** What was sent from here is shown from here: by the file's id. */
  readonly #own = new Map<string, string>()
  readonly #storage: FileStorage
  readonly #send: (file: Blob, name: string, options: UploadOptions) => Promise<FileInfo>
  readonly #mostBytes: () => number | undefined
  readonly #turns = new Turns(MOST_AT_ONCE)
  #tries = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(storage: FileStorage, send: (file: Blob, name: string, options: UploadOptions) => Promise<FileInfo>, mostBytes: () => number | undefined) {
    this.#storage = storage
    this.#send = send
    this.#mostBytes = mostBytes
  }

  /** What the message that is being written there is to carry. */
  of(draft: string): readonly Upload[] {
    return this.#drafts.get(draft) ?? []
  }

  get(key: string): Upload | undefined {
    return this.#all.get(key)
  }

  /** The picture on this device, if the file came from here. */
  urlOf(file: string): string | undefined {
    return this.#own.get(file)
  }

  /** Takes files in; says what of them it cannot take. */
  add(draft: string, files: readonly File[]): string | undefined {
    const room = MOST_FILES - this.of(draft).length
    for (const file of files.slice(0, room)) this.#begin(draft, file)
    return files.length > room ? `A message may carry ${MOST_FILES} files.` : undefined
  }

  remove(draft: string, upload: Upload): void {
    this.#drafts.set(draft, this.of(draft).filter((other) => other !== upload))
    this.#all.delete(upload.key)
    upload.abort.abort()
    if (upload.url) URL.revokeObjectURL(upload.url)
  }

  retry(upload: Upload): void {
    void this.#finish(upload).catch(() => undefined)
  }

  /** Hands over what was chosen to a message. What has not arrived yet is kept until it has. */
  take(draft: string): Attached[] {
    const uploads = this.of(draft)
    this.#drafts.delete(draft)
    for (const { key, blob, file } of uploads) if (!file) void this.#storage.put(key, blob)
    return uploads.map((upload) => upload.attached)
  }

  /** Sees to it that the server has the file. Rejects with a `Problem`. */
  async finish(attached: Attached): Promise<FileInfo> {
    const upload = this.#all.get(attached.key) ?? (await this.#restore(attached))
    return upload.file ?? this.#finish(upload)
  }

  /** The server has it no more. */
  forget(key: string): void {
    const upload = this.#all.get(key)
    if (upload) upload.file = undefined
  }

  /** Their message is the server's to keep. */
  settled(attachments: readonly Attached[]): void {
    for (const { key } of attachments) void this.#storage.remove(key)
  }

  /** Goes on with what waits in drafts; the outbox asks for its own. */
  pump(): void {
    clearTimeout(this.#timer)
    for (const uploads of this.#drafts.values()) for (const upload of uploads) if (upload.state === 'waiting') this.retry(upload)
  }

  clear(): void {
    for (const draft of [...this.#drafts.keys()]) for (const upload of this.of(draft)) this.remove(draft, upload)
    void this.#storage.clear()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  #begin(draft: string, file: File): void {
    const upload = new Upload(newClientId(), file, file.name || 'file')
    this.#all.set(upload.key, upload)
    this.#drafts.set(draft, [...this.of(draft), upload])
    const most = this.#mostBytes()
    if (most !== undefined && file.size > most) {
      upload.state = 'failed'
      upload.reason = `Larger than ${sizeOf(most)}.`
      return
    }
    void this.#measure(upload)
    this.retry(upload)
  }

  /** The message has the room that the picture needs before the server has measured it. */
  async #measure(upload: Upload): Promise<void> {
    if (!upload.url) return
    const picture = new Image()
    picture.src = upload.url
    await picture.decode().catch(() => undefined)
    if (picture.naturalWidth > 0) upload.size = { width: picture.naturalWidth, height: picture.naturalHeight }
  }

  async #restore({ key, name }: Attached): Promise<Upload> {
    const blob = await this.#storage.get(key)
    if (!blob) throw new Problem('unknown_file', `“${name}” is not on this device any more`)
    const upload = new Upload(key, blob, name)
    this.#all.set(key, upload)
    return upload
  }

  #finish(upload: Upload): Promise<FileInfo> {
    return (upload.running ??= this.#run(upload).finally(() => (upload.running = undefined)))
  }

  async #run(upload: Upload): Promise<FileInfo> {
    upload.state = 'waiting'
    upload.reason = undefined
    try {
      const file = await this.#turns.take(() => this.#sendNow(upload))
      this.#tries = 0
      upload.file = file
      upload.state = 'done'
      if (upload.url) this.#own.set(file.id, upload.url)
      return file
    } catch (error) {
      this.#failed(upload, error)
      throw error
    }
  }

  #sendNow(upload: Upload): Promise<FileInfo> {
    upload.state = 'sending'
    upload.part = 0
    return this.#send(upload.blob, upload.name, { purpose: 'attachment', signal: upload.abort.signal, onprogress: (part) => (upload.part = part) })
  }

  #failed(upload: Upload, error: unknown): void {
    if (error instanceof Problem && error.code === CANCELLED) return
    if (error instanceof Problem && !isTemporary(error)) {
      upload.state = 'failed'
      upload.reason = sentence(error)
      return
    }
    upload.state = 'waiting'
    if (this.#closed) return
    clearTimeout(this.#timer)
    const after_ms = error instanceof Problem ? error.retryAfterMs : undefined
    this.#timer = setTimeout(() => this.pump(), after_ms ?? backoffMs(this.#tries++, Math.random(), 1_000))
  }
}
