import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem, UNREACHABLE } from '../api/problem'
import { CANCELLED, type UploadOptions } from '../api/upload'
import type { FileInfo } from '../api/wire'
import type { FileStorage } from './file-storage'
import { Uploads } from './uploads.svelte'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A server that takes files when it is told to. */
class Server {
  sent: string[] = []
  faults: Problem[] = []

  send = async (file: Blob, name: string, { signal }: UploadOptions): Promise<FileInfo> => {
    this.sent.push(name)
    await Promise.resolve()
    if (signal?.aborted) throw new Problem(CANCELLED, '')
    const fault = this.faults.shift()
    if (fault) throw fault
    return { id: `file ${name}`, name, type: file.type, size: file.size }
  }
}

class Kept {
  readonly files = new Map<string, Blob>()
  put = async (key: string, file: Blob) => void this.files.set(key, file)
  get = async (key: string) => this.files.get(key)
  remove = async (key: string) => void this.files.delete(key)
  clear = async () => this.files.clear()
}

const file = (name: string, size = 3) => new File(['x'.repeat(size)], name, { type: 'text/plain' })

function begin() {
  const server = new Server()
  const kept = new Kept()
  const uploads = new Uploads(kept as unknown as FileStorage, server.send, () => 100)
  return { server, kept, uploads }
}

describe('files of what is being written', () => {
  it('set out as soon as they are chosen', async () => {
    const { server, uploads } = begin()
    expect(uploads.add('r', [file('a.txt'), file('b.txt'), file('c.txt')])).toBeUndefined()
    await vi.advanceTimersByTimeAsync(0)
    expect(server.sent).toEqual(['a.txt', 'b.txt', 'c.txt'])
    expect(uploads.of('r').map(({ state }) => state)).toEqual(['done', 'done', 'done'])
    expect(uploads.take('r').map((attached) => attached.file?.id)).toEqual(['file a.txt', 'file b.txt', 'file c.txt'])
    expect(uploads.of('r')).toEqual([])
  })

  it('are refused here where the server would', async () => {
    const { server, uploads } = begin()
    uploads.add('r', [file('large.txt', 101)])
    await vi.advanceTimersByTimeAsync(0)
    expect(uploads.of('r').map(({ state, reason }) => [state, reason])).toEqual([['failed', 'Larger than 100 B.']])
    expect(server.sent).toEqual([])
    expect(uploads.add('r', Array.from({ length: 12 }, (_, n) => file(`${n}`)))).toBe('A message may carry 10 files.')
    expect(uploads.of('r')).toHaveLength(10)
  })

  it('wait while there is no connection, and go on by themselves', async () => {
    const { server, uploads } = begin()
    server.faults = [new Problem(UNREACHABLE, '')]
    uploads.add('r', [file('a.txt')])
    await vi.advanceTimersByTimeAsync(0)
    expect(uploads.of('r')[0]?.state).toBe('waiting')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(uploads.of('r')[0]?.state).toBe('done')
  })

  it('say why they were refused, and can be tried again or taken back', async () => {
    const { server, uploads } = begin()
    server.faults = [new Problem('file_type_not_allowed', 'files of this kind are not allowed')]
    uploads.add('r', [file('a.exe'), file('b.txt')])
    await vi.advanceTimersByTimeAsync(60_000)
    const [first, second] = uploads.of('r')
    expect(first?.reason).toBe('Files of this kind are not allowed.')
    if (first) uploads.retry(first)
    await vi.advanceTimersByTimeAsync(0)
    expect(first?.state).toBe('done')
    if (second) uploads.remove('r', second)
    expect(uploads.of('r')).toEqual([first])
  })
})

describe('files of a message that was sent', () => {
  it('are kept until the server has the message, over a reload too', async () => {
    const { server, kept, uploads } = begin()
    server.faults = [new Problem(UNREACHABLE, '')]
    uploads.add('r', [file('a.txt')])
    await vi.advanceTimersByTimeAsync(0)
    const [attached] = uploads.take('r')
    if (!attached) throw new Error('nothing was attached')
    uploads.close()
    expect([...kept.files.keys()]).toEqual([attached.key])

    const later = new Uploads(kept as unknown as FileStorage, server.send, () => 100)
    expect((await later.finish(attached)).id).toBe('file a.txt')
    later.settled([attached])
    expect(kept.files.size).toBe(0)
  })

  it('are not sent twice by those who ask at the same time', async () => {
    const { server, uploads } = begin()
    uploads.add('r', [file('a.txt')])
    const [attached] = uploads.take('r')
    if (!attached) throw new Error('nothing was attached')
    await Promise.all([uploads.finish(attached), uploads.finish(attached)])
    expect(server.sent).toEqual(['a.txt'])
  })

  it('that are nowhere any more fail with a word about it', async () => {
    const { uploads } = begin()
    await expect(uploads.finish({ key: 'k', name: 'a.txt', type: '', size: 1 })).rejects.toThrow('“a.txt” is not on this device any more')
  })
})
